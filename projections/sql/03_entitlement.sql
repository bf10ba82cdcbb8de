-- What each decision says about the months: an amount from a month on, or nothing from a month on.

create table projection.entitlement (
    position           bigint primary key,
    household          text   not null,
    programme          text   not null,
    decided_on         date   not null,
    start_month        text   not null,
    end_month          text,
    monthly_amount_fen bigint,
    persons            bigint,
    assistance_class   text,
    is_approval        boolean not null
);
create index on projection.entitlement (household, programme, decided_on);

create function projection.advance_entitlement(after bigint, upto bigint) returns void language sql as $$
insert into projection.entitlement
select position, household, programme, decided_on, start_month, end_month, monthly_amount_fen, persons,
       assistance_class, is_approval
from (
    select position, household, programme, decided_on, start_month, end_month, monthly_amount_fen, persons,
           assistance_class, true as is_approval
    from fact.assistance_approved
    union all
    select position, household, programme, decided_on, start_month, end_month, monthly_amount_fen, persons,
           assistance_class, false
    from fact.assistance_adjusted
    union all
    select position, household, programme, decided_on, start_month, end_month, monthly_amount_fen, persons,
           assistance_class, false
    from fact.assistance_resumed
    union all
    select position, household, programme, decided_on, start_month, end_month, monthly_amount_fen, persons,
           assistance_class, false
    from fact.gradual_exit_started
    union all
    select position, household, programme, decided_on, start_month, null, null, persons,
           assistance_class, false
    from fact.assistance_suspended
    union all
    select position, household, programme, decided_on, start_month, null, null, persons,
           assistance_class, false
    from fact.assistance_ended
) changes
where position > after and position <= upto
$$;

-- A change of an approval that has an end does not outlast it unless it says so.
create view known.entitlement as
select e.*,
       coalesce(e.end_month, case when not e.is_approval and e.monthly_amount_fen is not null then (
           select a.end_month from projection.entitlement a
           where a.household = e.household and a.programme = e.programme and a.is_approval
             and a.position <= (select known.known_at())
             and (a.decided_on, a.start_month, a.position) < (e.decided_on, e.start_month, e.position)
           order by a.decided_on desc, a.start_month desc, a.position desc
           limit 1
       ) end) as ends
from projection.entitlement e
where e.position <= (select known.known_at()) and e.decided_on <= (select known.as_of());

-- The decision that governs a household's programme in a month: the one decided last among those that cover it.
create function known.governing(its_household text, its_programme text, its_month text)
returns table (monthly_amount_fen bigint, persons bigint, decided_on date, "position" bigint)
language sql stable parallel safe rows 1 as $$
select e.monthly_amount_fen, e.persons, e.decided_on, e.position
from known.entitlement e
where e.household = its_household and e.programme = its_programme
  and e.start_month <= its_month and (e.ends is null or e.ends >= its_month)
order by e.decided_on desc, e.start_month desc, e.position desc
limit 1
$$;
