-- 从救助资金或专项资金支付的支出,用途既不在允许名单内,也不是工作经费。 / An expense from a relief or special fund whose purpose is neither on the whitelist nor a work cost.
-- rule: diverted
-- name: 挪用
-- title: Diverted
-- kind: 挪用
-- severity: critical
-- subject: expense
-- clock: no
-- overpaid: no
-- basis: L
-- law: 社会救助暂行办法 第五条、第六十七条
-- text: 社会救助暂行办法(2019-03-02)
-- quotation: 社会救助资金实行专项管理，分账核算，专款专用，任何单位或者个人不得挤占挪用。
-- parameters: relief_categories, expense_purposes, work_costs
-- question: 这笔支出用在了什么地方,依据是什么? / What was this spent on, and on what authority?
-- clears: 款项归还原资金(以原支出编号登记负数金额),或用途经核定属允许范围并写入规则 / the money is put back (a negative amount under the same expense number), or the purpose is found to be allowed and is put into the rules
-- example: 5月9日从困难群众救助补助资金付“借款周转”3,000元。 / On 9 May 3,000 yuan is lent from 困难群众救助补助资金.
with wrong as (
    select e.expense_no, sum(e.amount_fen) as paid_fen, min(e.paid_on) as paid_on, array_agg(e.position) as evidence
    from expense_paid e
    where exists (
        select from parameter_member p
        where p.name = 'relief_categories' and p.member = e.category
          and e.paid_on between p.in_force_from and p.in_force_until)
      and not exists (
        select from parameter_member p
        where p.name in ('expense_purposes', 'work_costs') and p.member = e.purpose
          and e.paid_on between p.in_force_from and p.in_force_until)
    group by e.expense_no
),
back as (
    select expense_no, sum(amount_fen) as refunded_fen, array_agg(position) as evidence
    from expense_refunded
    group by expense_no
)
select w.expense_no                            as subject,
       array['expense:' || w.expense_no]       as refs,
       (w.paid_fen - coalesce(b.refunded_fen, 0))::bigint as amount_fen,
       w.paid_on                               as found_on,
       array_cat(w.evidence, b.evidence)       as evidence
from wrong w
left join back b using (expense_no)
where w.paid_fen > coalesce(b.refunded_fen, 0)
