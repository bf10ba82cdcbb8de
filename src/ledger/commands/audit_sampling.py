"""What is typed for a sample for audit as its scope and plan, and its working paper as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from pydantic import ValidationError

from ledger.decide.audit_plan import Plan
from ledger.intake.cells import money
from ledger.intake.problems import CellProblem, UsageProblem
from projections.audit_sampling.evidence import contents_of, proof_files, sealed_in
from projections.audit_sampling.paper import working_paper
from projections.audit_sampling.paper_reading import MOST_BYTES, PaperProblem
from projections.audit_sampling.populations import POPULATIONS, Scope
from projections.export.provenance import provenance_of
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

# What a field of a plan or a scope is called where it is typed.
_OPTIONS: Final[dict[str, str]] = {
    "sample_no": "NO",
    "confidence_percent": "--confidence",
    "strata_by": "--by",
    "bounds_fen": "--bounds",
    "sizes": "--stratum-size",
    "sizes_by": "--sizes-by",
    "tolerable_fen": "--tolerable",
    "expected_fen": "--expected",
    "certain_fen": "--certain-from",
    "from_day": "--from",
    "until_day": "--until",
} | {name: f"--{name}" for name in ("method", "size", "bands", "seed", "region", "programme", "fund", "population")}
P = ParamSpec("P")
R = TypeVar("R")


def asked_for(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Does it, and says what was typed wrongly in both languages.

    Raises:
        UsageProblem: a field is not what it should be, or a paper cannot be read; the value is not repeated.
    """
    try:
        return do(*args, **kwargs)
    except ValidationError as error:
        raise UsageProblem(*_said(error)) from None
    except PaperProblem as problem:
        raise UsageProblem(problem.chinese, f"/ {problem.english}") from None


def _said(error: ValidationError) -> tuple[str, str]:
    """The first mistake in Chinese and in English, by the option that was typed."""
    first = error.errors()[0]
    if not first["loc"]:
        zh, _, en = first["msg"].removeprefix("Value error, ").partition(" / ")
        return zh, f"/ {en}"
    option = _OPTIONS.get(str(first["loc"][0]), str(first["loc"][0]))
    choices = str(first.get("ctx", {}).get("expected", ""))
    return (
        f"{option} 的值不对" + (f",可选 {choices}" if choices else ""),
        f"/ {option} cannot be so" + (f": it is {choices}" if choices else ""),
    )


def scope_from(
    population: str, region: str, from_day: date | None, until_day: date | None, programme: str | None, fund: str | None
) -> Scope:
    """The scope that was typed; UsageProblem for a population of no known name."""
    if population not in POPULATIONS:
        named = ", ".join(POPULATIONS)
        raise UsageProblem(f"没有这个总体,可选:{named}", f"/ no such population; there are {named}")
    return Scope(population, region, from_day, until_day, programme, fund)


def plan_from(
    amounts: Mapping[str, str | None], bounds: str | None, sizes: Sequence[str], choices: Mapping[str, object]
) -> Plan:
    """The plan that was typed: amounts in yuan, bounds as a list with commas, sizes as STRATUM=N."""
    in_fen = {name: fen_of(name, text) for name, text in amounts.items()}
    bounds_fen = tuple(fen_of("--bounds", text) for text in (bounds or "").split(",") if text.strip())
    given = tuple(_stratum_size(text) for text in sizes)
    more: dict[str, object] = {"sizes_by": "given"} if given else {}
    return Plan.model_validate({**choices, **in_fen, "bounds_fen": bounds_fen, "sizes": given, **more})


def fen_of(name: str, text: str | None) -> int | None:
    """Yuan as typed, in fen; None where nothing was typed.

    Raises:
        UsageProblem: it is no amount above zero.
    """
    if text is None:
        return None
    try:
        return money(text)
    except CellProblem as problem:
        option = _OPTIONS.get(name, name)
        raise UsageProblem(f"{option}:{problem.reason_zh}", f"/ {option}: {problem.reason_en}") from None


def _stratum_size(text: str) -> tuple[str, int]:
    stratum, _, size = text.rpartition("=")
    if not stratum or not (size.isascii() and size.isdecimal()):
        raise UsageProblem("--stratum-size 须写成 层=样本量", "/ --stratum-size is STRATUM=N")
    return stratum, int(size)


def bytes_of(path: Path) -> bytes:
    """The bytes of a file; UsageProblem where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageProblem(f"无法读取“{path.name}”", f"/ cannot read {path.name}: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Written:
    """A working paper as it was written: where, with how many proof files, and whether the book is sealed."""

    path: Path
    proofs: int
    is_sealed: bool


def write_paper(books: OpenBook, staff: str, sample: Row, out: Path) -> Written:
    """Writes the workbook ``<no>.xlsx`` and beside it the folder ``proofs/``, each file whole or not at all.

    Raises:
        UsageProblem: it cannot be written there.
    """
    contents = contents_of(books.database, sample, sealed_in(books.seal_folder))
    with reading(books.database, Clocks()) as cursor:
        provenance = provenance_of(cursor, staff)
    path = out / f"{sample['sample_no']}.xlsx"
    try:
        proofs = 0
        for name, proof in proof_files(contents):
            _write(out / "proofs" / name, proof)
            proofs += 1
        _write(path, working_paper(contents, provenance))
    except OSError as error:
        raise UsageProblem(f"无法写入“{out}”", f"/ cannot write to {out}: {error.strerror}") from None
    return Written(path, proofs, contents.sealed is not None)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    beside.replace(path)
