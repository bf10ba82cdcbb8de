"""YAML read without its surprises: no floats, no duplicate keys, no `on` that means true, no octal 010.

A percentage that passed through binary floating point, or a key silently given twice, would change
who is paid; both are refused with their line and column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from ledger.policy.errors import PolicyFileError


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _refused(key_node, f"键“{key_node.value}”须为文字", f"the key {key_node.value!r} is not text")
            if key in seen:
                raise _refused(key_node, f"键“{key}”重复", f"the key {key!r} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


class _Refused(yaml.MarkedYAMLError):
    def __init__(self, node: yaml.Node, reason_zh: str, reason_en: str) -> None:
        super().__init__(problem=reason_en, problem_mark=node.start_mark)
        self.reason_zh = reason_zh


def _refused(node: yaml.Node, reason_zh: str, reason_en: str) -> _Refused:
    return _Refused(node, reason_zh, reason_en)


def _refuse_number(loader: _StrictLoader, node: yaml.ScalarNode) -> None:
    raise _refused(
        node,
        f"“{node.value}”不是普通写法的整数（不收小数；百分比请用万分之几）",
        f"{node.value!r} is not a plainly written whole number (no decimals: write a share in basis points)",
    )


def _construct_date(loader: _StrictLoader, node: yaml.ScalarNode) -> date:
    try:
        return date.fromisoformat(node.value)
    except ValueError:
        raise _refused(node, f"没有“{node.value}”这一天", f"there is no day {node.value!r}") from None


_DIGITS = list("0123456789")
_NUMBER_LIKE = re.compile(
    r"[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*\.?[0-9_]*)(?:[eE][-+]?[0-9]+)?$"
    r"|[-+]?0[xobXOB][0-9a-fA-F_]+$|[-+]?[0-9]+(?::[0-9]+)+(?:\.[0-9]*)?$|[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$"
)
# YAML 1.1 reads `on`, `no`, 1:30 and 010 as true, false, 90 and 8; only the plain forms below are kept.
_StrictLoader.yaml_implicit_resolvers = {}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:null|~|)$"), ["n", "~", ""])
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), ["t", "f"])
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*)$"), ["-", *_DIGITS])
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:timestamp", re.compile(r"\d{4}-\d\d-\d\d$"), _DIGITS)
# Last, so that it catches every number-like scalar that the plain forms above did not take.
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER_LIKE, ["-", "+", ".", *_DIGITS])
_StrictLoader.add_constructor("tag:yaml.org,2002:float", _refuse_number)
_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _construct_date)


@dataclass(frozen=True)
class StrictDocument:
    """A parsed file: its content, and where each part of it stands."""

    content: Any
    root: yaml.Node

    def position(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column (from 1) of the deepest part of `path` that the file has."""
        node = self.root
        for step in path:
            if isinstance(node, yaml.MappingNode):
                found = [value for key, value in node.value if key.value == step]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = [node.value[step]]
            else:
                break
            if not found:
                break
            node = found[0]
        return node.start_mark.line + 1, node.start_mark.column + 1


def read_strict_yaml(text: str, file_name: str) -> StrictDocument:
    """Parse one document; PolicyFileError (line, column, reason) when it is empty, unreadable or not strict."""
    try:
        loader = _StrictLoader(text)
        root = loader.get_single_node()
        if root is None:
            raise PolicyFileError(file_name, 1, 1, "文件是空的", "the file is empty")
        return StrictDocument(loader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason_zh = error.reason_zh if isinstance(error, _Refused) else "不是可读的 YAML"
        raise PolicyFileError(file_name, line, column, reason_zh, error.problem or "not readable YAML") from error
    except yaml.YAMLError as error:
        raise PolicyFileError(file_name, 1, 1, "不是可读的 YAML", "not readable YAML") from error
