-- 银行退回的发放行,十个工作日内没有重新发放,该月仍欠发。 / A line that the bank returned was not paid again within ten working days, and the month is still owed.
-- rule: return_unresolved
-- name: 退款未处理
-- title: Returned and not paid again
-- kind: 对账差异
-- severity: warning
-- subject: household
-- clock: yes
-- overpaid: no
-- basis: A
-- law: 审计做法:银行退回款项应当及时查明原因并重新发放
-- text: none
-- quotation: none
-- parameters: return_retry_working_days, public_holidays, make_up_working_days
-- question: 退回的救助金现在何处,为何没有重新发放? / Where is the returned money now, and why was it not paid again?
-- clears: 重新发放入账,或登记该月已停发、终止的决定 / it is paid again, or the decision that stopped or ended the month is recorded
-- example: 3 月 6 日的 500 元因卡号已注销退回,至 3 月 20 日(第十个工作日)未重发 / 500 yuan of 6 March were returned because the card was closed, and not paid again by 20 March, the tenth working day
with returned as (
    select r.household, i.programme, i.for_month, i.payment_type = '价格补贴' as is_subsidy,
           sum(r.instructed_fen)::bigint as returned_fen, min(r.returned_on) as returned_on, max(i.paid_on) as paid_on,
           array_agg(r.position) as evidence
    from payment_returned r
    join payment_instructed i using (batch_no, line_no)
    group by 1, 2, 3, 4
),
owed as (
    -- What was due to the household and is still missing, up to what came back: however it was paid, it is paid.
    select r.household, r.returned_on, r.evidence,
           case when r.is_subsidy then r.returned_fen - paid.subsidy_fen
                else least(r.returned_fen, coalesce(g.monthly_amount_fen, 0) - paid.assistance_fen) end as owed_fen
    from returned r
    left join lateral governing(r.household, r.programme, r.for_month) g on true
    cross join lateral (
        select coalesce(sum(l.amount_fen) filter (where i.payment_type <> '价格补贴'), 0)::bigint as assistance_fen,
               coalesce(sum(l.amount_fen) filter (where i.payment_type = '价格补贴' and i.paid_on > r.paid_on), 0)::bigint
                   as subsidy_fen
        from payment_instructed i
        cross join lateral (
            select amount_fen from payment_settled s where s.batch_no = i.batch_no and s.line_no = i.line_no
            union all
            select amount_fen from payment_observed o
            where o.batch_no = i.batch_no and o.line_no = i.line_no and o.succeeded
            union all
            select -amount_fen from payment_reversed b where b.batch_no = i.batch_no and b.line_no = i.line_no) l
        where i.household = r.household and i.programme = r.programme and i.for_month = r.for_month) paid
),
due as (
    select o.*, working_day_after(o.returned_on, retry.days) as due_on
    from owed o
    join lateral (
        select (p.value #>> '{}')::int as days from parameter p
        where p.name = 'return_retry_working_days'
          and o.returned_on between p.in_force_from and p.in_force_until) retry on true
    where o.owed_fen > 0
)
select d.household                             as subject,
       array['household:' || d.household]      as refs,
       sum(d.owed_fen)::bigint                 as amount_fen,
       min(d.due_on)                           as found_on,
       positions(d.evidence)                   as evidence
from due d
where as_of() >= d.due_on
group by d.household
