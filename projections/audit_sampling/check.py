"""Whether an audit sample is as the log says: drawn again from nothing but the log, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.book.database import Database
from ledger.decide.audit_draw import AUDIT_ALGORITHM, Picked, draw, items_digest, population_digest
from ledger.decide.audit_sampling import fields_of
from ledger.decide.audit_strata import Line
from ledger.decide.draw import draw_key, seed_digest
from ledger.decide.refusal import Refusal
from projections.audit_sampling.populations import query_digest
from projections.audit_sampling.samples import find_audit_sample, plan_of, population_of
from projections.queries import Clocks, Row, reading
from projections.sample_check import Check
from projections.samples import ANY_DAY

_STRATA = ("strata", "strata_counts", "strata_fen", "strata_sizes", "bounds_fen")
_ITEMS = ("items", "amounts_fen", "item_strata", "hits", "points_fen")


def check_audit_sample(database: Database, sample_no: str) -> list[Check]:
    """Draws a sample again at the clocks that it was drawn at, and says of each part whether it is as recorded.

    Raises:
        LookupError: there is no such sample.
    """
    found = find_audit_sample(database, sample_no)
    if found is None:
        raise LookupError(sample_no)
    lines = population_of(database, found)
    return [*_of_record(database, found), *_of_population(found, lines), *_of_draw(found, lines)]


def _of_record(database: Database, found: Row) -> list[Check]:
    with reading(database, Clocks(as_of=ANY_DAY)) as cursor:
        row = cursor.execute(
            "select count(*) as times from audit_sample_drawn where sample_no = %s", [found["sample_no"]]
        ).fetchone()
    picked = [Picked(*one) for one in zip(*(found[name] for name in _ITEMS), strict=True)]
    is_after = found["known_position"] < found["position"]
    return [
        Check("算法为已公布的算法", "the algorithm is the documented one", found["algorithm"] == AUDIT_ALGORITHM),
        Check("只抽取过一次", "it was drawn once", row is not None and row["times"] == 1),
        Check("所依据的日志早于抽取", "it was drawn from what came before it", is_after),
        Check("种子与其哈希一致", "the seed has its hash", seed_digest(found["seed"]) == found["seed_sha256"]),
        Check("样本与其哈希一致", "the items have their hash", items_digest(picked) == found["items_sha256"]),
    ]


def _of_population(found: Row, lines: Sequence[Line]) -> list[Check]:
    query = query_digest(found["population"], found["strata_by"])
    given = len(lines), sum(line.amount_fen for line in lines), population_digest(lines)
    recorded = found["population_size"], found["population_fen"], found["population_sha256"]
    return [
        Check("总体的取数口径与抽取时相同", "the population is asked for as it was", query == found["query_sha256"]),
        Check("总体与日志在当时位置给出的一致", "the population is what the log gives", given == recorded),
    ]


def _of_draw(found: Row, lines: Sequence[Line]) -> list[Check]:
    key = draw_key([found["seed"]], population_digest(lines))
    try:
        again: dict[str, Any] = fields_of(draw(plan_of(found), lines, key, found["sample_no"]))
    except (Refusal, ValueError):
        # Its plan cannot be a plan, or draws nothing from this population.
        again = {}

    def is_same(*names: str) -> bool:
        return all(name in again and _plain(again[name]) == _plain(found[name]) for name in names)

    return [
        Check("剔除的项目一致", "what was set aside is the same", is_same("aside_count", "aside_fen")),
        Check("按种子重算,间隔和起点一致", "the seed gives interval and start", is_same("interval_fen", "start_fen")),
        Check("各层一致", "the strata are the same", is_same(*_STRATA)),
        Check("按种子重抽,项目一致", "the seed draws these items", is_same(*_ITEMS)),
    ]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
