"""One request body a kind, made from the kinds of file: the same fields and rules, with units and examples."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from api.signatures import IsoDate
from ledger.intake.columns import Column, Kind, Parse
from ledger.intake.kinds import KINDS
from ledger.intake.problems import CellProblem

MOST_FEN = 10**15
_Whole = Annotated[int, Field(strict=True, ge=1, le=10**9)]
_Fen = Annotated[int, Field(strict=True, ge=1, le=MOST_FEN)]
_TYPES: dict[Parse, Any] = {
    Parse.MONEY: _Fen,
    Parse.MONEY_OR_NONE: _Fen,
    Parse.SIGNED_MONEY: Annotated[int, Field(strict=True, ge=-MOST_FEN, le=MOST_FEN)],
    Parse.DATE: IsoDate,
    Parse.MONTH: Annotated[str, Field(pattern="^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")],
    Parse.YEAR: Annotated[int, Field(strict=True, ge=1990, le=2100)],
    Parse.WHOLE: _Whole,
    Parse.COUNT: Annotated[int, Field(strict=True, ge=1, le=99)],
    Parse.QUANTITY: Annotated[int, Field(strict=True, ge=1, le=10**12)],
}
_UNITS = {
    Parse.MONEY: "分 fen, above zero",
    Parse.MONEY_OR_NONE: "分 fen, above zero",
    Parse.SIGNED_MONEY: "分 fen, not zero; negative takes back, refunds or reverses",
    Parse.DATE: "日期 business day, YYYY-MM-DD, Asia/Shanghai",
    Parse.MONTH: "月份 YYYY-MM",
    Parse.YEAR: "年 year",
    Parse.QUANTITY: "千分之一 thousandths of the unit",
    Parse.COUNT: "人 persons",
    Parse.STAFF: "工号 staff number, never a name",
    Parse.REGION: "6、9、12 位 digits",
    Parse.IDENTITY: "仅存保险库 kept in the vault alone",
    Parse.PERSON: "仅存保险库 kept in the vault alone",
    Parse.ACCOUNT: "仅存保险库 kept in the vault alone",
}
# Synthetic: the region 620199 and accounts that begin with 9900 belong to nobody.
_EXAMPLES: dict[Parse, Any] = {
    Parse.MONEY: 6_310_00,
    Parse.MONEY_OR_NONE: 631_00,
    Parse.SIGNED_MONEY: 1_000_000_00,
    Parse.DATE: "2025-03-05",
    Parse.MONTH: "2025-03",
    Parse.YEAR: 2025,
    Parse.WHOLE: 1,
    Parse.COUNT: 2,
    Parse.QUANTITY: 1000,
    Parse.CODE: "H000123",
    Parse.DOCUMENT: "甘财社〔2025〕1号",
    Parse.STAFF: "G003",
    Parse.SERIAL: "9900202503050001",
    Parse.REGION: "620199",
    Parse.LABEL: "困难群众救助补助资金",
    Parse.TEXT: "年初预算",
    Parse.PERSON: "张三",
    Parse.IDENTITY: "620199199001010016",
    Parse.ACCOUNT: "9900000000000001",
}
_EXAMPLE_OF = {
    "programme": "城市低保",
    "assistance_class": "全额",
    "relation": "户主",
    "bank": "示例银行",
    "batch_no": "B202503-1",
    "contract_no": "C-01",
    "expense_no": "E-01",
    "visit_no": "V-01",
    "recovery_no": "R-01",
    "provider": "示例服务社",
    "service_class": "照料护理",
    "service_item": "入户探访",
    "procurement_method": "公开招标",
    "purpose": "价格补贴",
    "payee_unit": "示例单位",
    "reason": "定期复核",
    "procedure": "一般程序",
    "source": "殡葬",
    "unit": "示例单位",
    "post": "经办员",
    "kinship": "子女",
    "failure_reason": "账户状态异常",
}


class Body(BaseModel):
    """What every body shares: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def body_of(kind: Kind) -> type[Body]:
    """The body of a kind: required is what a file's row must have, all else may be left out."""
    fields: dict[str, Any] = {}
    for column in kind.columns:
        type_ = _type(column)
        default = ... if column.required else None
        fields[column.field] = (type_ if column.required else type_ | None, Field(default, **_documentation(column)))
    name = "".join(part.capitalize() for part in kind.name.split("-")) + "Body"
    return create_model(name, __base__=Body, __doc__=f"{kind.title_zh}: one row of `{kind.name}`.", **fields)


def _documentation(column: Column) -> dict[str, Any]:
    unit = _UNITS.get(column.parse)
    example = column.choices[0] if column.choices else _EXAMPLE_OF.get(column.field, _EXAMPLES.get(column.parse))
    described = f"{column.header}（{unit}）" if unit else column.header
    return {"description": described, "examples": [example]}


def _type(column: Column) -> Any:
    if column.choices:
        return Literal[column.choices]
    if column.parse in _TYPES:
        type_ = _TYPES[column.parse]
        return Annotated[type_, BeforeValidator(_not_zero)] if column.parse is Parse.SIGNED_MONEY else type_
    longest = 500 if column.parse is Parse.TEXT else 80
    return Annotated[str, Field(min_length=1, max_length=longest), AfterValidator(_as_in_a_file(column))]


def _not_zero(value: object) -> object:
    if value == 0:
        raise ValueError("金额不能为零 / the amount must not be zero")
    return value


def _as_in_a_file(column: Column) -> Any:
    """Text is read as a file's cell is: the same spaces, brackets and refusals, so that one paper has one number."""

    def read(text: str) -> str:
        try:
            found = column.parser(text)
        except CellProblem as problem:
            raise ValueError(f"{problem.reason_zh} / {problem.reason_en}") from None
        if not isinstance(found, str) or not found:
            raise ValueError("不能为空 / must not be blank")
        return found

    return read


BODIES: dict[str, type[Body]] = {kind.name: body_of(kind) for kind in KINDS.values()}


def values_of(body: Body) -> dict[str, object]:
    """A body as the typed values of a row (dates as ``date``, money as fen)."""
    return dict(body)
