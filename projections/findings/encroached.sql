-- 从救助资金或专项资金列支工作经费。 / A work cost that was paid from a relief or special fund.
-- rule: encroached
-- name: 挤占
-- title: Encroached
-- kind: 挤占
-- severity: warning
-- subject: expense
-- clock: no
-- overpaid: no
-- basis: L
-- law: 社会救助暂行办法 第五条;兰州新区改革完善社会救助制度的工作举措(二十五)
-- text: 社会救助暂行办法(2019-03-02)
-- quotation: 社会救助资金实行专项管理，分账核算，专款专用，任何单位或者个人不得挤占挪用。
-- parameters: relief_categories, work_costs
-- question: 工作经费为何从救助资金列支? / Why was a work cost paid from relief money?
-- clears: 从工作经费归还原资金(以原支出编号登记负数金额) / the money is put back from work funds (a negative amount under the same expense number)
-- example: 8月9日从困难群众救助补助资金付设备购置1,500元。 / On 9 August 1,500 yuan for equipment is paid from 困难群众救助补助资金.
with wrong as (
    select e.expense_no, sum(e.amount_fen) as paid_fen, min(e.paid_on) as paid_on, array_agg(e.position) as evidence
    from expense_paid e
    where exists (
        select from parameter_member p
        where p.name = 'relief_categories' and p.member = e.category
          and e.paid_on between p.in_force_from and p.in_force_until)
      and exists (
        select from parameter_member p
        where p.name = 'work_costs' and p.member = e.purpose
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
