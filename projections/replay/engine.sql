-- What DuckDB has in place of the aggregates and functions that are made of PostgreSQL's own pieces.

create macro known.positions(lists) as coalesce(flatten(list(lists)), []);

create macro known.all_refs(lists) as coalesce(flatten(list(lists)), []);

-- The first day after the last one on which it did not hold.
create macro known.held_since(day, holds) as list_min(list_filter(
    list({'day': day, 'holds': coalesce(holds, false)}),
    lambda one: one.holds
        and one.day > coalesce(max(day) filter (not coalesce(holds, false)), '-infinity'::date)).apply(lambda one: one.day));
