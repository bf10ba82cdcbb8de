-- The two clocks: what was known (position) and what was true (business day), set for a session or a transaction.

create function known.known_at() returns bigint language sql stable parallel safe
    return coalesce(nullif(current_setting('mingzhang.known_at', true), '')::bigint, 9223372036854775807);

create function known.as_of() returns date language sql stable parallel safe
    return coalesce(
        nullif(current_setting('mingzhang.as_of', true), '')::date,
        (now() at time zone 'Asia/Shanghai')::date);

-- Months are text (YYYY-MM): they sort as they should, and need only these two.
create function known.month_shift(month text, months int) returns text language sql immutable parallel safe
    return to_char((month || '-01')::date + months * interval '1 month', 'YYYY-MM');

create function known.month_end(month text) returns date language sql immutable parallel safe
    return ((month || '-01')::date + interval '1 month' - interval '1 day')::date;

create function known.month_of(day date) returns text language sql immutable parallel safe
    return to_char(day, 'YYYY-MM');

-- The year is cast by name: text || bigint is not immutable, and this function would then be called, not expanded.
create function known.fund(region text, category text, level text, budget_year bigint) returns text
    language sql immutable parallel safe
    return region || '|' || category || '|' || level || '|' || budget_year::text;

-- The positions of many pieces of evidence as one list.
create aggregate known.positions(bigint[]) (sfunc = array_cat, stype = bigint[], initcond = '{}', parallel = safe);
