"""README.md of an archive: what lies in which folder, and how an auditor checks it. The texts are in ``texts/``."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from string import Template

from ledger.archive.manifest import Manifest
from ledger.seal.note import VerifierKey


def archive_readme(manifest: Manifest, keys: Sequence[VerifierKey], *, has_vault: bool) -> str:
    """For whoever is handed the folder and has never seen the program."""
    return text(
        "archive",
        figures=figures(manifest, keys),
        vault=_VAULT if has_vault else _NO_VAULT,
        example=_example(manifest),
        missing=_missing(manifest),
    )


def evidence_readme(manifest: Manifest) -> str:
    """For whoever is handed a book that failed."""
    events, differences = manifest.extra["events"], manifest.extra["differences"]
    return text("evidence", events=f"{events:,}", differences=f"{differences:,}", size=f"{manifest.size:,}")


def bundle_readme(manifest: Manifest, keys: Sequence[VerifierKey]) -> str:
    """For whoever is handed a part of a book."""
    count = manifest.extra["events"]
    asked = [f"{name}={value}" for name, value in manifest.extra["asked"].items() if value]
    more = [("本包事件数 events in here", f"{count:,}"), ("选取条件 asked for", f"`{' '.join(asked) or '全部 all'}`")]
    return text(
        "bundle",
        count=f"{count:,}",
        figures=figures(manifest, keys, more),
        names=_NAMES if manifest.extra["has_names"] else _NO_NAMES,
        example=_example(manifest),
        missing=_missing(manifest),
    )


def text(name: str, **values: str) -> str:
    """A text of ``texts/`` with its places filled."""
    content = files("ledger.archive").joinpath("texts", f"{name}.md").read_text(encoding="utf-8")
    return Template(content).substitute(values).rstrip("\n") + "\n"


def key_print(key: VerifierKey) -> str:
    """The SHA-256 of a public key's 32 bytes in groups of four hex digits, to be compared by telephone."""
    digits = hashlib.sha256(key.public).hexdigest()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def figures(manifest: Manifest, keys: Sequence[VerifierKey], more: Sequence[tuple[str, str]] = ()) -> str:
    """Which log it is of, by which key, and what is in it, as a table."""
    rows = [
        ("账本标识 origin", f"`{manifest.origin}`"),
        ("封存的事件数 events sealed", f"{manifest.size:,}"),
        ("根哈希 root (base64)", f"`{base64.b64encode(manifest.root).decode()}`"),
        *more,
    ]
    for nth, key in enumerate(keys, 1):
        which = "现用公钥 key in use" if nth == len(keys) else f"旧公钥 former key {nth}"
        rows += [(which, f"`{key}`"), ("其 SHA-256(电话核对) its SHA-256", f"`{key_print(key)}`")]
    rows += [(name, f"{count:,} 个文件 files, {size:,} 字节 bytes") for name, count, size in _folders(manifest)]
    return "| 项目 what | 数值 value |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


def _folders(manifest: Manifest) -> list[tuple[str, int, int]]:
    """How many files, and how many bytes, there are below each folder."""
    found: dict[str, tuple[int, int]] = {}
    for one in manifest.files:
        top, slash, _ = one.path.partition("/")
        name = f"`{top}/`" if slash else "其余 the rest"
        count, size = found.get(name, (0, 0))
        found[name] = (count + 1, size + one.size_bytes)
    return [(name, *found[name]) for name in sorted(found)]


def _example(manifest: Manifest) -> str:
    tables = sorted({one.path.split("/")[1] for one in manifest.files if one.path.startswith("tables/")})
    usual = "payment_instructed"
    return usual if usual in tables or not tables else tables[0]


def _missing(manifest: Manifest) -> str:
    lost = [
        f"- {one['name']} `{one['sha256']}`\n"
        for one in (*manifest.extra.get("policies", []), *manifest.extra.get("rules", []))
        if not one["files"]
    ]
    return _MISSING + "".join(lost) if lost else ""


_VAULT = "保险库和附件,仍是密文,没有保险库主密钥谁也打不开 the vault's rows and the documents, still sealed"
_NO_VAULT = "不在这份归档中 not in this archive (`--with-vault`)"
_NAMES = (
    "**`names.csv` 是化名与姓名、证件号、账号的对照,属敏感个人信息。** 只供载明用途使用,不得转发,用毕即删;"
    "何人、何时、为何取得,保险库留有记录。\n"
    "**`names.csv` says who is who: sensitive personal data.** For the stated purpose only; pass it to nobody, "
    "delete it when done. Who took it, when and why is on the vault's record."
)
_NO_NAMES = (
    "不含姓名、证件号、账号和填写的文字,只有化名;同一人在全账中是同一化名。\n"
    "There are no names, ID numbers, accounts or written texts in it, only pseudonyms; "
    "a person has the same one everywhere."
)
_MISSING = """
## 没有的版本 Versions that were not at hand

事件提到、而归档时程序已没有原文的政策包或规则,只知其 SHA-256。 Named by events, with nothing but their hash known:

"""
