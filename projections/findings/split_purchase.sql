-- 同一服务商、同一服务类别、同一年度的多份直接委托合同,单份均低于限额,合计达到限额。 / Several direct awards of one year to one provider for one kind of service, each below the tender limit, together at or over it.
-- rule: split_purchase
-- name: 化整为零
-- title: Purchase split to avoid a tender
-- kind: 购买服务
-- severity: warning
-- subject: provider
-- clock: no
-- overpaid: no
-- basis: L
-- law: 政府采购法实施条例 第二十八条;兰州新区改革完善社会救助制度的工作举措(十八)
-- text: seed-002
-- quotation: 制定政府购买社会救助服务清单,规范购买流程,加强监督评估。
-- parameters: tender_limit, direct_award_methods
-- question: 同类服务为何分次直接委托? / Why was one kind of service awarded directly in parts?
-- clears: 采购方式更正登记,或合同签订日期、服务类别更正 / the method of procurement, or the day or kind of a contract, is recorded anew as it was
-- example: 限额200,000元。4月6日、8日、10日与同一服务商各签一份90,000元的入户探访直接委托合同:合计270,000元,自4月10日起。 / The limit is 200,000 yuan. On 6, 8 and 10 April one provider is awarded three contracts of 90,000 yuan for home visits directly: 270,000 together, from 10 April on.
with direct as (
    select c.provider, c.service_class, c.contract_no, c.signed_on, c.amount_fen, c.evidence,
           extract(year from c.signed_on) as year, tender.limit_fen
    from contract c
    join parameter_member method
      on method.name = 'direct_award_methods' and method.member = c.procurement_method
     and c.signed_on between method.in_force_from and method.in_force_until
    join lateral (
        select (p.value #>> '{}')::bigint as limit_fen from parameter p
        where p.name = 'tender_limit' and c.signed_on between p.in_force_from and p.in_force_until) tender on true
    where c.amount_fen < tender.limit_fen
),
running as (
    select *, sum(amount_fen) over until_day >= limit_fen and count(*) over until_day > 1 as is_split
    from direct
    window until_day as (partition by provider, service_class, year order by signed_on)
),
split as (
    select provider, sum(amount_fen) as amount_fen, min(signed_on) filter (where is_split) as found_on,
           array_agg('contract:' || contract_no) as refs, positions(evidence) as evidence
    from running
    group by provider, service_class, year
    having bool_or(is_split)
)
select s.provider                              as subject,
       all_refs(s.refs)                        as refs,
       sum(s.amount_fen)::bigint               as amount_fen,
       min(s.found_on)                         as found_on,
       positions(s.evidence)                   as evidence
from split s
group by s.provider
