-- What the bank paid, line by line and month by month.

-- What came back of a line after it was paid, by the household that every answer of the bank about a line bears.
create view known.reversed_line as
select batch_no, line_no, household, sum(amount_fen)::bigint as amount_fen
from known.payment_reversed
group by batch_no, line_no, household;

-- A settled line: what was instructed beside what the bank says it paid, less what came back. Two joins under one
-- another, not a join of two: so a limit on households reaches the lines, and through them the bank's answers.
create view known.settled_line as
select s.position, i.position as instructed_position, s.batch_no, s.line_no, i.household, i.programme, i.for_month,
       i.payment_type, i.payee, i.payee_name, i.paid_on, s.settled_on,
       i.amount_fen as instructed_fen, s.amount_fen - coalesce(r.amount_fen, 0) as settled_fen, s.amount_fen as bank_fen,
       i.account as instructed_account, coalesce(s.account, i.account) as account, s.holder_name,
       known.fund(i.region, i.category, i.level, i.budget_year) as fund
from known.payment_settled s
join known.payment_instructed i using (batch_no, line_no)
left join known.reversed_line r on r.batch_no = s.batch_no and r.line_no = s.line_no and r.household = i.household
union all
select s.position, i.position, s.batch_no, s.line_no, i.household, i.programme, i.for_month,
       i.payment_type, i.payee, i.payee_name, i.paid_on, s.settled_on,
       i.amount_fen, s.amount_fen - coalesce(r.amount_fen, 0), s.amount_fen,
       i.account, coalesce(s.account, i.account), s.holder_name,
       known.fund(i.region, i.category, i.level, i.budget_year)
from known.payment_observed s
join known.payment_instructed i using (batch_no, line_no)
left join known.reversed_line r on r.batch_no = s.batch_no and r.line_no = s.line_no and r.household = i.household
where s.succeeded;

-- A month of a household's programme that something was settled for, beside what was decided for it.
create view known.paid_month as
select m.*, g.monthly_amount_fen as decided_fen, g.persons, g.position as decision_position
from (
    select household, programme, for_month,
           coalesce(sum(settled_fen) filter (where payment_type <> '价格补贴'), 0)::bigint as settled_fen,
           sum(settled_fen)::bigint as all_settled_fen,
           count(*) filter (where payment_type = '正常') as regular_lines,
           max(settled_on) as settled_on,
           array_agg(position order by position) as evidence
    from known.settled_line
    where settled_fen > 0
    group by household, programme, for_month
) m
left join lateral known.governing(m.household, m.programme, m.for_month) g on true;
