"""What the database keeps beside the log for itself: the tag index and the uniqueness of keys."""

from __future__ import annotations

import secrets
from typing import Any

import psycopg

from ledger.verify.report import Discrepancy, Tally

# Sums of hashes under a number drawn for this run: equal sums are equal indexes, in any order and in constant memory.
# Nearly every event has at most four tags; asked for one by one, they cost a third of what a row for each does.
_HASH = "hashtextextended({tag}, position # {drawn})"
_INDEXED = "select count(*), coalesce(sum({hash}), 0) from book.event_tag where position <= {upto}"
_MEANT = """
select coalesce(sum(cardinality(tags)), 0), {sums}, count(*) filter (where cardinality(tags) > 4)
from book.event where position <= {upto}
"""
_MEANT_BEYOND = """
select coalesce(sum({hash}), 0) from book.event, unnest(tags[5:]) as t (tag)
where cardinality(tags) > 4 and position <= {upto}
"""
_TAGS_APART = """
with indexed as (select position, tag from book.event_tag where position <= {upto}),
     meant as (select position, tag from book.event, unnest(tags) as t (tag) where position <= {upto}),
     apart as (
         (select position, true as is_extra from (table indexed except all table meant) more)
         union all
         (select position, false from (table meant except all table indexed) less)
     )
select position, bool_or(is_extra), sum(count(*)) over () from apart group by position order by position limit {most}
"""
# What the schema made: while it stands, the database lets no key in twice.
_IS_UNIQUE = """
select exists (
    select from pg_index
    where indrelid = 'book.event'::regclass and indisunique and indisvalid and indisready and indnkeyatts = 1
      and pg_get_indexdef(indexrelid, 1, true) = 'key'
      and pg_get_expr(indpred, indrelid) in ('(key IS NOT NULL)', 'true')
)
"""
_KEYS = """
with keys as (
    select position, key = lag(key) over (order by key, position) as is_again from book.event where key is not null
)
select {chosen} from keys
"""
_KEY_COUNT = _KEYS.format(chosen="count(*) filter (where is_again)")
_KEYS_TWICE = _KEYS.format(chosen="position") + "where is_again order by position limit {most}"


def check_indexes(conn: psycopg.Connection[Any], upto: int, most: int) -> Tally:
    """Checks the tag index against the tags of the events of the positions 1 to ``upto``, and that no key is twice."""
    tally = Tally(most)
    _check_tags(conn, upto, tally)
    tally.count("key", upto)
    (is_unique,) = conn.execute(_IS_UNIQUE).fetchone() or (False,)
    if not is_unique:
        _check_keys(conn, tally)
    return tally


def _check_keys(conn: psycopg.Connection[Any], tally: Tally) -> None:
    (again,) = conn.execute(_KEY_COUNT.encode()).fetchone() or (0,)
    twice = conn.execute(_KEYS_TWICE.format(most=tally.most).encode()).fetchall() if again else []
    for (position,) in twice:
        one = Discrepancy("key", "幂等键用过一次", "its idempotency key was used before", position)
        tally.add(one, times=_share(position == twice[0][0], again, len(twice)))


def _check_tags(conn: psycopg.Connection[Any], upto: int, tally: Tally) -> None:
    drawn = secrets.randbelow(2**62)

    def one_row(statement: str, **given: str) -> tuple[int, ...]:
        text = statement.format(hash=_HASH.format(tag="tag", drawn=drawn), upto=upto, **given)
        return tuple(map(int, conn.execute(text.encode()).fetchone() or ()))

    hashes = (_HASH.format(tag=f"tags[{nth}]", drawn=drawn) for nth in range(1, 5))
    sums = " + ".join(f"coalesce(sum({one}), 0)" for one in hashes)
    # The events are read beside this, by as many processes as there are cores.
    conn.execute("set max_parallel_workers_per_gather = 0")
    count, meant, wide = one_row(_MEANT, sums=sums)
    if wide:
        (beyond,) = one_row(_MEANT_BEYOND)
        meant += beyond
    tally.count("tag", count)
    if one_row(_INDEXED) == (count, meant):
        return
    apart = conn.execute(_TAGS_APART.format(upto=upto, most=tally.most).encode()).fetchall()
    for position, is_extra, times in apart:
        zh, en = (
            ("标签索引多出", "the tag index has more") if is_extra else ("标签索引缺少", "the tag index lacks a tag")
        )
        one = Discrepancy("tag", zh, en, position)
        tally.add(one, times=_share(position == apart[0][0], int(times), len(apart)))


def _share(is_first: bool, times: int, named: int) -> int:
    """The first one that is named stands for those that are not."""
    return times - named + 1 if is_first else 1
