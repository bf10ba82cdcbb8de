-- Double entry: every event that moves money becomes legs that sum to zero; a fund's figures are sums of legs.

-- Both legs are one row, so that no leg can be without the other.
create table projection.movement (
    position     bigint not null,   -- the event that it belongs to
    known_from   bigint not null,   -- the later event, where the fund became known only afterwards
    effective_on date   not null,
    fund         text   not null,
    into_account text   not null,
    from_account text   not null,
    amount_fen   bigint not null
);
create index on projection.movement (known_from);
-- By account and day too: when a fund was last drawn on is one step, however many lines it paid.
create index on projection.movement (fund, from_account, effective_on);

create view projection.posting as
select position, known_from, effective_on, fund, into_account as account, amount_fen from projection.movement
union all
select position, known_from, effective_on, fund, from_account, -amount_fen from projection.movement;

comment on view projection.posting is
    '分录: accounts issued|budget, received|available, in_transit, settled, services, other, passed_down, recovered';

-- The fund of a document: of the grant that issued it, or of the transfer that passed it down.
create view projection.document as
select document_no, position, known.fund(region, category, level, budget_year) as fund from fact.grant_issued
union all
select document_no, position, known.fund(region, category, level, budget_year) from fact.grant_withdrawn
union all
select document_no, position, known.fund(to_region, category, level, budget_year) from fact.funds_passed_down;

-- Money that the bank paid unasked. Where its line had a result already, it was paid from what the fund has available;
-- where its line was instructed afterwards, it leaves transit; where there is no such line, the batch's fund paid it.
-- Each case is told by positions alone, so that a rebuild posts the same legs however it cuts its batches.
create function projection.observed_movements(after bigint, upto bigint)
returns table (
    "position" bigint, known_from bigint, day date, fund text, into_account text, from_account text, amount_fen bigint
) language sql stable parallel safe as $$
with line as (
    -- As a join, not line by line: so the few lines that the bank paid unasked are looked up, whatever reads this.
    select distinct on (o.position) o.position as observed_at, i.position, i.paid_on, i.amount_fen,
           known.fund(i.region, i.category, i.level, i.budget_year) as fund
    from fact.payment_observed o
    join fact.payment_instructed i on i.batch_no = o.batch_no and i.line_no = o.line_no
    order by o.position, i.position
),
batch as (
    select distinct on (o.position) o.position as observed_at, r.position, r.paid_on,
           known.fund(r.region, r.category, r.level, r.budget_year) as fund
    from fact.payment_observed o
    join fact.roll_released r on r.batch_no = o.batch_no
    order by o.position, r.position
),
observed as (
    select o.position, o.amount_fen, o.succeeded, o.settled_on,
           i.position as instructed_at, i.paid_on, i.amount_fen as instructed_fen, i.fund as line_fund,
           r.position as released_at, r.paid_on as batch_paid_on, r.fund as batch_fund
    from fact.payment_observed o
    left join line i on i.observed_at = o.position
    left join batch r on r.observed_at = o.position
    where greatest(o.position, i.position) > after or greatest(o.position, r.position) > after
),
told as (
    select *, instructed_at > position as is_first,
           released_at is not null and (instructed_at is null or instructed_at > greatest(position, released_at)) as is_stray
    from observed
)
select position, greatest(position, released_at), coalesce(settled_on, batch_paid_on), batch_fund, 'settled', 'available', amount_fen
from told where is_stray and succeeded
union all
select position, instructed_at, coalesce(settled_on, paid_on), line_fund, 'settled', 'available', amount_fen
from told where is_first and succeeded and not is_stray
union all
select position, instructed_at, coalesce(settled_on, paid_on), line_fund, 'available', 'in_transit', instructed_fen
from told where is_first
union all
select position, position, coalesce(settled_on, paid_on), line_fund, 'settled', 'available', amount_fen
from told where instructed_at < position and succeeded
$$;

-- What each event moves: (position, known_from, day, the fund's four parts, account it goes to, account it comes from,
-- amount). Its parts, not its id: summed up over millions of lines, to put ids together would take most of the time.
create function projection.movements(after bigint, upto bigint)
returns table (
    "position" bigint, known_from bigint, day date, region text, category text, level text, budget_year bigint,
    into_account text, from_account text, amount_fen bigint
) language sql stable parallel safe as $$
select position, position, issued_on, region, category, level, budget_year, 'issued', 'budget', amount_fen
from fact.grant_issued where position > after and position <= upto
union all
select position, position, issued_on, region, category, level, budget_year, 'budget', 'issued', amount_fen
from fact.grant_withdrawn where position > after and position <= upto
union all
select position, position, received_on, region, category, level, budget_year, 'available', 'received', amount_fen
from fact.funds_received where position > after and position <= upto and region is not null
union all
select position, position, received_on, region, category, level, budget_year, 'received', 'available', amount_fen
from fact.funds_returned where position > after and position <= upto and region is not null
union all
-- A receipt that came before its document is posted when the document comes.
select r.position, d.position, r.received_on, split_part(d.fund, '|', 1), split_part(d.fund, '|', 2),
       split_part(d.fund, '|', 3), split_part(d.fund, '|', 4)::bigint,
       case r.sign when 1 then 'available' else 'received' end,
       case r.sign when 1 then 'received' else 'available' end, r.amount_fen
