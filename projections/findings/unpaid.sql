-- 有效决定的月份,月末及宽限期过后仍无一笔入账。 / A month with a decision in force for which nothing was settled, some days after the month's end.
-- rule: unpaid
-- name: 未发放
-- title: Not paid
-- kind: 少发
-- severity: warning
-- subject: household
-- clock: yes
-- overpaid: no
-- basis: L
-- law: 2025年社会救助工作要点(在案转录文本) 2.统筹社会救助资源
-- text: seed-004
-- quotation: 针对救助对象的特点和需求精准施策,按时足额发放各类救助金,切实兜住兜准兜好基本民生保障底线。
-- parameters: short_paid_grace_days
-- question: 该月救助金为何没有发放? / Why was nothing paid for the month?
-- clears: 补发入账,或登记当时已作出的停发、终止决定 / the month is paid, or the decision that had stopped or ended it is recorded
-- example: 某户 2025 年 4 月决定月救助金 500 元,4 月没有入账,至 5 月 10 日提示 500 元 / 500 yuan a month were decided, nothing was settled for April 2025; found on 10 May, for 500 yuan
with missing as (
    -- What was owed and what was paid lie under one another, so that a limit on households reaches both.
    select household, programme, for_month, max(monthly_amount_fen) as monthly_amount_fen, max(position) as position
    from (
        select household, programme, for_month, monthly_amount_fen, position, false as is_paid
        from governed_month
        where monthly_amount_fen is not null
        union all
        select household, programme, for_month, null, null, true
        from settled_line
        where settled_fen > 0 and payment_type <> '价格补贴'
    ) both_sides
    group by household, programme, for_month
    having not bool_or(is_paid)
),
judged as (
    -- A month that was granted only afterwards is judged from the month of that decision.
    select m.household, m.for_month, m.monthly_amount_fen, m.position,
           month_end(greatest(m.for_month, month_of(owed_since(m.household, m.programme, m.for_month)))) + grace.days as due_on
    from missing m
    join lateral (
        select (p.value #>> '{}')::int as days from parameter p
        where p.name = 'short_paid_grace_days'
          and month_end(m.for_month) between p.in_force_from and p.in_force_until) grace on true
)
select j.household                             as subject,
       array['household:' || j.household]      as refs,
       sum(j.monthly_amount_fen)::bigint       as amount_fen,
       min(j.due_on)                           as found_on,
       array_agg(distinct j.position)          as evidence
from judged j
where as_of() >= j.due_on
  -- Of a household in which nobody was alive that month, nothing was due to anybody.
  and (select bool_and(exists (
           select from death_reported d where d.person = m.person and month_of(d.died_on) < j.for_month))
       from member m where m.household = j.household) is not true
group by j.household
