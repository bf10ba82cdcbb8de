-- 渐退期满后仍在发放,其后没有重新批准或恢复。 / Still paid after the months that a gradual exit may last, with no approval or resumption since.
-- rule: gradual_exit_overrun
-- name: 渐退超期
-- title: Gradual exit too long
-- kind: 违规发放
-- severity: warning
-- subject: household
-- clock: no
-- overpaid: yes
-- basis: L
-- law: 兰州新区改革完善社会救助制度的工作举措 第(十)条;关于进一步做好最低生活保障等社会救助兜底保障工作的通知(2022) 一(三)
-- text: seed-002
-- quotation: 并在其家庭成员人均收入超过当地低保标准后,根据实际情况给予不超过6个月的渐退期。
-- parameters: gradual_exit_max_months
-- question: 渐退期满为何仍在发放? / Why did payment go on after the gradual exit?
-- clears: 缴回或冲正期满后的款项,或登记重新批准、恢复的决定 / what was paid after it comes back, or the decision that approved or resumed assistance is recorded
-- example: 自 3 月起渐退,9 月至 12 月每月仍入账 500 元,合计 2000 元 / a gradual exit from March; 500 yuan a month were still settled from September to December, 2,000 in all
with beyond as (
    select x.household, x.programme, x.decided_on, x.start_month, x.position,
           month_shift(x.start_month, longest.months) as first_beyond
    from gradual_exit_started x
    join lateral (
        select (p.value #>> '{}')::int as months from parameter p
        where p.name = 'gradual_exit_max_months'
          and x.decided_on between p.in_force_from and p.in_force_until) longest on true
),
restored as (
    select household, programme, decided_on, start_month, end_month, position from assistance_approved
    union all
    select household, programme, decided_on, start_month, end_month, position from assistance_resumed
),
paid as (
    select distinct b.household, b.position as exit_position, l.position, l.settled_fen, l.settled_on
    from beyond b
    cross join lateral (
        select * from settled_line s
        where s.household = b.household and s.programme = b.programme and s.for_month >= b.first_beyond
          and s.settled_fen > 0 and s.payment_type <> '价格补贴'
        offset 0) l
    where not exists (
          select from restored r
          where r.household = b.household and r.programme = b.programme
            and (r.decided_on, r.start_month, r.position) > (b.decided_on, b.start_month, b.position)
            and r.start_month <= l.for_month and (r.end_month is null or r.end_month >= l.for_month))
),
line as (
    -- An exit that was decided twice is one exit.
    select household, position, min(exit_position) as exit_position, min(settled_fen) as settled_fen,
           min(settled_on) as settled_on
    from paid
    group by household, position
),
total as (
    select household, sum(settled_fen)::bigint as settled_fen, min(settled_on) as found_on,
           array_cat(array_agg(distinct exit_position), array_agg(position)) as evidence
    from line
    group by household
),
repaid as (
    select household, sum(amount_fen)::bigint as amount_fen from recovery_received group by household
)
select t.household                                    as subject,
       array['household:' || t.household]             as refs,
       t.settled_fen - coalesce(r.amount_fen, 0)      as amount_fen,
       t.found_on                                     as found_on,
       t.evidence                                     as evidence
from total t
left join repaid r using (household)
where t.settled_fen > coalesce(r.amount_fen, 0)
