-- 购买服务上限: what was granted, what may be committed and what is, by region and budget year, in the reading in force.

create view known.service_cap as
with purchase as (
    select region, budget_year, category, amount_fen as committed_fen, 0::bigint as spent_fen from known.contract_committed
    union all
    select c.region, c.budget_year, c.category, 0, p.amount_fen
    from (
        select contract_no, amount_fen from known.service_paid
        union all
        select contract_no, -amount_fen from known.service_refunded
    ) p
    cross join lateral (
        select * from known.contract_committed c where c.contract_no = p.contract_no order by c.position limit 1) c
),
granted as (
    select region, budget_year, category, level, amount_fen from known.grant_issued
    union all
    select region, budget_year, category, level, -amount_fen from known.grant_withdrawn
),
covered as (
    select region, budget_year from granted union select region, budget_year from purchase
),
reading as (
    select y.region, y.budget_year, cap.value, cap.force, cap.source
    from covered y
    left join known.parameter cap
      on cap.name = 'service_cap'
     and least(known.as_of(), make_date(y.budget_year::int, 12, 31)) between cap.in_force_from and cap.in_force_until
),
figures as (
    select r.region, r.budget_year, r.force, r.source, r.value,
           coalesce((
               select sum(g.amount_fen) from granted g
               where g.region = r.region and g.budget_year = r.budget_year
                 and (r.value is null or r.value -> 'base_categories' ? g.category)
                 and g.level in ('中央', '省级') and (r.value is null or r.value -> 'base_levels' ? g.level)), 0)::bigint as base_fen,
           coalesce((
               select sum(p.committed_fen) from purchase p
               where p.region = r.region and p.budget_year = r.budget_year
                 and (r.value is null or r.value -> 'counted_categories' = '"all"' or r.value -> 'counted_categories' ? p.category)), 0)::bigint as committed_fen,
           coalesce((
               select sum(p.spent_fen) from purchase p
               where p.region = r.region and p.budget_year = r.budget_year
                 and (r.value is null or r.value -> 'counted_categories' = '"all"' or r.value -> 'counted_categories' ? p.category)), 0)::bigint as spent_fen
    from reading r
)
select f.region, f.budget_year::int as year, policy.jurisdiction, coalesce(f.force, 'none') as force,
       f.base_fen, limits.limit_fen, f.committed_fen, f.spent_fen, limits.limit_fen - f.committed_fen as headroom_fen,
       policy.version as policy_version, f.source, f.value -> 'counted_categories' as counted_categories
from figures f
cross join known.policy
cross join lateral (
    -- Rounded down to the fen; a base that was taken back altogether leaves nothing to commit.
    select greatest(f.base_fen, 0) * (f.value ->> 'share_basis_points')::bigint / 10000 as limit_fen
) limits;
