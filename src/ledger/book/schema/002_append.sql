-- One decision's append in one round trip: lock, condition, insert, flush. Called for a few events; files go by COPY.
-- What belongs to one event or item is an array written as text inside an array: '{"{a,b}","{c}"}'. Lists of lists of
-- unequal length have no other type in SQL, and text costs less to make and read than JSON.

-- Does any event after a position match any item? Item n is types n and tags n; empty ones mean any.
-- A log that has just grown has no statistics yet, and a planner without them would read all of it for its last events.
create function book.matches_after(item_types text[], item_tags text[], after bigint) returns boolean
    language plpgsql stable set enable_seqscan = off as $$
declare
    types    text[];
    wanted   text[];
    firsts   text[] := '{}';
    untagged boolean := false;
begin
    -- A file's condition has thousands of items and, as a rule, no event after it at all.
    if coalesce((select max(e.position) from book.event e), 0) <= after then
        return false;
    end if;
    for n in 1 .. cardinality(item_tags) loop
        wanted := item_tags[n]::text[];
        untagged := untagged or cardinality(wanted) = 0;
        firsts := firsts || wanted[1];
    end loop;
    -- Other people's events come in between all the time, and hardly ever under one of these tags: one look for all.
    if not untagged and not exists (
        select 1 from book.event_tag t where t.tag = any (firsts) and t.position > after
    ) then
        return false;
    end if;
    for n in 1 .. cardinality(item_tags) loop
        types := item_types[n]::text[];
        wanted := item_tags[n]::text[];
        if cardinality(wanted) > 0 then
            if exists (
                select 1 from book.event_tag t join book.event e using (position)
                where t.tag = wanted[1] and t.position > after
                  and e.tags @> wanted and (cardinality(types) = 0 or e.topic = any (types))
            ) then
                return true;
            end if;
        elsif exists (
            select 1 from book.event e
            where e.position > after and (cardinality(types) = 0 or e.topic = any (types))
        ) then
            return true;
        end if;
    end loop;
    return false;
end $$;

-- Appends events in order; `last` becomes the last position, or null when the condition failed.
create procedure book.append(
    topics text[], tags text[], payloads bytea[], keys uuid[], item_types text[], item_tags text[], after bigint,
    flush_later boolean, inout last bigint
) language plpgsql as $$
declare
    at timestamptz;
    its_tags text[];
begin
    perform pg_advisory_xact_lock(book.append_lock());
    select e.position, e.recorded_at into last, at from book.event e order by e.position desc limit 1;
    last := coalesce(last, 0);
    if item_types is not null and last > after then
        if book.matches_after(item_types, item_tags, after) then
            last := null;
            return;
        end if;
    end if;
    at := greatest(clock_timestamp(), at);
    -- A loop of plain inserts: one INSERT ... SELECT over the arrays is planned anew at every call, at four times the cost.
    for n in 1 .. cardinality(topics) loop
        last := last + 1;
        its_tags := tags[n]::text[];
        insert into book.event (position, topic, recorded_at, tags, payload, leaf, key)
        values (last, topics[n], at, its_tags, payloads[n],
                book.leaf_of(last, topics[n], at, its_tags, keys[n], payloads[n]), keys[n]);
    end loop;
    -- The lock ends with the commit and the flush comes after it, so that many appends share one flush; the caller is
    -- answered when the flush is done. Before PostgreSQL 17 there is no such flush, and the commit does it.
    if flush_later then
        set local synchronous_commit = off;
        commit;
        perform pg_logical_emit_message(false, 'mingzhang', '', true);
    end if;
end $$;
