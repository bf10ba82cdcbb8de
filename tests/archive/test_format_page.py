"""docs/archive-format.md is enough to check an archive: implemented here from its words with the standard library."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.archive.shelf import Shelf
from tests.book.test_log_format import vectors
from tests.cases.told import seen
from tests.story import Story

PAGE = (Path(__file__).parents[2] / "docs" / "archive-format.md").read_text(encoding="utf-8")


def leaf_of(header: bytes, payload: bytes) -> bytes:
    return hashlib.sha256(b"\0" + header + payload).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, as it says."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def events_of(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0

    def sized() -> bytes:
        nonlocal at
        length = int.from_bytes(raw[at : at + 4], "big")
        at += 4 + length
        return raw[at - length : at]

    while at < len(raw):
        yield sized(), sized()


def failures(folder: Path) -> list[str]:
    """What the page's steps 1, 2 and 5 to 7 find; signatures are left to docs/seal.md."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    found = [] if manifest["format"] == "mingzhang-archive-1" else ["format"]
    if (folder / "unfinished.json").exists():
        found.append("unfinished")
    for file in manifest["files"]:
        if hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() != file["sha256"]:
            found.append(file["path"])
    leaves: list[bytes] = []
    for part in manifest["parts"]:
        raw = gzip.decompress((folder / f"log/{part['first']:012d}-{part['last']:012d}.gz").read_bytes())
        for header, payload in events_of(raw):
            if int.from_bytes(header[3:11], "big") != len(leaves) + 1:
                found.append(f"position {len(leaves) + 1}")
            leaves.append(leaf_of(header, payload))
        if len(leaves) != part["last"]:
            found.append(f"part {part}")
    if len(leaves) != manifest["size"] or base64.b64encode(root_of(leaves)).decode() != manifest["root"]:
        found.append("root")
    if manifest["origin"] != f"mingzhang/{leaves[0].hex()[:16]}":
        found.append("origin")
    if (folder / f"tile/0/000.p/{len(leaves)}").read_bytes() != b"".join(leaves):
        found.append("tile")
    for note in (folder / "checkpoints").iterdir():
        _, size, root = note.read_text(encoding="utf-8").split("\n")[:3]
        if note.suffix != ".sm3" and base64.b64decode(root) != root_of(leaves[: int(size)]):
            found.append(note.name)
    return found


def test_the_page_is_enough(shelf: Shelf, story: Story) -> None:
    shelf.archive()
    story.book.record([seen()], [None], None)
    shelf.archive()
    assert failures(shelf.folder) == []
    digest = base64.b64encode(hashlib.sha256((shelf.folder / "manifest.json").read_bytes()).digest()).decode()
    note = (shelf.folder / "manifest.note").read_text(encoding="utf-8")
    origin = json.loads((shelf.folder / "manifest.json").read_bytes())["origin"]
    assert note.startswith(f"mingzhang-manifest-1\n{origin}\n{digest}\n\n— {origin} ")


@pytest.mark.parametrize("path", ["log/000000000011-000000000020.gz", "README.md", "tile/0/000.p/*", "policy/*.json"])
def test_the_page_finds_what_was_changed(shelf: Shelf, path: str) -> None:
    shelf.archive()
    file = next(iter(shelf.folder.glob(path)))
    data = file.read_bytes()
    if file.suffix == ".gz":
        data = gzip.compress(gzip.decompress(data)[:-1] + b"?")
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if file.suffix != ".gz" else data)
    assert file.relative_to(shelf.folder).as_posix() in failures(shelf.folder)


def test_the_worked_example_is_right() -> None:
    block = re.search(r"```hex\n(.*?)```", PAGE, re.DOTALL)
    assert block
    raw = bytes.fromhex("".join(block[1].split()))
    assert f"({len(raw)} bytes)" in PAGE
    (first, second) = [leaf_of(*event) for event in events_of(raw)]
    assert [first.hex(), second.hex()] == [leaf for _, _, leaf in vectors()[:2]]
    root = root_of([first, second])
    for value in (
        first.hex(),
        second.hex(),
        root.hex(),
        base64.b64encode(root).decode(),
        f"mingzhang/{first.hex()[:16]}",
    ):
        assert f"`{value}`" in PAGE
    line = re.search(r"```json\n(\{.*?\})\n```", PAGE, re.DOTALL)
    assert line
    said = json.loads(line[1])
    assert (said["leaf"], base64.b64decode(said["proof"][0])) == (second.hex(), first)


def test_every_member_of_the_manifest_is_on_the_page(shelf: Shelf) -> None:
    shelf.archive()
    manifest = json.loads((shelf.folder / "manifest.json").read_bytes())
    assert [name for name in manifest if f"| `{name}` |" not in PAGE] == []
