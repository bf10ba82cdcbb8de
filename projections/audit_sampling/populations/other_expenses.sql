-- 其他支出: each payment as it was recorded; what came back is an item below zero.
select expense_no || '@' || position as item, amount_fen, region, null::text as programme,
       fund(region, category, level, budget_year) as fund, purpose as kind, paid_on as day
from expense_paid
union all
select expense_no || '@' || position, -amount_fen, region, null,
       fund(region, category, level, budget_year), purpose, paid_on
from expense_refunded;

-- An item says its own position.
select item, substring(item from '[0-9]+$')::bigint as position from unnest(%(items)s::text[]) item
