-- Who may ask: bearer tokens and console sessions. A secret is kept only as its SHA-256, so that a copy of these tables opens nothing.

create schema access;

create table access.token (
    digest     bytea       primary key check (octet_length(digest) = 32),
    staff      text        not null,
    role       text        not null check (role in ('finance', 'civil_affairs', 'audit', 'discipline', 'viewer')),
    region     text        not null check (region ~ '^(\d{6}|\d{9}|\d{12})$'),
    issued_at  timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);

comment on table access.token is '访问令牌: a staff number, a role and a region behind a secret that only its holder has';

create table access.session (
    digest     bytea       primary key check (octet_length(digest) = 32),
    token      bytea       not null references access.token,
    form_key   text        not null,
    expires_at timestamptz not null
);
create index session_expires_at on access.session (expires_at);

comment on table access.session is '控制台会话: lives no longer than its token';
comment on column access.session.form_key is 'what every form of the session must send back';

grant usage on schema access to mingzhang_app;
grant select, insert, update on access.token to mingzhang_app;
grant select, insert, delete on access.session to mingzhang_app;
