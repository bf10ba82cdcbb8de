"""Open to all, and telling nothing but yes or no: whether the program runs, and whether it can serve."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api import problems
from api.problems import described
from api.signatures import Books
from projections.queries import Clocks, freshness, reading

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str = "ok"


@router.get("/healthz")
def healthz() -> Health:
    """The program runs."""
    return Health()


@router.get("/readyz", responses=described(503))
def readyz(books: Books) -> Health:
    """The database answers and the projections are there."""
    with reading(books.database, Clocks()) as cursor:
        if freshness(cursor).get("projected") is None:
            raise problems.busy()
    return Health()
