-- 购买服务已承诺金额接近该区划该年度的上限,尚未超过。 / What was committed to purchased services comes near the cap of the region and budget year, and is not over it.
-- rule: service_cap_near
-- name: 购买服务接近上限
-- title: Near the purchase-of-services cap
-- kind: 购买服务
-- severity: notice
-- subject: region_year
-- clock: no
-- overpaid: no
-- basis: L
-- law: 兰州新区改革完善社会救助制度的工作举措(十八);省级规划(五)1
-- text: seed-002
-- quotation: 从困难群众救助补贴资金中安排的购买服务资金不得超过中央、省级当年下达的困难群众救助补助资金总量的2%
-- parameters: service_cap, service_cap_notice_share, service_cap_warning_share
-- question: 余量是否够当年还要签订的合同? / Is what is left enough for the contracts that the year still needs?
-- clears: 当年新增下达;超过上限的,转为“购买服务超限” / a further grant of the year raises the limit; what goes over it is found as over the cap
-- example: 上限20,000元,3月1日承诺16,000元(80%)为提示,承诺19,000元(95%)为警告,超过20,000元的不在此列。 / The limit is 20,000 yuan: 16,000 committed on 1 March (80 %) is a notice, 19,000 (95 %) a warning; over 20,000 it is another finding.
with reading as (
    select c.region, c.year, c.limit_fen, c.committed_fen, cap.value,
           (notice.value #>> '{}')::int as notice_points, (warning.value #>> '{}')::int as warning_points
    from service_cap c
    cross join lateral (select least(as_of(), make_date(c.year, 12, 31)) as day) on_day
    join parameter cap
      on cap.name = 'service_cap' and on_day.day between cap.in_force_from and cap.in_force_until
    join parameter notice
      on notice.name = 'service_cap_notice_share' and on_day.day between notice.in_force_from and notice.in_force_until
    join parameter warning
      on warning.name = 'service_cap_warning_share' and on_day.day between warning.in_force_from and warning.in_force_until
    where c.committed_fen between 1 and c.limit_fen
),
moved as (
    select r.region, r.year, g.issued_on as day, g.amount_fen as base_fen, 0::bigint as committed_fen, null::bigint as position
    from reading r
    join (select region, budget_year, category, level, issued_on, amount_fen from grant_issued
          union all
          select region, budget_year, category, level, issued_on, -amount_fen from grant_withdrawn) g
      on g.region = r.region and g.budget_year = r.year
     and r.value -> 'base_categories' ? g.category and r.value -> 'base_levels' ? g.level
    union all
    select r.region, r.year, c.signed_on, 0, c.amount_fen, c.position
    from reading r
    join contract_committed c
      on c.region = r.region and c.budget_year = r.year
     and (r.value -> 'counted_categories' = '"all"' or r.value -> 'counted_categories' ? c.category)
),
daily as (
    select region, year, day, sum(sum(base_fen)) over until_day as base_fen,
           sum(sum(committed_fen)) over until_day as committed_fen, array_agg(position) as evidence
    from moved
    group by region, year, day
    window until_day as (partition by region, year order by day)
)
select r.region || '|' || r.year               as subject,
       array['region:' || r.region]            as refs,
       -- Nothing is over yet: no sum is in question.
       0::bigint                               as amount_fen,
       held_since(d.day, d.committed_fen between 1 and part.limit_fen
                         and d.committed_fen * 10000 >= part.limit_fen * r.notice_points order by d.day) as found_on,
       array_remove(positions(d.evidence), null) as evidence,
       case when r.committed_fen::numeric * 10000 >= r.limit_fen::numeric * r.warning_points then 'warning' end as severity
from reading r
join daily d using (region, year)
cross join lateral (
    select div(greatest(d.base_fen, 0) * (r.value ->> 'share_basis_points')::bigint, 10000) as limit_fen) part
where r.committed_fen::numeric * 10000 >= r.limit_fen::numeric * r.notice_points
group by r.region, r.year, r.limit_fen, r.committed_fen, r.warning_points
