-- 合同累计支付(扣除退款)超过已验收服务的价值。 / What was paid on a contract, net of refunds, exceeds the value of the visits that were accepted.
-- rule: undelivered_service
-- name: 未履约付款
-- title: Paid for services not delivered
-- kind: 购买服务
-- severity: warning
-- subject: contract
-- clock: no
-- overpaid: no
-- basis: A
-- law: 财政违法行为处罚处分条例 第六条(一)
-- text: 财政违法行为处罚处分条例(2011-01-08)
-- quotation: (一)以虚报、冒领等手段骗取财政资金；
-- parameters: none
-- question: 付款时服务是否已经提供并验收? / Had the service been delivered and accepted when it was paid?
-- clears: 补登已验收的服务记录,或服务商退款 / the accepted visits are recorded, or the provider pays back
-- example: 8月28日按10次上门访视付5,000元,验收记录只有6次、每次10小时、每小时50元(共3,000元):差2,000元。 / On 28 August 5,000 yuan is paid for ten visits; six are accepted, of 10 hours at 50 yuan each (3,000 yuan): 2,000 is open.
with moved as (
    select contract_no, paid_on as day, amount_fen as paid_fen, 0::numeric as exact_milli_fen, 0::numeric as rounded_fen
    from contract_payment
    union all
    select contract_no, served_on, 0, exact_milli_fen, rounded_fen from visit_value
),
daily as (
    -- Each visit in whole fen, or all of them together rounded up: whichever way the provider reckons is accepted.
    select contract_no, day, sum(paid_fen) as on_day_fen,
           sum(sum(paid_fen)) over until_day as paid_fen,
           greatest(sum(sum(rounded_fen)) over until_day, div(sum(sum(exact_milli_fen)) over until_day + 999, 1000)) as worth_fen
    from moved
    group by contract_no, day
    window until_day as (partition by contract_no order by day)
),
total as (
    select contract_no, sum(on_day_fen) - max(worth_fen) as open_fen,
           held_since(day, paid_fen > worth_fen order by day) as found_on
    from daily
    group by contract_no
    having sum(on_day_fen) > max(worth_fen)
)
select t.contract_no                           as subject,
       array['contract:' || t.contract_no]     as refs,
       t.open_fen::bigint                      as amount_fen,
       t.found_on                              as found_on,
       array_cat((select array_agg(p.position) from contract_payment p where p.contract_no = t.contract_no),
                 (select array_agg(v.position) from visit_value v where v.contract_no = t.contract_no)) as evidence
from total t
