-- 购买服务已承诺金额超过该区划该年度的上限。 / More was committed to purchased services than the cap of the region and budget year allows.
-- rule: service_cap
-- name: 购买服务超限
-- title: Over the purchase-of-services cap
-- kind: 购买服务
-- severity: critical
-- subject: region_year
-- clock: no
-- overpaid: no
-- basis: L
-- law: 兰州新区改革完善社会救助制度的工作举措(十八);省级规划(五)1
-- text: seed-002
-- quotation: 从困难群众救助补贴资金中安排的购买服务资金不得超过中央、省级当年下达的困难群众救助补助资金总量的2%
-- parameters: service_cap
-- question: 超出上限的合同依据什么签订? / On what authority was more committed than the cap allows?
-- clears: 减少承诺,或当年新增下达 / less is committed, or a further grant of the year raises the limit
-- example: 当年中央、省级下达1,000,000元,上限20,000元;3月1日累计承诺20,001元:超限1元。 / 1,000,000 yuan is issued by 中央 and 省级 for the year, so the limit is 20,000; 20,001 is committed by 1 March: 1 yuan over.
with evidence as (
    select region, budget_year, category, signed_on as day, position from contract_committed
    union all
    -- What was taken back lowers the limit: with it a year may be over its cap without a new purchase.
    select region, budget_year, null, issued_on, position from grant_withdrawn
)
select c.region || '|' || c.year               as subject,
       array['region:' || c.region]            as refs,
       -c.headroom_fen                         as amount_fen,
       max(e.day)                              as found_on,
       array_agg(e.position order by e.position) as evidence
from service_cap c
join evidence e
  on e.region = c.region and e.budget_year = c.year
 and (e.category is null or c.counted_categories = '"all"' or c.counted_categories ? e.category)
where c.headroom_fen < 0
group by c.region, c.year, c.headroom_fen
