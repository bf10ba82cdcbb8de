-- Two aggregates that rules share: since which day something has held without a break, and many lists as one.

-- Fed in the order of days; a day on which it does not hold begins anew, so NULL means that it does not hold now.
create function known.held_until(since date, day date, holds boolean) returns date language sql immutable parallel safe
    return case when holds then coalesce(since, day) end;

create aggregate known.held_since(date, boolean) (sfunc = known.held_until, stype = date);

create aggregate known.all_refs(text[]) (sfunc = array_cat, stype = text[], initcond = '{}');
