-- 待遇有效,而自上次批准或复核起已满核查周期。 / Assistance is in force, and the time within which it is to be reviewed has run out since the last approval or review.
-- rule: review_overdue
-- name: 复核逾期
-- title: Review overdue
-- kind: 内控
-- severity: notice
-- subject: household
-- clock: yes
-- overpaid: no
-- basis: L
-- law: 关于改革完善社会救助制度的意见(中办发〔2020〕18号) 第7条;最低生活保障审核确认办法(民发〔2021〕57号) 第三十一条
-- text: 关于改革完善社会救助制度的意见-中办发2020-18号
-- quotation: 对特困人员、短期内经济状况变化不大的低保家庭，每年核查一次；对收入来源不固定、家庭成员有劳动能力的低保家庭，每半年核查一次。
-- parameters: review_cycle_months
-- question: 为何没有按期复核? / Why was there no review in time?
-- clears: 登记复核,或待遇停发、终止 / a review is recorded, or assistance is suspended or ended
-- example: 差额低保户 2024-12-18 批准,至 2025-06-18 未复核 / an allowance for part of the standard was approved on 2024-12-18 and not reviewed by 2025-06-18
with looked_at as (
    select household, programme, decided_on, assistance_class, is_approval as counts, position from entitlement
    union all
    select household, programme, decided_on, assistance_class, true, position from assistance_reviewed
),
latest as (
    select household, programme, max(decided_on) filter (where counts) as reviewed_on,
           (array_agg(assistance_class order by decided_on desc, position desc)
               filter (where assistance_class is not null))[1] as assistance_class,
           (array_agg(position order by decided_on desc, position desc) filter (where counts))[1] as position
    from looked_at
    group by household, programme
),
overdue as (
    select l.*, (l.reviewed_on + cycle.months * interval '1 month')::date as due_on
    from latest l
    join lateral (
        -- By programme (特困) before class; an allowance of a class that the rule does not name has the longest cycle.
        select coalesce(
                   max(f.value::int) filter (where l.programme like '%' || f.key || '%'),
                   max(f.value::int) filter (where l.assistance_class = f.key),
                   max(f.value::int) filter (where l.programme like '%低保%' and l.programme not like '%边缘%')) as months
        from parameter p, jsonb_each_text(p.value) f
        where p.name = 'review_cycle_months' and as_of() between p.in_force_from and p.in_force_until) cycle on true
    where as_of() >= (l.reviewed_on + cycle.months * interval '1 month')::date
)
select o.household                             as subject,
       array['household:' || o.household]      as refs,
       0::bigint                               as amount_fen,
       min(o.due_on)                           as found_on,
       array_agg(o.position)                   as evidence
from overdue o
cross join lateral governing(o.household, o.programme, month_of(as_of())) g
where g.monthly_amount_fen is not null
group by o.household
