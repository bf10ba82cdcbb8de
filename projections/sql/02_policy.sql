-- The rules that the book goes by, as dated rows; written from the policy pack that was adopted.

create table projection.parameter (
    name          text not null,
    in_force_from date not null,
    in_force_to   date,
    value         jsonb not null,
    unit          text not null,
    force         text not null,
    source        jsonb not null,
    primary key (name, in_force_from)
);

create table projection.policy (
    jurisdiction text not null,
    version      text not null,
    sha256       text not null
);

create view known.policy as select * from projection.policy;

-- A backtest asks "what if": values by name, set for its transaction, over those in force.
create function known.overrides() returns jsonb language sql stable parallel safe
    return nullif(current_setting('mingzhang.parameters', true), '')::jsonb;

create view known.parameter as
select name, in_force_from, in_force_to, coalesce(known.overrides() -> name, value) as value,
       unit, force, source, coalesce(in_force_to, 'infinity'::date) as in_force_until
from projection.parameter;

-- A list-valued parameter, one row a member.
create view known.parameter_member as
select p.name, p.in_force_from, p.in_force_until, m.value #>> '{}' as member
from known.parameter p, jsonb_array_elements(p.value) as m (value)
where jsonb_typeof(p.value) = 'array';
