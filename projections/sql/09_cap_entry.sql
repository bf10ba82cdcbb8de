-- What the cap's figures are sums of: every grant, contract and payment that counts, in the reading in force.

create view known.cap_entry as
with entry as (
    select 'base' as figure, region, budget_year, category, level, position, position as known_from,
           issued_on as effective_on, amount_fen
    from known.grant_issued
    union all
    select 'base', region, budget_year, category, level, position, position, issued_on, -amount_fen
    from known.grant_withdrawn
    union all
    select 'committed', region, budget_year, category, level, position, position, signed_on, amount_fen
    from known.contract_committed
    union all
    -- A payment counts from when its contract is known as well.
    select 'spent', c.region, c.budget_year, c.category, c.level, p.position, greatest(p.position, c.position),
           greatest(p.paid_on, c.signed_on), p.amount_fen
    from known.contract_payment p
    cross join lateral (
        select * from known.contract_committed c where c.contract_no = p.contract_no order by c.position limit 1) c
)
select e.figure, e.region, e.budget_year::int as year, e.position, e.known_from, e.effective_on, e.amount_fen
from entry e
left join known.parameter cap
  on cap.name = 'service_cap'
 and least(known.as_of(), make_date(e.budget_year::int, 12, 31)) between cap.in_force_from and cap.in_force_until
where case
    when e.figure = 'base' then
        e.level in ('中央', '省级')
        and (cap.value is null or (cap.value -> 'base_categories' ? e.category and cap.value -> 'base_levels' ? e.level))
    else
        cap.value is null or cap.value -> 'counted_categories' = '"all"' or cap.value -> 'counted_categories' ? e.category
    end;
