-- 追缴立案后逾期仍未缴清或核销;已约定分期的,自约定日或最近一次缴回起算。 / A recovery that is not repaid or written off in time; where instalments were agreed, time runs from the agreement or the latest repayment.
-- rule: recovery_overdue
-- name: 追缴逾期
-- title: Recovery overdue
-- kind: 违规发放
-- severity: warning
-- subject: recovery
-- clock: yes
-- overpaid: no
-- basis: L
-- law: 兰州新区改革完善社会救助制度的工作举措 第(二十五)条
-- text: seed-002
-- quotation: 加大对骗取社会救助行为查处力度,依法依规追回骗取的社会救助金并追究相应责任。
-- parameters: recovery_due_days
-- question: 追缴为何没有进展? / Why has the recovery made no headway?
-- clears: 缴清、核销,或重新约定分期 / it is repaid or written off, or instalments are agreed
-- example: 6 月 21 日立案 500 元,至 9 月 19 日未缴回也未核销 / opened on 21 June for 500 yuan, neither repaid nor written off by 19 September
with step as (
    select recovery_no, household, amount_fen as owed_fen, occurred_on as opened_on, null::date as agreed_on,
           null::date as repaid_on, position
    from recovery_opened
    union all
    select recovery_no, household, 0, null, occurred_on, null, position from instalments_agreed
    union all
    select recovery_no, household, -amount_fen, null, null, occurred_on, position from recovery_received
    union all
    select recovery_no, household, -amount_fen, null, null, null, position from recovery_written_off
),
recovery as (
    select recovery_no, array_agg(distinct 'household:' || household) as refs, sum(owed_fen)::bigint as owed_fen,
           min(opened_on) as opened_on,
           case when max(agreed_on) is null then min(opened_on)
                else greatest(min(opened_on), max(agreed_on), max(repaid_on)) end as since,
           array_agg(position order by position) as evidence
    from step
    group by recovery_no
)
select r.recovery_no                           as subject,
       r.refs                                  as refs,
       r.owed_fen                              as amount_fen,
       r.since + due.days                      as found_on,
       r.evidence                              as evidence
from recovery r
join lateral (
    select (p.value #>> '{}')::int as days from parameter p
    where p.name = 'recovery_due_days' and r.opened_on between p.in_force_from and p.in_force_until) due on true
where r.owed_fen > 0
  and as_of() >= r.since + due.days
