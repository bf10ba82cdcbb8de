-- Who belongs to a household: its head and its members, each with the day from which the register has them.

create view known.member as
select household, person, name, identity_valid, true as is_head, registered_on as since, position
from known.household_registered
union all
select household, person, name, identity_valid, false, changed_on, position
from known.member_changed;

-- How many members a household had in a month: registered by its end, and not dead before it began.
create function known.members_in(its_household text, its_month text) returns bigint language sql stable parallel safe
    return (
        select count(distinct m.person) from known.member m
        where m.household = its_household and m.since <= known.month_end(its_month)
          and not exists (
              select from known.death_reported d where d.person = m.person and known.month_of(d.died_on) < its_month));
