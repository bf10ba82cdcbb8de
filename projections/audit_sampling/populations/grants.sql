-- 资金下达: each grant as it was recorded; what was taken back is an item below zero.
select document_no || '@' || position as item, amount_fen, region, null::text as programme,
       fund(region, category, level, budget_year) as fund, category as kind, issued_on as day
from grant_issued
union all
select document_no || '@' || position, -amount_fen, region, null,
       fund(region, category, level, budget_year), category, issued_on
from grant_withdrawn;

-- An item says its own position.
select item, substring(item from '[0-9]+$')::bigint as position from unnest(%(items)s::text[]) item
