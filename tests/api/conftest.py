"""An open book behind the application, people with tokens, and a small county's money told over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app, hold
from ledger.access import make_token
from projections.open_book import OpenBook, Place, open_book
from tests.api.county import COUNTY, County


@pytest.fixture
def books(database_url: str, tmp_path: Path) -> Iterator[OpenBook]:
    """A new book under the rules of Lanzhou New Area, where a cap is mandatory."""
    with open_book(Place(tmp_path, database_url), "lanzhou-new-area") as opened:
        yield opened


@pytest.fixture(scope="session")
def _made() -> list[FastAPI]:
    """The one application of a run: making its routes takes seconds, putting another book behind it nothing."""
    return []


@pytest.fixture
def app(books: OpenBook, _made: list[FastAPI]) -> FastAPI:
    if not _made:
        _made.append(create_app(books))
    hold(_made[0], books)
    return _made[0]


@pytest.fixture
def county(app: FastAPI, books: OpenBook) -> County:
    """Everybody who has to do with the county's book, and what they may ask of it."""
    return County(app, books)


@pytest.fixture
def paid(county: County) -> County:
    """A county that received money, registered a household, decided for it and paid it once."""
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    county.register("H000001")
    county.approve("H000001", "D-1")
    county.pay("H000001", line_no=1)
    return county


@pytest.fixture
def console(paid: County) -> TestClient:
    """An auditor of the county who has logged in."""
    return paid.logged_in("audit")


@pytest.fixture
def token(books: OpenBook) -> str:
    return make_token(books.database, "G001", "civil_affairs", COUNTY, 1)