from (select position, document_no, received_on, amount_fen, 1 as sign from fact.funds_received where region is null
      union all
      select position, document_no, received_on, amount_fen, -1 from fact.funds_returned where region is null) r
cross join lateral (
    select d.position, d.fund from projection.document d
    where d.document_no = r.document_no order by d.position limit 1) d
where d.position > after and d.position <= upto and r.position < d.position
union all
select position, position, passed_on, region, category, level, budget_year, 'passed_down', 'available', amount_fen
from fact.funds_passed_down where position > after and position <= upto
union all
select position, position, paid_on, region, category, level, budget_year, 'in_transit', 'available', amount_fen
from fact.payment_instructed where position > after and position <= upto
union all
select position, position, settled_on, region, category, level, budget_year, 'settled', 'in_transit', amount_fen
from fact.payment_settled where position > after and position <= upto
union all
-- What the bank paid less than instructed is available again; what it paid more was taken from what is available.
select position, position, settled_on, region, category, level, budget_year, 'available', 'in_transit',
       instructed_fen - amount_fen
from fact.payment_settled where position > after and position <= upto and instructed_fen <> amount_fen
union all
select position, position, returned_on, region, category, level, budget_year, 'available', 'in_transit', instructed_fen
from fact.payment_returned where position > after and position <= upto
union all
select position, position, reversed_on, region, category, level, budget_year, 'available', 'settled', amount_fen
from fact.payment_reversed where position > after and position <= upto
union all
select o.position, o.known_from, o.day, split_part(o.fund, '|', 1), split_part(o.fund, '|', 2), split_part(o.fund, '|', 3),
       split_part(o.fund, '|', 4)::bigint, o.into_account, o.from_account, o.amount_fen
from projection.observed_movements(after, upto) o
union all
select position, position, paid_on, region, category, level, budget_year, 'services', 'available', amount_fen
from fact.service_paid where position > after and position <= upto and region is not null
union all
select position, position, paid_on, region, category, level, budget_year, 'available', 'services', amount_fen
from fact.service_refunded where position > after and position <= upto and region is not null
union all
-- A payment on a contract that came later is posted when the contract comes.
select p.position, c.position, p.paid_on, c.region, c.category, c.level, c.budget_year,
       case p.sign when 1 then 'services' else 'available' end,
       case p.sign when 1 then 'available' else 'services' end, p.amount_fen
from (select position, contract_no, paid_on, amount_fen, 1 as sign from fact.service_paid where region is null
      union all
      select position, contract_no, paid_on, amount_fen, -1 from fact.service_refunded where region is null) p
cross join lateral (
    select c.position, c.region, c.category, c.level, c.budget_year from fact.contract_committed c
    where c.contract_no = p.contract_no order by c.position limit 1) c
where c.position > after and c.position <= upto and p.position < c.position
union all
select position, position, paid_on, region, category, level, budget_year, 'other', 'available', amount_fen
from fact.expense_paid where position > after and position <= upto
union all
select position, position, paid_on, region, category, level, budget_year, 'available', 'other', amount_fen
from fact.expense_refunded where position > after and position <= upto
union all
select position, position, occurred_on, region, category, level, budget_year, 'available', 'recovered', amount_fen
from fact.recovery_received where position > after and position <= upto and region is not null
$$;

-- In PL/pgSQL, which plans it once a session; and by the positions' indexes, even while tables have no statistics.
create function projection.advance_posting(after bigint, upto bigint) returns void
    language plpgsql set enable_seqscan = off as $$
begin
    insert into projection.movement (position, known_from, effective_on, fund, into_account, from_account, amount_fen)
    select m.position, m.known_from, m.day, known.fund(m.region, m.category, m.level, m.budget_year), m.into_account, m.from_account, m.amount_fen
    from projection.movements(after, upto) m
    where m.known_from > after and m.known_from <= upto;
end $$;

create view known.posting as
select * from projection.posting
where known_from <= (select known.known_at()) and effective_on <= (select known.as_of());
