-- Which decision governs which months, as ranges: for whole books, where asking `governing` month by month is slow.

-- Months as numbers, so that ranges of them can be added and taken away.
create function known.month_number(month text) returns int language sql immutable parallel safe
    return left(month, 4)::int * 12 + right(month, 2)::int - 1;

create function known.month_at(number int) returns text language sql immutable parallel safe
    return lpad((number / 12)::text, 4, '0') || '-' || lpad((number % 12 + 1)::text, 2, '0');

create function known.first_day(month text) returns date language sql immutable parallel safe
    return make_date(left(month, 4)::int, right(month, 2)::int, 1);

-- A decision beside the months that it governs: those it covers, less those that one decided later covers.
create view known.term as
select e.position, e.household, e.programme, e.decided_on, e.start_month, e.monthly_amount_fen, e.persons,
       int4multirange(e.covers) - coalesce(range_agg(e.covers) over later, '{}'::int4multirange) as months
from (
    -- Without an end the range is open; one that would end before it starts is empty.
    select *, int4range(known.month_number(start_month),
                        case when ends is not null
                             then greatest(known.month_number(ends) + 1, known.month_number(start_month)) end) as covers
    from known.entitlement
) e
window later as (
    partition by e.household, e.programme
    order by e.decided_on desc, e.start_month desc, e.position desc
    rows between unbounded preceding and 1 preceding);

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
    where i.batch_no = r.batch_no and i.payment_type = '正常' order by i.line_no limit 1) i;
