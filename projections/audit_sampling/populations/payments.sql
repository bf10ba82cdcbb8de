-- 发放: each line that was instructed and that the bank paid, less what came back of it; one that came back whole is zero.
select l.batch_no || '/' || l.line_no as item,
       (sum(l.bank_fen) - max(l.bank_fen - l.settled_fen))::bigint as amount_fen,
       min(coalesce(h.region, split_part(l.fund, '|', 1)))         as region,
       min(l.programme)                                            as programme,
       min(l.fund)                                                 as fund,
       min(l.payment_type)                                         as kind,
       min(l.settled_on)                                           as day
from settled_line l
left join (select household, min(region) as region from household_registered group by household) h using (household)
group by l.batch_no, l.line_no;

-- The instruction, what the bank said of it, and what came back.
select p.item, e.position
from (
    select item, substring(item from '^(.*)/[0-9]+$') as batch_no, substring(item from '[0-9]+$')::bigint as line_no
    from unnest(%(items)s::text[]) item
) p
join (
    select batch_no, line_no, position from payment_instructed
    union all
    select batch_no, line_no, position from payment_settled
    union all
    select batch_no, line_no, position from payment_observed
    union all
    select batch_no, line_no, position from payment_reversed
) e using (batch_no, line_no)
