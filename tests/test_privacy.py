"""Nobody's name, number or account stands anywhere but sealed in the vault.

Every table is dumped as PostgreSQL stores it (binary COPY: texts, JSON and bytes are in it as they are), with all that
was logged and said on the way, and searched for every personal value of the files. Beside the values of a
made county go marks of characters that occur nowhere else, one in every column that a person could stand in, since a
short name could hide behind a common word; and the search is tried on what must be found.
"""

from __future__ import annotations

import csv
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from ledger.county import CountyPlan, make_county
from ledger.vault import Kind
from projections.open_book import OpenBook
from tests.handed_in import hand_in, said

PERSONAL = (
    "姓名",
    "身份证号",
    "银行账号",
    "户名",
    "收款人姓名",
    "收款人身份证号",
    "收款账号",
    "亲属身份证号",
    "收款单位",
)
FREE = ("原因", "摘要", "失败原因", "信息来源", "单位", "岗位", "亲属关系", "办理方式", "联系电话", "备注甲")
NOT_A_CODE = ("经办人", "审核人", "审批人", "家庭编号", "文书号", "批次号", "追缴编号", "支出编号", "合同编号", "工号")
# Rare characters that stand in no word, and numbers of no bank: a hit is a leak and not a coincidence.
RARE = "龘靐齉爩鱻麤龗灪龖厵滟爨癵驫麣纞虋讟钃鸜鹦韊驡"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, at the most talkative."""
    lines = io.StringIO()
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.WriteLoggerFactory(lines),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(lines)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.configure(**before)


def marked(files: Path) -> set[str]:
    """Adds to every file rows with a mark in each column that people write of people in; all marks."""
    marks: set[str] = set()
    for path in sorted(files.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = list(csv.reader(file))
        header += ["联系电话", "备注甲"]
        more = [[*row, "", ""] for row in rows]
        for nth, column in enumerate(header):
            if column in (*PERSONAL, *FREE, *NOT_A_CODE) and rows:
                mark = mark_for(column, len(marks))
                marks.add(mark)
                row = [*rows[len(marks) % len(rows)], "", ""]
                row[nth] = mark
                more.append(row)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *more])
    return marks


def mark_for(column: str, number: int) -> str:
    """A value of its column's kind; where a code should stand, an ID number, as people type anywhere."""
    if column in ("银行账号", "收款账号"):
        return f"99007777{number:011d}"
    if column in ("身份证号", "收款人身份证号", "亲属身份证号", *NOT_A_CODE):
        return f"62019919{30 + number % 60}0101{number:04d}"
    if column == "联系电话":
        return f"139{number:08d}"
    return RARE[number % len(RARE)] + RARE[number // len(RARE) + 7] + RARE[-1 - number % len(RARE)]


def values_in(files: Path) -> set[str]:
    found: set[str] = set()
    for path in files.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found |= {row[column].strip() for column in PERSONAL if row.get(column)}
    return found - {""}


def dumped(url: str) -> dict[str, bytes]:
    """Every table and materialised view of every schema, as bytes; PostgreSQL's own, which hold samples, as text."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("analyze")
        tables = conn.execute(
            "select format('%I.%I', n.nspname, c.relname) "
            "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'm', 'p') and n.nspname !~ '^(pg_toast|information_schema)'"
        ).fetchall()
        return {name: dump(conn, name) for (name,) in tables}


def dump(conn: psycopg.Connection, table: str) -> bytes:
    form = "text" if table.startswith("pg_catalog.") else "binary"
    with conn.cursor().copy(f"copy (select * from {table}) to stdout (format {form})".encode()) as rows:
        return b"".join(bytes(part) for part in rows)


def search(where: dict[str, bytes], values: set[str]) -> dict[str, list[str]]:
    """Which places hold which values, in UTF-8 or in the local encoding."""
    sought = [(value, {value.encode(), value.encode("gb18030")}) for value in sorted(values)]
    hits = {
        place: [value for value, forms in sought if any(form in data for form in forms)]
        for place, data in where.items()
    }
    return {place: found for place, found in hits.items() if found}


def server_log(url: str) -> bytes:
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute("select current_setting('data_directory')").fetchone()
    log = Path(str(row[0])) / "server.log" if row else None
    return log.read_bytes() if log and log.exists() else b""


@pytest.mark.parametrize("origin", ["observed", "decided"])
def test_no_personal_value_stands_outside_the_vaults_seals(
    opened: OpenBook,
    database_url: str,
    tmp_path: Path,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    origin: str,
) -> None:
    plan = CountyPlan(seed=11, households=120, year=2025, jurisdiction="lanzhou-new-area", wrongs="all")
    make_county(plan, tmp_path)
    marks = marked(tmp_path / "files")
    values = values_in(tmp_path / "files") | marks
    assert len(marks) > 60
    assert len(values) > 500
    assert all(len(value) >= 3 for value in values), "a name of two characters could be part of any word"
    reports = hand_in(opened, [tmp_path / "files"], origin, tmp_path / "rejects")  # type: ignore[arg-type]
    answers = said(opened, plan.as_of)
    opened.engine.rebuild()
    problems = " ".join(str(report.problem) for report in reports)
    printed = capfd.readouterr()
    where = dumped(database_url) | {
        "log": logged.getvalue().encode(),
        "output": (printed.out + printed.err + problems).encode(),
        "answers": repr(answers).encode(),
        "PostgreSQL's log": server_log(database_url),
    }
    assert sum(report.recorded for report in reports) > 1_000
    assert where["PostgreSQL's log"] or os.environ.get("MINGZHANG_TEST_DATABASE")
    words = [mark for mark in marks if not mark[0].isdigit()]
    sealed = [mark for mark in words if opened.vault.find(Kind.NAME, mark) or opened.vault.find(Kind.TEXT, mark)]
    assert len(sealed) > 15, "what is found nowhere must have been taken in"
    assert search(where, values) == {}


def test_the_search_finds_what_is_there(opened: OpenBook, database_url: str, tmp_path: Path) -> None:
    """Texts in columns, in JSON and in payloads are found, so that finding nothing means something."""
    make_county(CountyPlan(seed=11, households=60, year=2025, jurisdiction="lanzhou-new-area"), tmp_path)
    hand_in(opened, [tmp_path / "files"], "observed", tmp_path / "rejects")
    where = dumped(database_url)
    assert {"book.event", "book.event_tag", "fact.household_registered", "fact.payment_instructed"} <= search(
        where, {"H000001"}
    ).keys()
    assert "projection.parameter" in search(where, {"困难群众救助补助资金"})
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "insert into vault.access_record (act, tokens, officer, purpose) values ('reveal', '{}', 'G1', '龘靐齉')"
        )
        assert search(dumped(database_url), {"龘靐齉", "纞虋讟"}) == {"vault.access_record": ["龘靐齉"]}


def test_what_was_rejected_is_kept_from_others(opened: OpenBook, tmp_path: Path) -> None:
    """A rejects file repeats the row, so only its owner may read it; its reasons name nobody."""
    plan = CountyPlan(seed=12, households=60, year=2025, jurisdiction="lanzhou-new-area")
    make_county(plan, tmp_path)
    marks = marked(tmp_path / "files")
    reports = hand_in(opened, [tmp_path / "files"], "decided", tmp_path / "rejects")
    rejects = [report.rejects_path for report in reports if report.rejects_path]
    assert rejects
    for path in rejects:
        assert path.stat().st_mode & 0o777 == 0o600
        with path.open(encoding="utf-8-sig", newline="") as file:
            reasons = " ".join(row["原因"] + row["Reason"] for row in csv.DictReader(file))
        assert search({path.name: reasons.encode()}, marks | values_in(tmp_path / "files")) == {}
