-- Which decision governs which month: for whole books, where asking `governing` month by month is slow.

create function known.first_day(month text) returns date language sql immutable parallel safe
    return make_date(left(month, 4)::int, right(month, 2)::int, 1);

-- Since when a month was owed without a break: the first decision to grant it after the last one that stopped it.
create function known.owed_since(its_household text, its_programme text, its_month text) returns date
    language sql stable parallel safe
    return (
        select min(e.decided_on) from known.entitlement e
        where e.household = its_household and e.programme = its_programme and e.monthly_amount_fen is not null
          and e.start_month <= its_month and (e.ends is null or e.ends >= its_month)
          and not exists (
              select from known.entitlement stop
              where stop.household = its_household and stop.programme = its_programme
                and stop.monthly_amount_fen is null and stop.start_month <= its_month
                and (stop.decided_on, stop.start_month, stop.position) > (e.decided_on, e.start_month, e.position)));

-- The month from which the book holds rolls: what was paid before it is not known here, so nothing is missing there.
create view known.first_month as
select min(greatest(known.month_of(r.paid_on), i.for_month)) as month
from known.roll_released r
cross join lateral (
    select for_month from known.payment_instructed i
    where i.batch_no = r.batch_no and i.payment_type = '正常' order by i.line_no, i.position limit 1) i;

-- Every month from the first rolls to the last that is over; counted in steps of 28 days, so that none is left out.
create view known.book_month as
select known.month_shift(f.month, n.months::int) as month
from known.first_month f
cross join lateral generate_series(0, (known.as_of() - known.first_day(f.month)) / 28) as n (months)
where known.month_shift(f.month, n.months::int) < known.month_of(known.as_of())
-- A dozen months, each reckoned once: pulled up into a join, they would be reckoned for every decision.
offset 0;

-- A household's months that a decision covers and none decided later does, and what they are to bring.
create view known.governed_month as
select e.household, e.programme, b.month as for_month, e.monthly_amount_fen, e.position
from known.entitlement e
join known.book_month b on b.month >= e.start_month and (e.ends is null or b.month <= e.ends)
where not exists (
    select from known.entitlement later
    where later.household = e.household and later.programme = e.programme
      and later.start_month <= b.month and (later.ends is null or later.ends >= b.month)
      and (later.decided_on, later.start_month, later.position) > (e.decided_on, e.start_month, e.position));
