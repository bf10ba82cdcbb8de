"""POST a row of any of the fourteen kinds: decided under the rules in force, or reported from elsewhere."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from api import problems
from api.bodies import BODIES, Body, values_of
from api.problems import described
from api.recording import Recording
from api.signatures import Reader
from ledger.access import Holder, may_observe, may_record
from ledger.events.base import Origin
from ledger.intake.kinds import KINDS

router = APIRouter(tags=["record 登记"])

Observed = Annotated[
    bool,
    Query(description="登记为别处已发生的事，不作拒绝 / record as a report of what already happened elsewhere"),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        pattern="^[!-~]+$",
        description="同一键重复提交只记录一次 / sent again with the same key, a request is recorded once",
        examples=["6f9c1c4e-2f0f-4b52-9d7c-1f2e3d4c5b6a"],
    ),
]


class RecordedAnswer(BaseModel):
    """Where in the log a request was recorded. 200 instead of 201 says that it was on record before."""

    kind: str = Field(examples=["grants"])
    position: int = Field(description="位置 position of its first event", examples=[1201])
    is_new: bool = Field(description="是否本次记录 / whether it was recorded now")


def recording(request: Request) -> Recording:
    made: Recording = request.app.state.recording
    return made


def permitted(kind: str) -> Callable[..., Holder]:
    """A dependency: the holder, if his role may record this kind in this way."""

    def recorder(holder: Reader, observed: Observed = False) -> Holder:
        allowed = may_observe if observed else may_record
        if not allowed(holder.role, kind):
            way = ("上报", "report") if observed else ("登记", "record")
            raise problems.forbidden(
                f"您的角色不能{way[0]}“{KINDS[kind].title_zh}”", f"your role may not {way[1]} {kind}"
            )
        return holder

    return recorder


def _route(kind: str, body_type: type[Body]) -> Callable[..., Any]:
    def record(
        body: body_type,  # type: ignore[valid-type]
        holder: Annotated[Holder, Depends(permitted(kind))],
        book: Annotated[Recording, Depends(recording)],
        response: Response,
        observed: Observed = False,
        idempotency_key: IdempotencyKey = None,
    ) -> RecordedAnswer:
        origin: Origin = "observed" if observed else "decided"
        recorded = book.record(holder, kind, values_of(body), origin, idempotency_key)
        response.status_code = 201 if recorded.is_new else 200
        response.headers["Location"] = f"/api/v1/events/{recorded.position}"
        return RecordedAnswer(kind=kind, position=recorded.position, is_new=recorded.is_new)

    return record


for _kind, _body in BODIES.items():
    router.add_api_route(
        f"/{_kind}",
        _route(_kind, _body),
        methods=["POST"],
        status_code=201,
        name=f"record_{_kind}",
        operation_id=f"record_{_kind.replace('-', '_')}",
        summary=f"{KINDS[_kind].title_zh} / record one of {_kind}",
        responses={
            200: {"model": RecordedAnswer, "description": "此前已记录 / was on record before"},
            **described(401, 403, 409, 413, 422, 503),
        },
    )
