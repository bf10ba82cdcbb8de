-- The log: one row an event, in one order, never changed. Read docs/log-format.md beside this.

create table book.event (
    position    bigint      primary key check (position > 0),
    topic       text        not null,
    recorded_at timestamptz not null,
    tags        text[]      not null,
    payload     bytea       not null,
    leaf        bytea       not null check (octet_length(leaf) = 32),
    key         uuid
);

comment on table book.event is '事件日志: what happened, in order; positions are dense, so a hole is evidence of deletion';
comment on column book.event.payload is 'canonical JSON, verbatim as it was hashed';
comment on column book.event.leaf is 'SHA-256(0x00 || header || payload)';
comment on column book.event.key is 'idempotency key of the command or file row that it came from';

create unique index event_key on book.event (key) where key is not null;

-- By which tags a decision finds its boundary; made from the events and never written by hand.
create table book.event_tag (
    tag      text collate "C" not null,
    position bigint           not null
);
create index event_tag_position on book.event_tag (tag, position);

-- Every append holds this lock to its end: readers never see a later event before an earlier one.
create function book.append_lock() returns bigint language sql immutable parallel safe
    return 4915277810042;

create function book.take_lock() returns trigger language plpgsql
    security definer set search_path = book, pg_temp as $$
begin
    perform pg_advisory_xact_lock(book.append_lock());
    return null;
end $$;

create trigger event_lock before insert on book.event
    for each statement execute function book.take_lock();

-- Dense positions are held by the database itself: what does not follow the last event is refused.
create function book.index_events() returns trigger language plpgsql
    security definer set search_path = book, pg_temp as $$
declare
    first bigint;
    last  bigint;
    many  bigint;
begin
    select min(position), max(position), count(*) into first, last, many from added;
    if many = 0 then
        return null;
    end if;
    if last - first + 1 <> many
       or first <> 1 + coalesce((select max(e.position) from book.event e where e.position < first), 0) then
        raise exception 'positions % to % do not follow the log', first, last using errcode = 'integrity_constraint_violation';
    end if;
    -- In the order of the index, which a batch then fills page by page; one event is not worth a sort.
    if many = 1 then
        insert into book.event_tag (tag, position) select unnest(a.tags), a.position from added a;
    else
        insert into book.event_tag (tag, position) select unnest(a.tags), a.position from added a order by 1, 2;
    end if;
    perform pg_notify('mingzhang_book', last::text);
    return null;
end $$;

create trigger event_index after insert on book.event
    referencing new table as added
    for each statement execute function book.index_events();

create function book.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '账本只可追加,不可修改或删除 / the log is append-only: % refused on %', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end $$;

create trigger event_immutable before update or delete or truncate on book.event
    for each statement execute function book.refuse_change();
create trigger event_tag_immutable before update or delete or truncate on book.event_tag
    for each statement execute function book.refuse_change();

-- The leaf of an event, byte for byte as ledger.book.canonical makes it.
create function book.leaf_of(
    at_position bigint, topic text, recorded_at timestamptz, tags text[], key uuid, payload bytea
) returns bytea language plpgsql immutable parallel safe as $$
declare
    header bytea := '\x00'::bytea || 'MZ1'::bytea || int8send(at_position)
                    || int8send((extract(epoch from recorded_at) * 1000000)::bigint);
    part   bytea := convert_to(topic, 'UTF8');
    tag    text;
begin
    header := header || int4send(octet_length(part)) || part || int4send(cardinality(tags));
    foreach tag in array tags loop
        part := convert_to(tag, 'UTF8');
        header := header || int4send(octet_length(part)) || part;
    end loop;
    part := coalesce(uuid_send(key), ''::bytea);
    return sha256(header || int4send(octet_length(part)) || part || payload);
end $$;
