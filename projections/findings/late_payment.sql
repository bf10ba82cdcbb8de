-- 某月救助金首次入账晚于发放日及宽限期。 / The first money for a month was settled after the day to pay by and its days of grace.
-- rule: late_payment
-- name: 未及时发放
-- title: Paid late
-- kind: 少发
-- severity: notice
-- subject: household
-- clock: no
-- overpaid: no
-- basis: D
-- law: 最低生活保障审核审批办法(试行)(民发〔2012〕220号,已废止,各地沿用) 第三十一条
-- text: 最低生活保障审核审批办法-民发2012-220号-已废止
-- quotation: 低保金应当按月发放，每月10日前发放到户。
-- parameters: pay_by_day
-- question: 该月救助金为何晚发? / Why was the month paid late?
-- clears: 补录更早的入账记录,或登记说明该月当时尚未批准的决定 / an earlier settlement is recorded, or the decision that shows that the month had not been granted by then
-- example: 3 月救助金 500 元于 3 月 25 日入账,晚于 10 日加 5 日宽限 / 500 yuan for March were settled on 25 March, after the 10th and five days of grace
with first_paid as (
    select household, programme, for_month, min(settled_on) as settled_on, sum(settled_fen)::bigint as settled_fen,
           array_agg(position) as evidence
    from settled_line
    where settled_fen > 0 and payment_type <> '价格补贴'
    group by household, programme, for_month
),
late as (
    select f.*, first_day(f.for_month) + due.day - 1 as pay_by, due.day, due.grace_days
    from first_paid f
    join (
        select (value ->> 'day')::int as day, (value ->> 'grace_days')::int as grace_days, in_force_from, in_force_until
        from parameter where name = 'pay_by_day') due
      on first_day(f.for_month) between due.in_force_from and due.in_force_until
     and f.settled_on > first_day(f.for_month) + due.day - 1 + due.grace_days
),
owed as (
    -- A month granted after its own pay-by day is due by the next one that follows the decision.
    select l.*, g.position as decision_position, since.owed_since
    from late l
    cross join lateral governing(l.household, l.programme, l.for_month) g
    cross join lateral (
        select case when g.decided_on <= l.pay_by then g.decided_on
                    else owed_since(l.household, l.programme, l.for_month) end as owed_since) since
    where g.monthly_amount_fen is not null
),
due as (
    select o.*,
           case when o.owed_since <= o.pay_by then o.pay_by
                when extract(day from o.owed_since) <= o.day then first_day(month_of(o.owed_since)) + o.day - 1
                else first_day(month_shift(month_of(o.owed_since), 1)) + o.day - 1 end + o.grace_days as last_day
    from owed o
)
select d.household                             as subject,
       array['household:' || d.household]      as refs,
       sum(d.settled_fen)::bigint              as amount_fen,
       min(d.settled_on)                       as found_on,
       positions(array_append(d.evidence, d.decision_position)) as evidence
from due d
where d.settled_on > d.last_day
group by d.household
