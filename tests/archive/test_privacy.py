"""Nobody's name, number or account stands in an archive or a bundle, unless it was asked for."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import psycopg
import pytest

from ledger.archive.bundling import write_bundle
from ledger.archive.vault_rows import document_files, vault_files
from ledger.archive.writing import archive_book
from ledger.county import CountyPlan, make_county
from projections.open_book import OpenBook
from projections.portion import Portion, positions_of
from projections.queries import Clocks, reading
from projections.samples import ANY_DAY
from tests.handed_in import hand_in
from tests.test_privacy import marked, search, values_in


@pytest.mark.parametrize("origin", ["observed", "decided"])
def test_no_personal_value_leaves_the_book(opened: OpenBook, tmp_path: Path, origin: str) -> None:
    plan = CountyPlan(seed=11, households=120, year=2025, jurisdiction="lanzhou-new-area", wrongs="all")
    make_county(plan, tmp_path)
    values = values_in(tmp_path / "files") | marked(tmp_path / "files")
    hand_in(opened, [tmp_path / "files"], origin, tmp_path / "rejects")  # type: ignore[arg-type]
    opened.documents.put("龘靐齉的银行回单".encode())
    with psycopg.connect(opened.database.url, autocommit=True) as conn:
        opened.sealing.seal(conn)
        keepsakes = [*vault_files(conn), *document_files(tmp_path / "data")]
        archive_book(conn, opened.seal_folder, tmp_path / "archive", keepsakes=lambda: keepsakes)
        with reading(opened.database, Clocks(as_of=ANY_DAY)) as cursor:
            positions = positions_of(cursor, Portion("000000"), "audit")
        write_bundle(conn, opened.seal_folder, tmp_path / "bundle", positions, asked={})
    where = read_all(tmp_path / "archive") | read_all(tmp_path / "bundle")
    assert len(positions) > 500
    assert {"vault/subject.csv.gz", "events.jsonl", "tables"} <= where.keys()
    assert len([name for name in where if name.startswith("documents/")]) == 1
    assert search(where, values | {"龘靐齉"}) == {}
    assert search(where, {"H000001"}).keys() >= {"events.jsonl", "tables"}, "the search finds what is there"


def read_all(folder: Path) -> dict[str, bytes]:
    """Every file as somebody reads it who unpacks what is packed."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix != ".parquet":
            data = path.read_bytes()
            found[name] = gzip.decompress(data) if path.suffix == ".gz" else data
    rows = duckdb.sql(
        "select columns(* exclude recorded_at)::text "
        f"from read_parquet('{folder}/tables/*/*.parquet', union_by_name=true)"
    )
    found["tables"] = json.dumps(rows.fetchall(), ensure_ascii=False).encode()
    return found
