"""The folder of an archive or a bundle: its manifest, its files, its tables, and the rules that the events name."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from ledger.archive.begun import UNFINISHED
from ledger.archive.errors import ArchiveRefused
from ledger.archive.manifest import MANIFEST, NOTE, Manifest, Part, check_file, is_signed, regular
from ledger.archive.tables import TableWriter
from ledger.book.stored import Stored
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.note import NoteError
from ledger.seal.rotation import KeyTerm
from ledger.verify.remarks import Remark
from ledger.verify.report import Discrepancy, Tally

_UNNAMED = frozenset({MANIFEST, NOTE})


def check_folder(folder: Path, manifest: Manifest, tally: Tally) -> None:
    """Checks every file against the manifest, that there are no others, and that all of it lies in the folder."""
    files, elsewhere = _listed(folder)
    for path in sorted(elsewhere):
        tally.add(
            Discrepancy("file", "是链接或特殊文件,未读", "it is a link or no regular file, and not read", file=path)
        )
    for entry in manifest.files:
        tally.count("file")
        try:
            if entry.path not in elsewhere:
                check_file(folder, entry)
        except ArchiveRefused as refused:
            tally.add(Discrepancy("file", refused.zh, refused.en, file=entry.path))
    named = {entry.path for entry in manifest.files} | _UNNAMED
    for path in sorted(files):
        if path == UNFINISHED:
            tally.add(Discrepancy("file", "归档没有写完", "the archive was not finished", file=path))
        elif path not in named:
            tally.add(Discrepancy("file", "清单中没有这个文件", "the manifest does not name this file", file=path))


def _listed(folder: Path) -> tuple[set[str], set[str]]:
    """The paths of files; and of what is neither file nor folder: reading a link or a pipe may lead anywhere."""
    files, elsewhere = set[str](), set[str]()
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if not stat.S_ISDIR(mode):
                (files if stat.S_ISREG(mode) else elsewhere).add(path.relative_to(folder).as_posix())
    return files, elsewhere


def check_evidence(manifest: Manifest, tally: Tally) -> None:
    """Evidence is the log and the seal alone: tables or rules beside them would be believed, and nobody checks them."""
    for entry in manifest.files:
        if entry.path.startswith(("tables/", "rules/", "policy/")):
            zh, en = "取证包中不应有数据表和规则", "evidence holds no tables and no rules"
            tally.add(Discrepancy("file", zh, en, file=entry.path))


def check_manifest(
    folder: Path, manifest: Manifest, held: Checkpoint | None, terms: Iterable[KeyTerm], tally: Tally
) -> Iterator[Remark]:
    """Checks what the manifest says of the log, and who signed it; nobody is a remark."""
    said = (manifest.origin, manifest.size, manifest.root)
    if held is not None and said != (held.origin, held.size, held.root):
        zh, en = "清单与检查点不是同一状态", "the manifest is not of the checkpoint beside it"
        tally.add(Discrepancy("file", zh, en, file=MANIFEST))
    try:
        if not is_signed(folder, manifest.origin, [term.key for term in terms]):
            yield "清单未经账本密钥签名", "the manifest is not signed by a key of the log"
    except (ArchiveRefused, NoteError) as error:
        tally.add(Discrepancy("file", error.zh, error.en, file=NOTE))


def check_rules(
    folder: Path, policies: Iterable[tuple[str, str, str]], rules: Iterable[tuple[str, str]], tally: Tally
) -> Iterator[Remark]:
    """Checks the files of the policies (name, version, sha256) and rules (name, sha256) that events name."""
    gone = []
    for name, version, sha256 in sorted(policies):
        gone += _named(folder, f"policy/{name}-{version}-{sha256[:8]}.json", "policy", sha256, tally)
    for rule, sha256 in sorted(rules):
        gone += _named(folder, f"rules/{rule}-{sha256[:8]}.sql", "rule", sha256, tally)
    if gone:
        names = "、".join(gone[:5]) + (" …" if len(gone) > 5 else "")
        yield f"事件所指的 {len(gone)} 个规则文件不在其中:{names}", f"{len(gone)} files that events name are not in it"


def _named(folder: Path, path: str, check: str, sha256: str, tally: Tally) -> list[str]:
    try:
        data = regular(folder / path).read_bytes()
    except OSError:
        return [path]
    tally.count(check)
    if hashlib.sha256(data).hexdigest() != sha256:
        zh, en = "不是事件所指的那个文件", "it is not the file that the events name"
        tally.add(Discrepancy(check, zh, en, file=path))
    return []


def check_tables(folder: Path, spans: Iterable[Part], events: Iterable[Stored], tally: Tally) -> None:
    """Makes the tables again from the log's bytes, ``events`` in order, and compares them cell by cell.

    Raises:
        ValueError, LookupError, duckdb.Error: the bytes give no tables.
    """
    coming = iter(events)
    held = next(coming, None)
    for span in spans:
        with tempfile.TemporaryDirectory(prefix="mingzhang-verify-") as place:
            writer = TableWriter(Path(place), span.first)
            while held is not None and held.position <= span.last:
                writer.add(held.position, held.topic, held.recorded_at, held.payload)
                held = next(coming, None)
            made = {path.relative_to(place).as_posix(): path for path in writer.close(span.last)}
            for name in sorted(made.keys() | _of_span(folder / "tables", span)):
                _compare(made.get(name), folder / "tables" / name, f"tables/{name}", tally)


def _of_span(tables: Path, span: Part) -> set[str]:
    return {path.relative_to(tables).as_posix() for path in tables.glob(f"*/{span.first}-{span.last}.parquet")}


def _compare(made: Path | None, held: Path, name: str, tally: Tally) -> None:
    if made is None or not held.is_file():
        words = ("多出的数据表", "no event of the log is in this table")
        tally.add(Discrepancy("table", *(words if made is None else ("缺少数据表", "the table is missing")), file=name))
        return
    with duckdb.connect() as conn:
        try:
            _cells(conn, made, held, name, tally)
        except duckdb.Error:
            tally.add(Discrepancy("table", "数据表读不出来", "the table cannot be read", file=name))


def _cells(conn: duckdb.DuckDBPyConnection, made: Path, held: Path, name: str, tally: Tally) -> None:
    conn.execute("set timezone = 'UTC'")
    conn.execute(f"create view made as from read_parquet({_quoted(made)})")
    conn.execute(f"create view held as from read_parquet({_quoted(held)})")
    columns = _columns(conn, "made")
    if columns != _columns(conn, "held"):
        tally.add(Discrepancy("table", "栏目不同", "the table has other columns", file=name))
        return
    (count,) = conn.execute("select count(*) from held").fetchone() or (0,)
    tally.count("table", count)
    differing = " or ".join(f'm."{column}" is distinct from h."{column}"' for column, _ in columns)
    apart = (
        f"from (select *, row_number() over (partition by position) as nth from made) m "
        f"full join (select *, row_number() over (partition by position) as nth from held) h using (position, nth) "
        f"where m.recorded_at is null or h.recorded_at is null or {differing}"
    )
    (times,) = conn.execute(f"select count(*) {apart}").fetchone() or (0,)
    cells = ", ".join(f'm."{column}" is distinct from h."{column}"' for column, _ in columns)
    rows = conn.execute(f"select position, {cells} {apart} order by position limit {tally.most}").fetchall()
    for row in rows:
        wrong = "、".join(column for (column, _), is_apart in zip(columns, row[1:], strict=True) if is_apart)
        one = Discrepancy(
            "table", f"与日志不同:{wrong or '整行'}", f"not what the log says: {wrong}", row[0], file=name
        )
        tally.add(one, times=times - len(rows) + 1 if row is rows[0] else 1)


def _columns(conn: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in conn.execute(f"describe {table}").fetchall()]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
