-- 没有有效决定的月份有款项入账,且未缴回。 / Something was settled for a month in which no decision was in force, and was not paid back.
-- rule: paid_without_decision
-- name: 无审批发放、应退未退
-- title: Paid without a decision
-- kind: 违规发放
-- severity: critical
-- subject: household
-- clock: no
-- overpaid: yes
-- basis: L
-- law: 最低生活保障审核确认办法(民发〔2021〕57号)第二十八条;特困人员认定办法 第二十六条
-- text: 最低生活保障审核确认办法-民发2021-57号
-- quotation: 未经申请受理、家庭经济状况调查、审核确认等程序，不得将任何家庭或者个人直接纳入最低生活保障范围。
-- parameters: none
-- question: 依据哪份决定发放? / Under which decision was this paid?
-- clears: 补录当时有效的决定,或款项缴回、冲正 / the decision that was in force is recorded, or the money comes back
-- example: 1月25日决定自2月起终止,2月仍入账500元,未缴回。 / On 25 January assistance is ended from February on; 500 yuan is settled for February all the same and is not paid back.
with unauthorised as (
    select household, sum(all_settled_fen)::bigint as settled_fen, min(settled_on) as found_on,
           positions(evidence) as evidence
    from paid_month
    where decided_fen is null
    group by household
),
repaid as (
    select household, sum(amount_fen)::bigint as amount_fen from recovery_received group by household
)
select u.household                                    as subject,
       array['household:' || u.household]             as refs,
       u.settled_fen - coalesce(r.amount_fen, 0)      as amount_fen,
       u.found_on                                     as found_on,
       u.evidence                                     as evidence
from unauthorised u
left join repaid r using (household)
where u.settled_fen > coalesce(r.amount_fen, 0)
