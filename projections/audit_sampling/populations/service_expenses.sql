-- 购买服务支出: each payment as it was recorded; a refund is an item below zero. It lies where its contract does.
select p.expense_no || '@' || p.position as item, p.amount_fen, coalesce(p.region, c.region, '') as region,
       null::text as programme, coalesce(fund(p.region, p.category, p.level, p.budget_year), c.fund) as fund,
       c.service_class as kind, p.paid_on as day
from (
    select expense_no, contract_no, position, amount_fen, region, category, level, budget_year, paid_on
    from service_paid
    union all
    select expense_no, contract_no, position, -amount_fen, region, category, level, budget_year, paid_on
    from service_refunded
) p
left join (
    select contract_no, min(region) as region, min(service_class) as service_class,
           min(fund(region, category, level, budget_year)) as fund
    from contract_committed
    group by contract_no
) c using (contract_no);

-- The payment, and the contract that it was made on.
select p.item, e.position
from (
    select item, substring(item from '[0-9]+$')::bigint as position from unnest(%(items)s::text[]) item
) p
join (
    select position as its, position from service_paid
    union all
    select position, position from service_refunded
    union all
    select s.position, c.position from service_paid s join contract_committed c using (contract_no)
    union all
    select s.position, c.position from service_refunded s join contract_committed c using (contract_no)
) e on e.its = p.position
