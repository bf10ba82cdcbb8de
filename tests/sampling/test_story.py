"""双随机、一公开 as it is done, from the commitment to the publication; and what each mistake is answered with."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pytest

from ledger.decide.draw import list_digest, seed_digest
from ledger.decide.sampling import DrawRequest, DrawSample
from ledger.decide.slice import Asked
from projections.publications import households_of
from projections.queries import Clocks, reading
from projections.sample_check import verify
from tests.sampling.county import NO, NORTH, Program, approval, household, identity, kinship, name, record


def failed(program: Program, no: str = NO) -> list[str]:
    return [check.en for check in verify(program.books.database, no) if check.holds is False]


def test_from_the_commitment_to_the_publication(program: Program) -> None:
    program.commit(NO, 4)
    seed_file = program.folder / "data" / "samples" / f"{NO}.seed"
    assert seed_file.stat().st_mode & 0o777 == 0o600
    (listed,) = program.json("sample", "list")
    assert (listed["state"], listed["seed_count"]) == ("committed", 1)
    program.ok("sample", "pledge", NO, staff="A001", role="audit")
    record(program.books, "households", [household(13, NORTH)])
    program.ok("sample", "freeze", NO, "--roster", program.roster())
    record(program.books, "households", [household(14, NORTH)])
    assert seed_file.read_text().strip() not in program.ok("sample", "show", NO, "--json")
    found = program.json("sample", "draw", NO)
    assert found["population_size"] == 13, "what came before it was frozen, and nothing after"
    assert found["population_sha256"] == list_digest(f"H{n:06d}" for n in range(1, 14))
    assert [seed_digest(seed) for seed in found["seeds"]] == [row["seed_sha256"] for row in found["commitments"]]
    assert len(found["subjects"]) == len(set(found["subjects"])) == 4
    assert all(len(team.split()) == 2 for team in found["inspectors"])
    assert "一致" in program.ok("sample", "verify", NO)
    assert failed(program) == []
    results = program.table("结果.csv", ("对象", "结论", "处理"), (found["subjects"][0], "情况属实", ""))
    program.ok("publish", "result", NO, "--results", results, "--out", str(program.folder / "公开"))
    (published,) = program.json("publish", "list")
    for file, digest in zip(published["files"], published["files_sha256"], strict=True):
        data = (program.folder / "公开" / file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        assert "情况属实" in data.decode()
    assert (published["sample_no"], published["row_count"]) == (NO, 4)


def test_the_same_sample_whenever_it_is_verified(program: Program) -> None:
    program.drawn()
    record(program.books, "households", [household(n, NORTH) for n in range(20, 30)])
    program.books.engine.rebuild()
    assert failed(program) == []


def test_a_programme_limits_the_population(program: Program) -> None:
    record(program.books, "decisions", [approval(n, "临时救助") for n in (3, 5, 8)])
    program.commit(NO, 2, "--programme", "临时救助")
    program.ok("sample", "freeze", NO, "--roster", program.roster())
    found = program.json("sample", "draw", NO)
    assert found["population_size"] == 3
    assert set(found["subjects"]) < {"H000003", "H000005", "H000008"}
    assert failed(program) == []


def forge(program: Program, **changes: Any) -> None:
    """A draw that somebody reports as having been held, with something of it changed."""
    program.commit(NO, 4)
    program.ok("sample", "freeze", NO, "--roster", program.roster())
    honest: dict[str, Any] = {}
    policy = program.books.policy

    def keep(self: DrawSample) -> None:
        honest.update(dict(self.request))

    program.patch.setattr(DrawSample, "execute", keep)
    program.run("sample", "draw", NO)
    program.patch.undo()
    asked = Asked("G007", "civil_affairs", "observed", policy)
    request = DrawRequest(**honest | changes)
    program.books.book.do(lambda: DrawSample(request, asked))
    program.books.engine.catch_up()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"seeds": ("ab" * 32,)}, ["the seeds revealed", "the seeds draw these subjects", "the seeds draw these insp"]),
        ({"frozen_leaf": "ab" * 32}, ["the freezing event has", "the seeds draw these subj", "the seeds draw these i"]),
        ({"members": ("H000001", "H000002")}, ["it was drawn from the frozen population"]),
        ({"subjects": ("H000001", "H000002", "H000003", "H000099")}, ["the seeds draw these subjects"]),
        ({"inspectors": ("G011 G012",) * 3 + ("G099",)}, ["the seeds draw these inspectors"]),
    ],
    ids=["honest", "seed", "leaf", "population", "subjects", "inspectors"],
)
def test_a_forged_draw_is_found(program: Program, changes: dict[str, Any], said: list[str]) -> None:
    forge(program, **changes)
    found = failed(program)
    assert len(found) == len(said)
    assert all(one.startswith(words) for one, words in zip(found, said, strict=True))
    assert verify_code(program) == (3 if said else 0)


def verify_code(program: Program) -> int:
    return program.run("sample", "verify", NO)[0]


def test_a_second_draw_is_found(program: Program) -> None:
    program.drawn()
    found = program.json("sample", "show", NO)
    fields = {field: found[field] for field in ("sample_no", "region", "drawn_on", "frozen_leaf")}
    request = DrawRequest(**fields, seeds=found["seeds"], members=(), subjects=("H000001",), inspectors=("",))
    asked = Asked("G007", "civil_affairs", "observed", program.books.policy)
    program.books.book.do(lambda: DrawSample(request, asked))
    program.books.engine.catch_up()
    assert failed(program) == ["committed, frozen and drawn at most once each"]


def test_an_inspector_of_the_township_or_with_kin_in_the_household_is_left_out(program: Program) -> None:
    record(
        program.books, "officials", [kinship("G012", identity(2)), kinship("G014", identity(9), id_number=identity(4))]
    )
    roster = (("G011", NORTH), ("G012", "620199"), ("G014", "620199"))
    program.commit(NO, 12, "--inspectors", "2")
    program.ok("sample", "freeze", NO, "--roster", program.roster(*roster))
    found = program.json("sample", "draw", NO)
    teams = dict(zip(found["subjects"], (set(team.split()) for team in found["inspectors"]), strict=True))
    assert all("G011" not in teams[f"H{n:06d}"] for n in range(1, 13, 2))
    assert teams["H000002"] == {"G011", "G014"}
    assert teams["H000004"] == {"G011", "G012"}, "his own household"
    assert teams["H000009"] == set(), "kin and township leave one, and two are needed"
    assert "无人可派" in program.ok("sample", "show", NO)
    assert failed(program) == []


def test_what_is_not_frozen_or_not_drawn_cannot_be_checked(program: Program) -> None:
    def unchecked() -> list[str]:
        return [check["en"] for check in program.json("sample", "verify", NO) if check["holds"] is None]

    program.commit()
    assert [words.partition(":")[0] for words in unchecked()] == [
        "population and roster",
        "seeds, subjects, inspectors",
    ]
    said = program.ok("sample", "verify", NO)
    assert "已承诺 committed" in said
    assert "未核" in said
    assert "至多一次" in said
    program.ok("sample", "freeze", NO, "--roster", program.roster())
    assert [words.partition(":")[0] for words in unchecked()] == ["seeds, subjects, inspectors"]
    program.ok("sample", "draw", NO)
    assert unchecked() == []


class TestCommandsSayNo:
    """Exit code 2 and a reason in both languages; nothing recorded, nothing left behind."""

    def test_steps_out_of_order(self, program: Program) -> None:
        roster = program.roster()
        assert "尚未承诺" in program.refused("sample", "freeze", NO, "--roster", roster)
        assert "尚未承诺" in program.refused("sample", "pledge", NO, staff="A001")
        assert not list((program.folder / "data" / "samples").glob("*A001*")), "no seed is left for nothing"
        assert "尚未冻结名单" in program.refused("sample", "draw", NO)
        program.commit()
        assert "尚未冻结名单" in program.refused("sample", "draw", NO)
        seed = (program.folder / "data" / "samples" / f"{NO}.seed").read_bytes()
        again = ("--population", "household", "--region", "620199", "--size", "4")
        assert "已承诺" in program.refused("sample", "commit", NO, *again)
        assert (program.folder / "data" / "samples" / f"{NO}.seed").read_bytes() == seed
        assert "已持有一个种子" in program.refused("sample", "pledge", NO)
        program.ok("sample", "freeze", NO, "--roster", roster)
        assert "冻结名单" in program.refused("sample", "freeze", NO, "--roster", roster)
        assert "冻结名单" in program.refused("sample", "pledge", NO, staff="A001")
        program.ok("sample", "draw", NO)
        assert "已于 2026-06-15 抽取" in program.refused("sample", "draw", NO)

    def test_a_seed_that_is_lost_or_not_the_one(self, program: Program) -> None:
        program.commit()
        program.ok("sample", "freeze", NO, "--roster", program.roster())
        path = program.folder / "data" / "samples" / f"{NO}.seed"
        path.write_text("ab" * 32)
        assert f"G007 的种子 samples/{NO}.seed 与其承诺不符" in program.refused("sample", "draw", NO)
        path.write_text("620199199001010016")
        said = program.refused("sample", "draw", NO)
        assert "不是种子文件" in said
        assert "0016" not in said
        path.unlink()
        assert f"缺 G007 的种子,未找到 samples/{NO}.seed" in program.refused("sample", "draw", NO)

    def test_the_holder_whose_seed_is_lost_is_named(self, program: Program) -> None:
        program.commit()
        program.ok("sample", "pledge", NO, staff="A001")
        program.ok("sample", "freeze", NO, "--roster", program.roster())
        kept = program.folder / "data" / "samples" / f"{NO}.A001.seed"
        elsewhere = kept.rename(program.folder / "A001.txt")
        said = program.refused("sample", "draw", NO)
        assert f"the seed of A001 is missing, no file samples/{NO}.A001.seed" in said
        assert "G007" not in said
        another = program.folder / "another.txt"
        another.write_text("ab" * 32)
        assert "nor is it in a file given" in program.refused("sample", "draw", NO, "--seed-file", str(another))
        program.ok("sample", "draw", NO, "--seed-file", str(elsewhere))

    def test_a_role_that_may_not(self, program: Program) -> None:
        where = ("--population", "household", "--region", "620199", "--size", "4")
        notice = ("publish", "beneficiaries", "--region", NORTH, "--month", "2025-06", "--out", str(program.folder))
        roster = program.roster()
        steps = (("commit", NO, *where), ("pledge", NO), ("freeze", NO, "--roster", roster), ("draw", NO))
        for role in ("viewer", "operator", "finance", "civil_affairs"):
            for step in steps:
                said = program.refused("sample", *step, role=role)
                assert "岗位无此权限" in said
                assert "审计 audit、纪检 discipline" in said
        for role in ("viewer", "operator", "finance"):
            assert "民政 civil_affairs" in program.refused(*notice, role=role)
            assert "岗位无此权限" in program.refused("publish", "result", NO, "--out", str(program.folder), role=role)
        assert program.json("sample", "list") == program.json("publish", "list") == []
        program.ok("sample", "commit", NO, *where, role="discipline")
        program.ok(*notice, role="civil_affairs")

    def test_a_programme_or_region_that_the_book_does_not_know(self, program: Program) -> None:
        where = ("--population", "household", "--size", "4")
        said = program.refused("sample", "commit", NO, *where, "--region", "620199", "--programme", "低保")
        assert "已有:城市低保" in said
        assert "账内该区划没有任何对象" in program.refused("sample", "commit", NO, *where, "--region", "110101")
        assert program.json("sample", "list") == []
        assert not (program.folder / "data" / "samples").exists(), "no seed is made for nothing"
        program.commit(NO, 4, "--programme", "城市低保")

    def test_too_many_and_none(self, program: Program) -> None:
        program.commit("抽2026-2", 13)
        assert "拟抽 13" in program.refused("sample", "freeze", "抽2026-2", "--roster", program.roster())
        where = ("--population", "contract", "--region", "620199")
        program.ok("sample", "commit", "抽2026-3", *where, "--size", "1")
        assert "没有任何对象" in program.refused("sample", "freeze", "抽2026-3", "--roster", program.roster())

    @pytest.mark.parametrize(
        "words",
        [
            ("sample", "commit", "抽/1", "--population", "household", "--region", "620199", "--size", "4"),
            ("sample", "commit", "抽1", "--population", "person", "--region", "620199", "--size", "4"),
            ("sample", "commit", "抽1", "--population", "household", "--region", "62", "--size", "4"),
            ("sample", "commit", "抽1", "--population", "household", "--region", "620199", "--size", "0"),
            (
                "sample",
                "commit",
                "620199199001010016",
                "--population",
                "household",
                "--region",
                "620199",
                "--size",
                "4",
            ),
            ("sample", "show", "没有"),
            ("sample", "verify", "没有"),
            ("publish", "result", "没有", "--out", "公开"),
            ("publish", "beneficiaries", "--region", "620199", "--month", "2025-13", "--out", "公开"),
            ("publish", "beneficiaries", "--region", "x", "--month", "2025-06", "--out", "公开"),
        ],
        ids=lambda words: " ".join(words[:3]),
    )
    def test_what_cannot_be_asked(self, program: Program, words: tuple[str, ...]) -> None:
        said = program.refused(*words)
        assert "199001" not in said
        assert program.json("sample", "list") == program.json("publish", "list") == []

    @pytest.mark.parametrize(
        "rows",
        [
            (("工号",), ("G011",)),
            (("工号", "区划代码"), ("韩示例", "620199")),
            (("工号", "区划代码"), ("G011", "62")),
            (("工号", "区划代码"), ("G011", "620199"), ("g011", "620199001")),
        ],
        ids=["no region", "a name", "no code", "twice"],
    )
    def test_a_roster_that_is_none(self, program: Program, rows: tuple[tuple[str, ...], ...]) -> None:
        program.commit()
        said = program.refused("sample", "freeze", NO, "--roster", program.table("名录.csv", *rows))
        assert "韩示例" not in said

    def test_a_seed_made_of_somebodys_number(self, program: Program) -> None:
        where = ("--population", "household", "--region", "620199", "--size", "4")
        made = program.folder / "own.seed"
        made.write_text(identity(1)[:17] + "0" + "a" * 46, encoding="ascii")
        assert "另取" in program.refused("sample", "commit", NO, *where, "--seed-file", str(made))
        assert program.json("sample", "list") == []
        program.commit(NO, 4)
        said = program.refused("sample", "pledge", NO, "--seed-file", str(made), staff="A001", role="audit")
        assert "另取" in said
        assert identity(1)[:17] not in said
        made.write_text("0a1b2c3d" * 8, encoding="ascii")
        program.ok("sample", "pledge", NO, "--seed-file", str(made), staff="A001", role="audit")

    def test_results_that_give_somebody_away(self, program: Program) -> None:
        first = program.drawn()["subjects"][0]
        head = name(int(first[1:]))
        for text, reason in (
            (f"{head}情况属实", "完整姓名"),
            ("电话１３９-0000 1111", "疑似身份证号或手机号"),
            ("电话〇九三一、八二五0000", "疑似证件号、电话或账号"),
            ("=1+1", "公式"),
        ):
            results = program.table("结果.csv", ("对象", "结论"), (first, text))
            said = program.refused("publish", "result", NO, "--results", results, "--out", str(program.folder / "公开"))
            assert reason in said
            assert head not in said
            assert "0000" not in said
        stray = program.table("结果.csv", ("对象", "结论"), ("H000099", "属实"))
        assert "未抽中" in program.refused(
            "publish", "result", NO, "--results", stray, "--out", str(program.folder / "公开")
        )
        assert not (program.folder / "公开").exists()
        assert program.json("publish", "list") == []


class TestBeneficiaries:
    """公示: masked names, sizes and amounts, and no more."""

    def notice(self, program: Program, *more: str) -> tuple[list[list[str]], str]:
        out = program.folder / "公示"
        where = ("--region", NORTH, "--month", "2025-06", "--out", str(out))
        program.ok("publish", "beneficiaries", *where, *more)
        (sheet,), (page,) = list(out.glob("*.csv")), list(out.glob("*.html"))
        return list(csv.reader(sheet.read_text("utf-8-sig").splitlines())), page.read_text("utf-8")

    def test_it_says_what_may_be_said(self, program: Program) -> None:
        rows, page = self.notice(program)
        assert rows[0] == ["序号", "申请人姓名", "家庭成员数量", "保障金额(元/月)"]
        assert rows[1] == ["1", "韩*春", "2", "632.00"]
        assert len(rows) == 7, "the north, not the south"
        assert "2026年6月15日至2026年6月22日" in page
        assert "第二十四条" in page
        for n in range(1, 13):
            assert name(n) not in page
            assert identity(n) not in page
            assert f"H{n:06d}" not in page
        with program.books.database.connection() as conn:
            (looked,) = conn.execute("select officer, purpose from vault.access_record").fetchall()
        assert looked[0] == "G007"
        assert "公示" in looked[1]

    def test_minors_and_those_in_childrens_programmes_are_numbers(self, program: Program) -> None:
        record(program.books, "households", [household(21, NORTH, 2010), household(23, NORTH)])
        record(program.books, "decisions", [approval(21), approval(23, "事实无人抚养儿童基本生活补贴", persons=None)])
        rows, page = self.notice(program)
        assert [row[1] for row in rows[-2:]] == ["第7号", "第8号"]
        assert rows[-1][2] == "1", "where the decision says nothing, those on record"
        assert "第7号" in page

    def test_who_is_restricted_is_a_number(self, program: Program) -> None:
        token = program.books.vault.refer(program_kind(), [identity(1)])[identity(1)]
        program.books.vault.restrict(token, officer="G007", reason="本人申请")
        rows, _ = self.notice(program)
        assert rows[1][1] == "第1号"

    def test_a_notice_of_nobody(self, program: Program) -> None:
        where = ("--region", "110101", "--month", "2025-06", "--out", str(program.folder / "公示"))
        assert "没有救助对象" in program.refused("publish", "beneficiaries", *where)
        assert not (program.folder / "公示").exists()
        assert program.json("publish", "list") == []

    def test_the_same_notice_twice_needs_another_number(self, program: Program) -> None:
        self.notice(program)
        where = ("--region", NORTH, "--month", "2025-06", "--out", str(program.folder / "再"))
        assert "已登记" in program.refused("publish", "beneficiaries", *where)
        assert not (program.folder / "再").exists()
        program.ok("publish", "beneficiaries", *where, "--no", "公示再次")
        assert len(program.json("publish", "list")) == 2


def program_kind() -> Any:
    from ledger.vault import Kind

    return Kind.PERSON


def test_no_seed_is_in_the_book_before_the_draw(program: Program, tmp_path: Path) -> None:
    program.commit()
    program.ok("sample", "freeze", NO, "--roster", program.roster())
    seed = (tmp_path / "data" / "samples" / f"{NO}.seed").read_text().strip()
    with program.books.database.connection() as conn:
        rows = conn.execute("select convert_from(payload, 'UTF8') from book.event").fetchall()
    assert all(seed not in payload for (payload,) in rows)


def test_the_gate_asks_for_the_households_of_every_kind_of_subject(program: Program) -> None:
    with reading(program.books.database, Clocks()) as cursor:
        assert sorted(households_of(cursor, "household", ["H000001", "H000002"])) == ["H000001", "H000002"]
        for population in ("contract", "provider", "batch"):
            assert households_of(cursor, population, ["没有"]) == []
