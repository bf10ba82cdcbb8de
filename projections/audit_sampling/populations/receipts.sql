-- 资金到账: each arrival as it was recorded; what was sent back is an item below zero.
select document_no || '@' || position as item, amount_fen, coalesce(region, '') as region, null::text as programme,
       fund(region, category, level, budget_year) as fund, category as kind, received_on as day
from funds_received
union all
select document_no || '@' || position, -amount_fen, coalesce(region, ''), null,
       fund(region, category, level, budget_year), category, received_on
from funds_returned;

-- An item says its own position.
select item, substring(item from '[0-9]+$')::bigint as position from unnest(%(items)s::text[]) item
