-- 合同累计支付(扣除退款)超过合同金额。 / What was paid on a contract, net of refunds, exceeds the contract's sum.
-- rule: contract_overrun
-- name: 超合同支付
-- title: Paid beyond the contract
-- kind: 购买服务
-- severity: warning
-- subject: contract
-- clock: no
-- overpaid: no
-- basis: A
-- law: 财政违法行为处罚处分条例 第六条(四)
-- text: 财政违法行为处罚处分条例(2011-01-08)
-- quotation: (四)违反规定扩大开支范围，提高开支标准；
-- parameters: none
-- question: 超出合同的部分依据什么支付,有无补充合同? / On what authority was more than the contract paid, and is there an amendment?
-- clears: 超付款项退回,或登记补充合同 / what was overpaid is refunded, or an amendment of the contract is recorded
-- example: 合同金额10,000元,6月1日付8,000元,9月28日再付5,000元:自9月28日起超付3,000元。 / A contract of 10,000 yuan; 8,000 is paid on 1 June and 5,000 on 28 September: 3,000 too much from 28 September on.
with paid as (
    select contract_no, paid_on, sum(amount_fen) as on_day_fen,
           sum(sum(amount_fen)) over (partition by contract_no order by paid_on) as paid_fen,
           array_agg(position) as evidence
    from contract_payment
    group by contract_no, paid_on
)
select p.contract_no                           as subject,
       array['contract:' || p.contract_no]     as refs,
       (sum(p.on_day_fen) - c.amount_fen)::bigint as amount_fen,
       greatest(held_since(p.paid_on, p.paid_fen > c.amount_fen order by p.paid_on), c.signed_on) as found_on,
       array_cat(c.evidence, positions(p.evidence)) as evidence
from paid p
join contract c using (contract_no)
group by p.contract_no, c.amount_fen, c.signed_on, c.evidence
having sum(p.on_day_fen) > c.amount_fen
