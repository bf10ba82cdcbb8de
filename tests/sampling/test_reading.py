"""Anybody with a token can draw a sample of his region again from what the API says; the pages say how."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.access import make_token
from ledger.decide.draw import draw_inspectors, draw_key, draw_subjects, list_digest
from tests.sampling.county import NO, Program


@pytest.fixture
def read(program: Program) -> Program:
    program.drawn()
    program.ok("publish", "result", NO, "--out", str(program.folder / "公开"))
    return program


def client(program: Program, region: str = "620199") -> TestClient:
    token = make_token(program.books.database, "G001", "audit", region, 1)
    app = create_app(program.books)
    return TestClient(app, headers={"Authorization": f"Bearer {token}"}, follow_redirects=False)


def test_the_answers_are_enough_to_draw_it_again(read: Program) -> None:
    api = client(read)
    sample = api.get(f"/api/v1/samples/{NO}").json()
    population = api.get(f"/api/v1/samples/{NO}/population").json()
    leaf = api.get(f"/api/v1/events/{sample['frozen']['position']}").json()["leaf"]
    assert leaf == sample["drawn"]["frozen_leaf"]
    assert list_digest(population["members"]) == population["sha256"] == sample["frozen"]["population_sha256"]
    key = draw_key(sample["drawn"]["seeds"], leaf)
    subjects = draw_subjects(key, NO, population["members"], sample["size"])
    assert list(subjects) == sample["drawn"]["subjects"]
    staff = [one["staff_no"] for one in sample["frozen"]["roster"]]
    barred = [(one["staff_no"], one["subject"]) for one in sample["excluded"]]
    teams = draw_inspectors(key, NO, subjects, staff, barred, sample["inspectors_per_subject"])
    assert list(teams) == sample["drawn"]["inspectors"]


def test_lists_and_regions(read: Program) -> None:
    read.commit("抽2026-2")
    api, neighbour = client(read), client(read, "620198")
    assert [row["sample_no"] for row in api.get("/api/v1/samples").json()["items"]] == ["抽2026-2", NO]
    (published,) = api.get("/api/v1/publications").json()["items"]
    assert published["kind"] == "sample_result"
    assert api.get("/api/v1/samples/抽2026-2/population").status_code == 404
    assert api.get("/api/v1/samples/抽2026-2").json()["frozen"] is None
    for listed in ("samples", "publications"):
        assert neighbour.get(f"/api/v1/{listed}").json()["items"] == []
    assert neighbour.get(f"/api/v1/samples/{NO}").status_code == 404
    assert neighbour.get(f"/api/v1/samples/{NO}/population").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_show_every_step(read: Program, language: str) -> None:
    read.commit("抽2026-2")
    browser = TestClient(create_app(read.books), follow_redirects=False)
    token = make_token(read.books.database, "G001", "audit", "620199", 1)
    assert browser.post("/login", data={"token": token}).status_code == 303
    page = browser.get(f"/samples?lang={language}").text
    assert NO in page
    one = browser.get(f"/samples/{NO}").text
    found = read.json("sample", "show", NO)
    for shown in (*found["seeds"], found["frozen_leaf"], found["population_sha256"], *found["subjects"], "verify"):
        assert shown in one
    assert browser.get("/samples/抽2026-2").status_code == 200
    assert browser.get("/samples/没有").status_code == 404
