-- Who looked into which case, and when. Only ever added to.

create table access.case_view (
    position bigint generated always as identity primary key,
    case_no  text        not null,
    staff    text        not null,
    role     text        not null,
    at       timestamptz not null default clock_timestamp()
);
create index case_view_case_no on access.case_view (case_no);

comment on table access.case_view is '案件查阅记录: every time that a person read a case';

create function access.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '查阅记录只增不改 / the record of who looked is append-only';
end $$;

create trigger case_view_is_append_only before update or delete or truncate on access.case_view
    for each statement execute function access.refuse_change();

grant select, insert on access.case_view to mingzhang_app;
