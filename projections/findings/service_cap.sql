-- 购买服务已承诺金额超过该区划该年度的上限。 / More was committed to purchased services than the cap of the region and budget year allows.
-- rule: service_cap
-- name: 购买服务超限
-- kind: 购买服务
-- severity: critical
-- law: 兰州新区改革完善社会救助制度的工作举措(十八);省级规划(五)1
-- question: 超出上限的合同依据什么签订? / On what authority was more committed than the cap allows?
-- clears: 减少承诺,或当年新增下达 / less is committed, or a further grant of the year raises the limit
with purchase as (
    select c.region, c.budget_year, c.signed_on as day, c.position, c.amount_fen
    from contract_committed c
),
base as (
    select region, budget_year, issued_on as day, position from grant_withdrawn
)
select c.region || '|' || c.year               as subject,
       array['region:' || c.region]            as refs,
       -c.headroom_fen                         as amount_fen,
       (select max(day) from (
            select p.day from purchase p where p.region = c.region and p.budget_year = c.year
            union all
            select b.day from base b where b.region = c.region and b.budget_year = c.year) d) as found_on,
       (select array_agg(e.position order by e.position) from (
            select p.position from purchase p where p.region = c.region and p.budget_year = c.year
            union all
            select b.position from base b where b.region = c.region and b.budget_year = c.year) e) as evidence
from service_cap c
where c.headroom_fen < 0
