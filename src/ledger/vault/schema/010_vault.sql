-- The vault: who is behind a pseudonym. Every value is sealed under its own key, and every key is wrapped by a
-- master key that lives in a file outside this database: a copy of these tables alone tells nobody's name.

create schema if not exists vault;

-- Proves that the key file at hand is the one these rows were sealed with; it is derived from the key one way.
create table if not exists vault.key_check (
    only_row boolean primary key default true check (only_row),
    check_value bytea not null
);

-- One row a pseudonym. A shredded row keeps its token, so that facts and proofs that name it still stand,
-- and loses everything that could tell or find who it was.
-- Autovacuum comes after the very first dead row: a shredded key must not wait in the table for others to join it.
create table if not exists vault.subject (
    token text collate "C" primary key,
    kind text not null check (kind in ('person', 'account', 'name', 'text')),
    lookup bytea unique,
    cipher text,
    wrapped_key bytea,
    sealed bytea,
    shredded_at timestamptz,
    check (num_nulls(lookup, cipher, wrapped_key, sealed) = case when shredded_at is null then 0 else 4 end)
) with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- Which names and accounts belong to whom: they are shredded with the last person that they belong to.
create table if not exists vault.link (
    person text collate "C" not null references vault.subject,
    token text collate "C" not null references vault.subject,
    primary key (person, token)
);
create index if not exists link_token on vault.link (token);

-- Persons who may not be revealed for now (限制处理).
create table if not exists vault.restriction (
    person text collate "C" primary key references vault.subject
);

-- Every act of an officer on the vault: what was revealed or withheld, by whom, for what, when. Only ever added to:
-- grant insert and select on it, never update or delete.
create table if not exists vault.access_record (
    position bigint generated always as identity primary key,
    act text not null check (act in ('reveal', 'restrict', 'lift', 'shred')),
    tokens text[] not null,
    withheld text[] not null default '{}',
    officer text not null,
    purpose text not null,
    at timestamptz not null default now()
);
