"""Find, read and check pack files: the built-in ones, and a site's own folder of more."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ledger.policy.errors import NoSuchPackError, PolicyFileError
from ledger.policy.pack import PackFile, PolicyPack
from ledger.policy.strict_yaml import StrictDocument, read_strict_yaml

_SUFFIX = ".yaml"


def pack_names(site: Path | None = None) -> list[str]:
    """Names of the built-in packs, and of those in the site folder, sorted."""
    return sorted(_pack_files(site))


def load_pack(name: str, site: Path | None = None) -> PolicyPack:
    """Load a pack and all it inherits. `site` is a folder of own packs, beside the built-in ones.

    NoSuchPackError for an unknown name; PolicyFileError for a file that breaks the schema, whose name is not its
    pack's, that extends itself, or that takes a built-in pack's name (it would change rules under a known name).
    """
    return _load(name, _pack_files(site), ()) if site is not None else _load_builtin(name)


@cache
def _load_builtin(name: str) -> PolicyPack:
    return _load(name, _pack_files(None), ())


def _pack_files(site: Path | None) -> dict[str, Traversable]:
    found = _yaml_files(files("ledger.policy") / "packs")
    own = _yaml_files(site) if site is not None else {}
    for name in sorted(found.keys() & own.keys()):
        raise PolicyFileError(
            own[name].name,
            1,
            1,
            "与内置政策包重名，请另起名称并用 extends 继承",
            "a built-in pack has this name; extend it",
        )
    return found | own


def _yaml_files(folder: Traversable) -> dict[str, Traversable]:
    return {file.name.removesuffix(_SUFFIX): file for file in folder.iterdir() if file.name.endswith(_SUFFIX)}


def load_pack_file(file: Path) -> PolicyPack:
    """The pack of one YAML file. What it extends is looked for beside it, then among the built-in packs.

    OSError where it cannot be read, otherwise as ``load_pack``; a file here may have the name of a built-in pack, for
    it is how that pack stood in an archive, or how somebody would have it.
    """
    return _load(file.stem, _pack_files(None) | _yaml_files(file.parent) | {file.stem: file}, ())


def _load(name: str, known: dict[str, Traversable], heirs: tuple[str, ...]) -> PolicyPack:
    if name not in known:
        raise NoSuchPackError(name, sorted(known))
    file_name = known[name].name
    document = read_strict_yaml(_read_text(known[name]), file_name)
    try:
        file = PackFile.model_validate(document.content)
    except ValidationError as error:
        raise _schema_error(error.errors()[0], document, file_name) from error
    if file.name != name:
        raise _error_at(
            document, "name", file_name, f"包名须与文件名“{name}”一致", f"the name must be {name!r}, as the file's"
        )
    if file.extends in (name, *heirs):
        raise _error_at(document, "extends", file_name, "继承关系成环", "the packs extend each other in a circle")
    parent = _load(file.extends, known, (name, *heirs)) if file.extends else None
    return PolicyPack.of(file, parent)


def _read_text(file: Traversable) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyFileError(file.name, 1, 1, "文件须为 UTF-8 编码", "the file is not UTF-8") from error


def _error_at(document: StrictDocument, key: str, file_name: str, reason_zh: str, reason_en: str) -> PolicyFileError:
    return PolicyFileError(file_name, *document.position([key]), reason_zh, reason_en)


def _schema_error(detail: ErrorDetails, document: StrictDocument, file_name: str) -> PolicyFileError:
    """Our validators say "中文 | English"; pydantic's own messages are English and get a Chinese lead."""
    where = ".".join(str(step) for step in detail["loc"]) or "pack"
    chinese, _, english = detail["msg"].removeprefix("Value error, ").partition(" | ")
    if not english:
        chinese, english = "不合格式", chinese
    return PolicyFileError(
        file_name, *document.position(detail["loc"]), f"“{where}”{chinese}", f"{where}: {english}".rstrip(".")
    )
