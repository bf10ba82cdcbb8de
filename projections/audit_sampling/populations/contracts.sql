-- 购买服务合同: each contract; rows of one number add up, as the cap counts them.
select contract_no as item, sum(amount_fen)::bigint as amount_fen, min(region) as region, null::text as programme,
       min(fund(region, category, level, budget_year)) as fund, min(service_class) as kind, min(signed_on) as day
from contract_committed
group by contract_no;

-- The contract, every payment on it, and what was delivered.
select p.item, e.position
from unnest(%(items)s::text[]) p (item)
join (
    select contract_no, position from contract_committed
    union all
    select contract_no, position from service_paid
    union all
    select contract_no, position from service_refunded
    union all
    select contract_no, position from visit_logged
) e on e.contract_no = p.item
