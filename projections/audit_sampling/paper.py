"""The working paper 抽样底稿: an audit sample as a workbook to be filled in, and a proof file an evidence position.

Pseudonyms alone are in it; who is behind one is revealed elsewhere, to whom it may be. The audited amounts that
somebody fills in are read back (paper_reading.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from operator import itemgetter
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from projections.audit_sampling import words
from projections.audit_sampling.evidence import Contents, Sealed, proof_name
from projections.audit_sampling.paper_reading import AUDITED_HEAD, BOOK_HEAD, ITEM_HEAD, SHEET
from projections.export.workbook import Column, Form, Forms, Provenance, Row, Table, fill_sheet, write_cell

CONCLUSIONS: Final = ("相符 agrees", "不符 differs", "无法核实 cannot be tested")
_NOT_SEALED = "未封存 not sealed"


def working_paper(contents: Contents, provenance: Provenance) -> bytes:
    """The workbook: facts, items with columns to fill in, strata, and what was set aside."""
    written = BytesIO()
    book = xlsxwriter.Workbook(written, {"constant_memory": True, "strings_to_urls": False})
    book.set_properties({"title": "审计抽样底稿", "created": provenance.exported_at.replace(tzinfo=None)})
    forms = Forms(book)
    _write_facts(book.add_worksheet("底稿 Paper"), forms, contents, provenance)
    _write_items(book, forms, contents)
    sample = contents.sample
    fill_sheet(book.add_worksheet("层 Strata"), forms, _strata_table(sample), _strata_rows(sample))
    aside = [{"item": line.item, "amount_fen": line.amount_fen} for line in contents.aside]
    fill_sheet(book.add_worksheet("剔除 Set aside"), forms, _ASIDE, aside)
    book.close()
    return written.getvalue()


def _write_facts(sheet: Any, forms: Forms, contents: Contents, provenance: Provenance) -> None:
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 90)
    lines = (*_drawn_facts(contents.sample), *_plan_facts(contents.sample), *_paper_facts(contents, provenance))
    for nth, (label, form, value) in enumerate(lines):
        sheet.write_string(nth, 0, label, forms.head)
        write_cell(sheet, forms, (nth, 1), form, value)


_Fact = tuple[str, Form, Any]


def _drawn_facts(row: Row) -> list[_Fact]:
    return [
        ("抽样编号 Sample number", Form.TEXT, row["sample_no"]),
        ("总体 Population", Form.TEXT, words.POPULATION_WORDS[row["population"]]),
        ("范围 Scope", Form.TEXT, words.scope_words(row)),
        ("业务截至 As of", Form.DAY, row["as_of"]),
        ("按日志截至位置 By the log up to position", Form.COUNT, row["known_position"]),
        ("总体项数 Items in the population", Form.COUNT, row["population_size"]),
        ("总体金额（元） Population total (yuan)", Form.MONEY, row["population_fen"]),
        ("总体 SHA-256 Population's SHA-256", Form.TEXT, row["population_sha256"]),
        ("剔除项数（零和负数） Items set aside (zero, negative)", Form.COUNT, row["aside_count"]),
        ("剔除金额（元） Set aside (yuan)", Form.MONEY, row["aside_fen"]),
        ("抽取日期 Drawn on", Form.DAY, row["drawn_on"]),
        ("抽取人工号、岗位 Drawn by, role", Form.TEXT, f"{row['recorded_by']} {row['recorded_role']}"),
        ("抽取事件位置 Position of the drawing event", Form.COUNT, row["position"]),
        ("抽取事件叶哈希 Its leaf hash", Form.TEXT, row["leaf"]),
    ]


def _plan_facts(row: Row) -> list[_Fact]:
    by = words.STRATA_WORDS.get(row["strata_by"] or "")
    facts: list[_Fact] = [
        ("方法 Method", Form.TEXT, words.METHOD_WORDS[row["method"]]),
        ("算法 Algorithm", Form.TEXT, row["algorithm"]),
        ("要求样本量 Size asked for", Form.COUNT, row["size"]),
        ("抽中项数 Items drawn", Form.COUNT, len(row["items"])),
        ("置信水平（%） Confidence (%)", Form.COUNT, row["confidence_percent"]),
        ("可容忍错报（元） Tolerable misstatement (yuan)", Form.MONEY, row["tolerable_fen"]),
        ("预计错报（元） Expected misstatement (yuan)", Form.MONEY, row["expected_fen"]),
        ("抽样间隔（元） Sampling interval (yuan)", Form.MONEY, row["interval_fen"]),
        ("随机起点（元） Random start (yuan)", Form.MONEY, row["start_fen"]),
        ("分层依据 Strata by", Form.TEXT, by),
        ("全查起点（元） Taken whole from (yuan)", Form.MONEY, row["certain_fen"]),
        ("种子 Seed", Form.TEXT, row["seed"]),
        ("种子 SHA-256 Seed's SHA-256", Form.TEXT, row["seed_sha256"]),
        ("种子来源 Where the seed comes from", Form.TEXT, words.SEED_WORDS[row["seed_source"]]),
        ("样本 SHA-256 Items' SHA-256", Form.TEXT, row["items_sha256"]),
    ]
    return [fact for fact in facts if fact[2] is not None]


def _paper_facts(contents: Contents, provenance: Provenance) -> list[_Fact]:
    sealed = contents.sealed
    seal: list[_Fact] = [("封存 Seal", Form.TEXT, f"{_NOT_SEALED}：底稿无证明文件 the paper has no proof files")]
    if sealed is not None:
        seal = [
            ("检查点根哈希 Checkpoint's root", Form.TEXT, sealed.root),
            ("检查点事件数 Checkpoint's size", Form.COUNT, sealed.size),
        ]
    at = provenance.exported_at.isoformat(timespec="seconds")
    return [
        ("规则版本 Policy version", Form.TEXT, provenance.policy),
        *seal,
        ("制表人工号、时刻 Made by, at", Form.TEXT, f"{provenance.staff} {at}"),
        ("重抽核验 Draw it again", Form.TEXT, f"mingzhang audit-sample check {contents.sample['sample_no']}"),
    ]


def _write_items(book: Any, forms: Forms, contents: Contents) -> None:
    """The items; whoever tests fills in the audited amount, and the difference reckons itself."""
    sheet = book.add_worksheet(SHEET)
    money = "#,##0.00;[Red]-#,##0.00"
    look = {"bg_color": "#FFF9E5", "border": 1, "valign": "top"}
    blank, filled = book.add_format(look | {"text_wrap": True}), book.add_format(look | {"num_format": money})
    table = _items_table(contents)
    width = len(table.columns)
    sheet.freeze_panes(1, 2)
    sheet.set_row(0, 34)
    for nth, column in enumerate(table.columns):
        sheet.set_column(nth, nth, column.width)
        sheet.write_string(0, nth, f"{column.zh}\n{column.en}", forms.head)
    for nth, (head, size) in enumerate(_TO_FILL, start=width):
        sheet.set_column(nth, nth, size)
        sheet.write_string(0, nth, head, forms.head)
    for line, row in enumerate(contents.items, start=1):
        for nth, column in enumerate(table.columns):
            write_cell(sheet, forms, (line, nth), column.form, column.of(row))
        _write_to_fill(sheet, (line, width), row, filled, blank, forms)
    last = max(len(contents.items), 1)
    sheet.data_validation(1, width, last, width, _AMOUNT_RULE)
    sheet.data_validation(1, width + 2, last, width + 2, {"validate": "list", "source": list(CONCLUSIONS)})
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})


def _write_to_fill(sheet: Any, at: tuple[int, int], row: Row, filled: Any, blank: Any, forms: Forms) -> None:
    line, first = at
    if row["audited_fen"] is None:
        sheet.write_blank(line, first, None, filled)
    else:
        write_cell(sheet, forms, (line, first), Form.MONEY, row["audited_fen"])
    audited, book = xl_rowcol_to_cell(line, first), xl_rowcol_to_cell(line, _BOOK_COLUMN)
    # ROUND: a spreadsheet reckons in binary, and 0.1 less 0.3 would leave a crumb.
    formula = f'=IF({audited}="","",ROUND({audited}-{book},2))'
    known = "" if row["audited_fen"] is None else Decimal(row["audited_fen"] - row["amount_fen"]).scaleb(-2)
    sheet.write_formula(line, first + 1, formula, forms.money, known)
    sheet.write_blank(line, first + 2, None, blank)
    sheet.write_blank(line, first + 3, None, blank)


_TO_FILL = (
    (AUDITED_HEAD, 18),
    ("差异（元）\nDifference (yuan)", 16),
    ("结论\nConclusion", 22),
    ("备注（不写姓名、证件号、账号）\nRemark (nobody's name or number)", 36),
)
_AMOUNT_RULE = {
    "validate": "decimal",
    "criteria": "between",
    "minimum": -(10**13),
    "maximum": 10**13,
    "error_title": "审定金额 Audited amount",
    "error_message": "请填写以元为单位的金额，最多两位小数。An amount in yuan, two decimals at most.",
}
_BOOK_COLUMN = 2
_ASIDE = Table(
    "剔除",
    "Set aside",
    (
        Column("项目", "Item", 30, itemgetter("item")),
        Column("账面金额（元）", "Book amount (yuan)", 18, itemgetter("amount_fen"), Form.MONEY),
    ),
)


def _items_table(contents: Contents) -> Table:
    sample = contents.sample
    (item_zh, item_en), (book_zh, book_en) = ITEM_HEAD.split("\n"), BOOK_HEAD.split("\n")
    columns = [
        Column("序号", "No", 7, itemgetter("seq"), Form.COUNT),
        Column(item_zh, item_en, 30, itemgetter("item")),
        Column(book_zh, book_en, 18, itemgetter("amount_fen"), Form.MONEY),
        Column("层", "Stratum", 20, lambda row: words.stratum_words(sample, row["stratum"])),
        Column("证据位置", "Evidence (positions)", 24, itemgetter("evidence")),
        Column("证明文件", "Proof files", 34, lambda row: _proofs_named(contents.sealed, row["evidence"])),
    ]
    if sample["method"] == "mus":
        columns[4:4] = [
            Column("命中位置（元）", "Point hit (yuan)", 18, itemgetter("point_fen"), Form.MONEY),
            Column("命中次数", "Hits", 8, itemgetter("hits"), Form.COUNT),
        ]
    return Table("样本", "Items", columns)


def _proofs_named(sealed: Sealed | None, positions: Iterable[int]) -> str:
    if sealed is None:
        return _NOT_SEALED
    named = (f"proofs/{proof_name(at)}" if at <= sealed.size else f"{at}: {_NOT_SEALED}" for at in positions)
    return "; ".join(named)


def _strata_table(sample: Row) -> Table:
    return Table(
        "层",
        "Strata",
        (
            Column("层", "Stratum", 26, lambda row: words.stratum_words(sample, row["stratum"])),
            Column("总体项数", "Items in it", 12, itemgetter("count"), Form.COUNT),
            Column("总体金额（元）", "Total (yuan)", 20, itemgetter("amount_fen"), Form.MONEY),
            Column("抽中项数", "Drawn", 12, itemgetter("size"), Form.COUNT),
            Column("抽中金额（元）", "Of it drawn (yuan)", 20, itemgetter("drawn_fen"), Form.MONEY),
        ),
    )


def _strata_rows(sample: Row) -> Iterator[Row]:
    """Each stratum, with what was drawn of it."""
    columns = (sample[name] for name in ("strata", "strata_counts", "strata_fen", "strata_sizes"))
    drawn = list(zip(sample["item_strata"], sample["amounts_fen"], strict=True))
    for name, count, amount_fen, size in zip(*columns, strict=True):
        drawn_fen = sum(amount for stratum, amount in drawn if stratum == name)
        yield {"stratum": name, "count": count, "amount_fen": amount_fen, "size": size, "drawn_fen": drawn_fen}
