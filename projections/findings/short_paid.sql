-- 某月入账金额大于零而少于决定金额,期限已过。 / What was settled for a month is more than nothing and less than decided, some days after the month's end.
-- rule: short_paid
-- name: 少发、克扣
-- title: Paid less than decided
-- kind: 少发
-- severity: warning
-- subject: household
-- clock: yes
-- overpaid: no
-- basis: L
-- law: 社会救助暂行办法 第六十六条(六)
-- text: 社会救助暂行办法(2019-03-02)
-- quotation: (六)不按照规定发放社会救助资金、物资或者提供相关服务的；
-- parameters: short_paid_grace_days
-- question: 少发的部分去了哪里? / Where is the part that was not paid?
-- clears: 补发差额,或补作调整决定 / the difference is paid, or an adjustment is decided
-- example: 决定每月500元,一月入账400元,至2月10日未补:少发100元。 / 500 yuan a month is decided, 400 is settled for January and nothing is added by 10 February: 100 short.
select m.household                             as subject,
       array['household:' || m.household]      as refs,
       sum(m.decided_fen - m.settled_fen)::bigint as amount_fen,
       min(month_end(m.for_month) + grace.days) as found_on,
       positions(m.evidence) as evidence
from paid_month m
join lateral (
    select (p.value #>> '{}')::int as days from parameter p
    where p.name = 'short_paid_grace_days'
      and month_end(m.for_month) between p.in_force_from and p.in_force_until) grace on true
where m.settled_fen > 0
  and m.settled_fen < m.decided_fen
  and as_of() >= month_end(m.for_month) + grace.days
group by m.household
