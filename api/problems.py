"""What goes wrong, as RFC 9457 problem details: Chinese first, then English, never with anything personal."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ledger.decide.refusal import Refusal
from ledger.intake.kinds import KINDS

MEDIA_TYPE = "application/problem+json"
_FIELD_OF = {column.header: column.field for kind in KINDS.values() for column in kind.columns}


class FieldProblem(BaseModel):
    """What is wrong with one field; what was sent is not repeated."""

    field: str = Field(description="name of the body field, query parameter or header", examples=["amount_fen"])
    detail_zh: str
    detail_en: str


class ProblemDetails(BaseModel):
    """RFC 9457. A refusal (409) also has the rule, the law's words and source, and what would make it pass."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="stable name of the problem", examples=["/problems/service_cap_exceeded"])
    title: str = Field(examples=["超过购买服务上限 / Over the purchase-of-services cap"])
    status: int = Field(ge=400, le=599, examples=[409])
    detail: str = Field(description="Chinese, then English")
    title_zh: str
    title_en: str
    detail_zh: str
    detail_en: str
    field: str | None = Field(default=None, description="the field that it concerns", examples=["amount_fen"])
    errors: list[FieldProblem] | None = Field(default=None, description="every field that is wrong (422)")
    rule: str | None = Field(default=None, description="the rule that refused (409)", examples=["service_cap_exceeded"])
    quotation: str | None = Field(default=None, description="the law's words")
    source: str | None = Field(default=None, description="the law's title and article")
    remedy_zh: str | None = Field(default=None, description="what would make it pass")
    remedy_en: str | None = None
    params: dict[str, int | str] | None = Field(
        default=None, description="the figures that it was reckoned from; money in fen"
    )


class ProblemError(Exception):
    """A problem to be answered with; ``headers`` go with it."""

    def __init__(self, status: int, code: str, title: tuple[str, str], detail: tuple[str, str], **more: Any) -> None:
        super().__init__(code)
        self.headers: dict[str, str] = more.pop("headers", {})
        self.details = ProblemDetails(
            type=f"/problems/{code}",
            title=" / ".join(title),
            status=status,
            detail=" / ".join(detail),
            title_zh=title[0],
            title_en=title[1],
            detail_zh=detail[0],
            detail_en=detail[1],
            **more,
        )


# Refusals that are no matter of the rules: who asks may not, or there is no such thing for him.
_STATUS_OF = {"not_permitted": 403, "unknown_case": 404}


def refused(refusal: Refusal) -> ProblemError:
    """A decision's refusal as 409 (or 403, 404)."""
    cited = refusal.cited
    return ProblemError(
        _STATUS_OF.get(refusal.code, 409),
        refusal.code,
        (refusal.title_zh, refusal.title_en),
        (refusal.zh, refusal.en),
        rule=refusal.code,
        field=_FIELD_OF.get(refusal.column),
        quotation=cited.quotation if cited else None,
        source=f"《{cited.title}》{cited.article}" if cited else None,
        remedy_zh=refusal.remedy_zh,
        remedy_en=refusal.remedy_en,
        params={name: value if isinstance(value, int) else str(value) for name, value in refusal.params.items()},
    )


def unauthorized() -> ProblemError:
    return ProblemError(
        401,
        "unauthorized",
        ("需要令牌", "Token needed"),
        ("请求没有有效的访问令牌，或令牌已过期、被撤销", "the request has no valid token, or it is over or revoked"),
        headers={"WWW-Authenticate": "Bearer"},
    )


def forbidden(zh: str, en: str) -> ProblemError:
    return ProblemError(403, "forbidden", ("无权限", "Not permitted"), (zh, en))


def not_found() -> ProblemError:
    """There is none, or it lies outside the region: which of the two is not said."""
    detail = ("没有这项内容，或不在您的区划之内", "there is no such thing in your region")
    return ProblemError(404, "not_found", ("未找到", "Not found"), detail)


def invalid(errors: list[FieldProblem]) -> ProblemError:
    first = errors[0]
    return ProblemError(
        422,
        "invalid_request",
        ("请求内容有误", "Request not valid"),
        (f"{first.field}：{first.detail_zh}", f"{first.field}: {first.detail_en}"),
        field=first.field,
        errors=errors,
    )


def invalid_field(field: str, zh: str, en: str) -> ProblemError:
    return invalid([FieldProblem(field=field, detail_zh=zh, detail_en=en)])


def busy() -> ProblemError:
    return ProblemError(
        503,
        "busy",
        ("账本繁忙", "Busy"),
        ("账本繁忙，什么也没有记录，请稍后重试", "the book is busy and recorded nothing; try again"),
        headers={"Retry-After": "2"},
    )


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route says in the OpenAPI document of the problems that it may answer with."""
    words = {
        401: "没有有效令牌 / no valid token",
        403: "角色或区划不允许 / the role or region does not allow it",
        404: "没有 / no such thing",
        409: "违反规则：附规则、原文、出处 / breaks a rule: with rule, quotation and source",
        413: "内容过大 / too large",
        422: "内容有误：附字段 / not valid: with the field",
        503: "繁忙，请重试 / busy, try again",
    }
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": words[status], "content": content} for status in statuses}
