"""Imports go one way, api to projections to ledger, and the rules read no clock, database or environment."""

from __future__ import annotations

import ast
from pathlib import Path

import grimp
import pytest

import ledger

DECIDE = sorted((Path(ledger.__file__).parent / "decide").glob("*.py"))
IMPURE = {
    "asyncio", "datetime.datetime", "http", "io", "logging", "multiprocessing", "os", "pathlib", "platform", "psycopg",
    "psycopg_pool", "random", "secrets", "shutil", "socket", "sqlite3", "structlog", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib", "uuid", "zoneinfo", "httpx", "fastapi",
}  # fmt: skip
# The programs: they put everything together, and nothing imports them but the entry point.
ENTRANCES = ("ledger.cli", "ledger.commands", "ledger.__main__")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("ledger", "projections", "api", cache_dir=None)


def is_entrance(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in ENTRANCES)


def imports(graph: grimp.ImportGraph, importer: str, imported: str) -> set[tuple[str, str]]:
    """Which module of one package imports which of the other."""
    return {
        (module, other)
        for module in graph.modules
        if module.partition(".")[0] == importer and not is_entrance(module)
        for other in graph.find_modules_directly_imported_by(module)
        if other.partition(".")[0] == imported
    }


@pytest.mark.parametrize(
    ("importer", "imported"), [("ledger", "projections"), ("ledger", "api"), ("projections", "api")]
)
def test_imports_go_one_way(graph: grimp.ImportGraph, importer: str, imported: str) -> None:
    assert imports(graph, importer, imported) == set()


def test_nothing_imports_an_entrance(graph: grimp.ImportGraph) -> None:
    entrances = {module for module in graph.modules if is_entrance(module)}
    importers = {one for module in entrances for one in graph.find_modules_that_directly_import(module)}
    assert importers <= entrances


def test_the_check_sees_imports(graph: grimp.ImportGraph) -> None:
    assert imports(graph, "projections", "ledger")
    assert ("projections.engine", "ledger.book.database") in imports(graph, "projections", "ledger")


@pytest.mark.parametrize("layer", ["ledger.events", "ledger.decide", "ledger.policy"])
def test_the_rules_know_nothing_of_storage(graph: grimp.ImportGraph, layer: str) -> None:
    inner = {module for module in graph.modules if module == layer or module.startswith(f"{layer}.")}
    reached = {other for module in inner for other in graph.find_upstream_modules(module)}
    outer = {
        other
        for other in reached
        if other.startswith(("ledger.book", "ledger.vault", "ledger.intake", "ledger.server"))
    }
    assert outer == set()


def imported_names(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def impurities(source: str) -> set[str]:
    """What in a module could give another answer another day or on another machine."""
    tree = ast.parse(source)
    found = {name for name in imported_names(tree) if name in IMPURE or name.partition(".")[0] in IMPURE}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("now", "today", "utcnow")
        ):
            found.add(node.func.attr)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("open", "input", "print")
        ):
            found.add(node.func.id)
    return found


@pytest.mark.parametrize("path", DECIDE, ids=lambda path: path.name)
def test_a_decision_reads_no_clock_no_database_no_environment(path: Path) -> None:
    is_page_writer = path.name == "__main__.py"
    assert impurities(path.read_text(encoding="utf-8")) == ({"print"} if is_page_writer else set())


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from datetime import datetime",
        "from datetime import date\ndate.today()",
        "import time as clock",
        "import psycopg.rows",
        "open('x')",
        "from os import environ",
    ],
)
def test_the_check_sees_impurity(source: str) -> None:
    assert impurities(source)
