-- 从救助资金或专项资金支付的支出,用途既不在允许名单内,也不是工作经费。 / An expense from a relief or special fund whose purpose is neither on the whitelist nor a work cost.
-- rule: diverted
-- name: 挪用
-- kind: 挪用
-- severity: critical
-- law: 社会救助暂行办法 第五条、第六十七条
-- question: 这笔支出用在了什么地方,依据是什么? / What was this spent on, and on what authority?
-- clears: 用途经核定属允许范围,并写入规则 / the purpose is found to be allowed, and is put into the rules
select e.expense_no                            as subject,
       array['expense:' || e.expense_no]       as refs,
       e.amount_fen                            as amount_fen,
       e.paid_on                               as found_on,
       array[e.position]                       as evidence
from expense_paid e
where exists (
    select from parameter_member p
    where p.name = 'relief_categories' and p.member = e.category
      and e.paid_on between p.in_force_from and p.in_force_until)
  and not exists (
    select from parameter_member p
    where p.name in ('expense_purposes', 'work_costs') and p.member = e.purpose
      and e.paid_on between p.in_force_from and p.in_force_until)
