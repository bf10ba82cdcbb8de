"""What a column and a kind of file are, and the columns that several kinds share."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ledger.intake import cells, codes

Parser = Callable[[cells.Cell], object]


class Parse(Enum):
    """How a cell of a column is read; the value says what it becomes."""

    MONEY = "fen above zero"
    SIGNED_MONEY = "fen of either sign, not zero"
    MONEY_OR_NONE = "fen above zero; zero is as good as blank"
    DATE = "datetime.date"
    MONTH = "YYYY-MM"
    YEAR = "int, 1990 to 2100"
    WHOLE = "int above zero"
    COUNT = "persons, 1 to 99; can be added up"
    QUANTITY = "thousandths above zero"
    CODE = "number of a household, batch, contract"
    DOCUMENT = "number of a document, its year in 〔〕"
    STAFF = "staff number"
    SERIAL = "number given by a bank, a tax office or a registry"
    REGION = "6, 9 or 12 digits"
    LABEL = "name of a programme, category or class"
    CHOICE = "one of the column's choices"
    TEXT = "free text"
    PERSON = "name of a person or account holder"
    IDENTITY = "number of an identity document"
    ACCOUNT = "bank account"


_PARSERS: Mapping[Parse, Parser] = {
    Parse.MONEY: cells.money,
    Parse.SIGNED_MONEY: cells.signed_money,
    Parse.MONEY_OR_NONE: cells.money_or_none,
    Parse.DATE: cells.day,
    Parse.MONTH: cells.month,
    Parse.YEAR: cells.year,
    Parse.WHOLE: cells.whole,
    Parse.COUNT: cells.count,
    Parse.QUANTITY: cells.quantity,
    Parse.CODE: codes.code,
    Parse.DOCUMENT: codes.document,
    Parse.STAFF: codes.staff,
    Parse.SERIAL: codes.serial,
    Parse.REGION: codes.region,
    Parse.LABEL: codes.label,
    Parse.TEXT: codes.text,
    Parse.PERSON: codes.person,
    Parse.IDENTITY: codes.identity,
    Parse.ACCOUNT: codes.account,
}
# most cells are written as they are kept: what matches here means itself, which saves cleaning and checking it
_PLAIN: Mapping[Parse, str] = {
    Parse.CODE: r"[A-Za-z]{0,4}[0-9]{1,9}(?:-[0-9]{1,4}){0,2}",
    Parse.STAFF: r"[A-Za-z]{0,4}[0-9]{1,9}",
    Parse.SERIAL: r"[A-Z]{0,4}[0-9]{1,14}",
    Parse.PERSON: r"[\u4e00-\u9fff]{2,4}",
    Parse.IDENTITY: r"[0-9]{17}[0-9X]",
    Parse.ACCOUNT: r"[0-9]{8,30}",
}
_PERSONAL = {Parse.PERSON, Parse.IDENTITY, Parse.ACCOUNT}
_SUMMED = {Parse.MONEY, Parse.SIGNED_MONEY, Parse.MONEY_OR_NONE, Parse.QUANTITY, Parse.COUNT}


@dataclass(frozen=True, slots=True)
class When:
    """A condition on another field of the row: it is one of `values`, or merely filled where `values` is empty."""

    field: str
    values: tuple[str, ...] = ()

    def holds(self, row: Mapping[str, object]) -> bool:
        found = row.get(self.field)
        return found in self.values if self.values else found is not None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a kind of file.

    header: the Chinese header of formats.md; aliases: other headers that offices use for it
    field: the English name of the value in `Row.values`
    required: the cell must be filled; required_when: it must be, for some rows
    in_header: the file must have the column even if cells may be empty, so that a blank sign-off is the office's
        and not the export's
    """

    header: str
    field: str
    parse: Parse
    required: bool = True
    required_when: When | None = None
    in_header: bool = True
    choices: tuple[str, ...] | None = None
    aliases: tuple[str, ...] = ()

    @property
    def personal(self) -> bool:
        """Whether a value says who someone is; such a value belongs in the vault and in no error."""
        return self.parse in _PERSONAL

    @property
    def summed(self) -> bool:
        """Whether a totals row may fill the column."""
        return self.parse in _SUMMED

    @property
    def parser(self) -> Parser:
        """Reads a cell that is not blank; raises CellProblem."""
        return codes.choice(self.choices) if self.choices else _PARSERS[self.parse]

    @property
    def plain(self) -> re.Pattern[str]:
        """Text that the parser would give back unchanged."""
        return re.compile(_PLAIN.get(self.parse, r"(?!)"))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. `stems` are Chinese file names that mean it besides its name."""

    name: str
    title_zh: str
    columns: tuple[Column, ...]
    stems: tuple[str, ...] = field(default=())


def optional(header: str, field: str, parse: Parse, *aliases: str, when: When | None = None) -> Column:
    """A column that may be left out of the file (unless `when` can ask for it) and may be blank."""
    return Column(header, field, parse, required=False, required_when=when, in_header=when is not None, aliases=aliases)


def blank_allowed(header: str, field: str, parse: Parse, *aliases: str) -> Column:
    """A column that must be in the file, in which a blank says something."""
    return Column(header, field, parse, required=False, aliases=aliases)


REGION = Column("区划代码", "region", Parse.REGION, aliases=("行政区划代码", "区划编码", "行政区划"))
LEVEL = Column(
    "资金级次", "level", Parse.CHOICE, choices=("中央", "省级", "市级", "县级"), aliases=("级次", "资金层级")
)
CATEGORY = Column("资金类别", "category", Parse.LABEL, aliases=("资金名称", "资金类型"))
BUDGET_YEAR = Column("预算年度", "budget_year", Parse.YEAR, aliases=("年度",))
HOUSEHOLD = Column("家庭编号", "household", Parse.CODE, aliases=("家庭编码", "户编号"))
PROGRAMME = Column("救助项目", "programme", Parse.LABEL, aliases=("救助类型",))
BATCH = Column("批次号", "batch_no", Parse.CODE, aliases=("批次", "批次编号"))
LINE = Column("序号", "line_no", Parse.WHOLE, aliases=("明细序号",))
CONTRACT = Column("合同编号", "contract_no", Parse.CODE, aliases=("合同号",))
EXPENSE = Column("支出编号", "expense_no", Parse.CODE, aliases=("支出单号",))
PAID_ON = Column("支付日期", "paid_on", Parse.DATE, aliases=("付款日期",))
AMOUNT = Column("金额", "amount_fen", Parse.MONEY, aliases=("发放金额", "支付金额"))
SIGNED_AMOUNT = Column("金额", "amount_fen", Parse.SIGNED_MONEY, aliases=("交易金额", "下达金额", "到账金额"))
HANDLED_BY = blank_allowed("经办人", "handled_by", Parse.STAFF, "经办人工号", "经办")
REVIEWED_BY = blank_allowed("审核人", "reviewed_by", Parse.STAFF, "审核人工号", "审核")
APPROVED_BY = blank_allowed("审批人", "approved_by", Parse.STAFF, "审批人工号", "审批")
BANK = optional("开户银行", "bank", Parse.LABEL, "开户行")
REASON = optional("原因", "reason", Parse.TEXT)
