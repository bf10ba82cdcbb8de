"""The rules that a book goes by, as files: policy packs and supervision rules, as they stood.

Events name them by hash: ``PolicyAdopted`` a pack, a finding the rule that raised it. A version that this program no
longer has is said to be missing, unless an earlier run of the archive kept it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ledger.book.canonical import content_of
from ledger.events import UPCASTERS
from ledger.events.book import PolicyAdopted
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised
from ledger.policy import load_pack, pack_names
from ledger.policy.pack import PackFile
from ledger.policy.strict_yaml import read_strict_yaml

_FINDINGS = tuple(
    topic for cls in (FindingRaised, FindingExtended, FindingCleared) for topic in UPCASTERS.topics_of(cls)
)
_POLICIES = tuple(UPCASTERS.topics_of(PolicyAdopted))
_NAMING = frozenset(_FINDINGS + _POLICIES)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A supervision rule: its name and its SQL, whose SHA-256 findings name as ``rule_version``."""

    rule: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(slots=True)
class Named:
    """Which packs and rules the events of a log name; sets of (name, version, sha256) and of (rule, sha256)."""

    policies: set[tuple[str, str, str]] = field(default_factory=set)
    rules: set[tuple[str, str]] = field(default_factory=set)

    def look_at(self, topic: str, payload: bytes) -> None:
        """Takes in what one event names; most name nothing.

        Raises:
            ValueError, KeyError: its payload does not say what such an event says.
        """
        if topic not in _NAMING:
            return
        _, content = UPCASTERS.lift(topic, content_of(payload))
        if topic in _POLICIES:
            self.policies.add((_text(content["jurisdiction"]), _text(content["version"]), _text(content["sha256"])))
        else:
            self.rules.add((_text(content["rule"]), _text(content["rule_version"])))

    def as_json(self) -> dict[str, Any]:
        """As a manifest has it, before the files are known."""
        return {
            "policies": [_policy(*one, [], is_named=True) for one in sorted(self.policies)],
            "rules": [_rule(*one, [], is_named=True) for one in sorted(self.rules)],
        }

    @classmethod
    def of_json(cls, extra: dict[str, Any]) -> Named:
        """What a manifest says that the log names."""
        policies = [one for one in extra.get("policies", []) if one["is_named"]]
        rules = [one for one in extra.get("rules", []) if one["is_named"]]
        return cls(
            {(one["name"], one["version"], one["sha256"]) for one in policies},
            {(one["name"], one["sha256"]) for one in rules},
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a name and a hash are texts")
    return value


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack as it is at hand: its file verbatim, and the bytes that its SHA-256 is taken of."""

    name: str
    version: str
    yaml: bytes
    hashed: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.hashed).hexdigest()


@dataclass(slots=True)
class Rulebook:
    """Files to be written, and what the manifest says of them."""

    contents: dict[str, bytes] = field(default_factory=dict)
    policies: list[dict[str, Any]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Versions that the log names and nobody has at hand, as ``name sha256``."""
        return [f"{one['name']} {one['sha256']}" for one in (*self.policies, *self.rules) if not one["files"]]


def rulebook(named: Named, rules: Iterable[RuleFile], kept: frozenset[str] = frozenset()) -> Rulebook:
    """What ``named`` names and all rules of today; ``kept`` are paths that the archive has from earlier runs."""
    book = Rulebook()
    packs = {pack.sha256: pack for name in sorted({name for name, _, _ in named.policies}) for pack in _line_of(name)}
    wanted = named.policies | {(pack.name, pack.version, pack.sha256) for pack in packs.values()}
    for name, version, sha256 in sorted(wanted):
        paths = _policy_paths(name, version, sha256)
        pack = packs.get(sha256)
        if pack is not None:
            book.contents |= dict(zip(paths, (pack.yaml, pack.hashed), strict=True))
        is_at_hand = pack is not None or kept.issuperset(paths)
        is_named = (name, version, sha256) in named.policies
        book.policies.append(_policy(name, version, sha256, list(paths) if is_at_hand else [], is_named=is_named))
    texts = {(one.rule, one.sha256): one.sql for one in rules}
    for rule, sha256 in sorted(named.rules | texts.keys()):
        path = f"rules/{rule}-{sha256[:8]}.sql"
        if (rule, sha256) in texts:
            book.contents[path] = texts[rule, sha256].encode()
        is_at_hand = path in book.contents or path in kept
        is_named = (rule, sha256) in named.rules
        book.rules.append(_rule(rule, sha256, [path] if is_at_hand else [], is_named=is_named))
    return book


def _policy(name: str, version: str, sha256: str, files: list[str], *, is_named: bool) -> dict[str, Any]:
    return {"name": name, "version": version, "sha256": sha256, "files": files, "is_named": is_named}


def _rule(name: str, sha256: str, files: list[str], *, is_named: bool) -> dict[str, Any]:
    return {"name": name, "sha256": sha256, "files": files, "is_named": is_named}


def _policy_paths(name: str, version: str, sha256: str) -> tuple[str, str]:
    stem = f"policy/{name}-{version}-{sha256[:8]}"
    return f"{stem}.yaml", f"{stem}.json"


def _line_of(name: str) -> Iterator[Pack]:
    """A pack of today and all that it inherits; nothing where this program has no pack of the name."""
    if name not in pack_names():
        return
    pack = load_pack(name)
    verbatim = files("ledger.policy").joinpath("packs", f"{name}.yaml").read_bytes()
    yield Pack(name, pack.version, verbatim, _hashed(name, verbatim))
    if pack.extends:
        yield from _line_of(pack.extends)


def _hashed(name: str, verbatim: bytes) -> bytes:
    """The canonical JSON of a pack, whose SHA-256 is the pack's (ledger.policy.pack)."""
    file = PackFile.model_validate(read_strict_yaml(verbatim.decode("utf-8-sig"), f"{name}.yaml").content)
    content = file.model_dump(mode="json")
    content["parameters"].sort(key=lambda parameter: (parameter["name"], parameter["in_force_from"]))
    content["parent_sha256"] = load_pack(file.extends).sha256 if file.extends else None
    hashed = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    if hashlib.sha256(hashed).hexdigest() != load_pack(name).sha256:
        raise AssertionError(f"the pack {name} is not hashed as it was loaded")
    return hashed
