-- One decision's append in one round trip: lock, condition, insert. Called for a few events; files go by COPY.

-- Does any event after a position match any item? An item: {"types": [...], "tags": [...]}; empty means any.
create function book.matches_after(items jsonb, after bigint) returns boolean language plpgsql stable as $$
declare
    item  jsonb;
    types text[];
    wanted text[];
begin
    -- A file's condition has thousands of items and, as a rule, no event after it at all.
    if not exists (select 1 from book.event e where e.position > after) then
        return false;
    end if;
    for item in select * from jsonb_array_elements(items) loop
        types := array(select jsonb_array_elements_text(item -> 'types'));
        wanted := array(select jsonb_array_elements_text(item -> 'tags'));
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

-- Appends events in order and returns the last position; null when the condition failed.
create function book.append(
    topics text[], tags jsonb, payloads bytea[], keys uuid[], items jsonb, after bigint, flush_later boolean
) returns bigint language plpgsql as $$
declare
    head bigint;
    head_at timestamptz;
    at timestamptz;
    its_tags text[];
begin
    perform pg_advisory_xact_lock(book.append_lock());
    -- Durability is waited for after the lock is given up (see recorder.py), so that commits can share a flush.
    if flush_later then
        perform set_config('synchronous_commit', 'off', true);
    end if;
    if items is not null and book.matches_after(items, coalesce(after, 0)) then
        return null;
    end if;
    select e.position, e.recorded_at into head, head_at from book.event e order by e.position desc limit 1;
    head := coalesce(head, 0);
    at := greatest(clock_timestamp(), head_at);
    -- A loop of plain inserts: one INSERT ... SELECT over the arrays is planned anew at every call, at four times the cost.
    for n in 1 .. cardinality(topics) loop
        its_tags := array(select jsonb_array_elements_text(tags -> (n - 1)));
        insert into book.event (position, topic, recorded_at, tags, payload, leaf, key)
        values (head + n, topics[n], at, its_tags, payloads[n],
                book.leaf_of(head + n, topics[n], at, its_tags, keys[n], payloads[n]), keys[n]);
    end loop;
    return head + cardinality(topics);
end $$;
