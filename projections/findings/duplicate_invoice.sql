-- 同一服务商的同一发票号支付两次以上,退款抵减后仍有重复。 / One invoice number of one provider was paid more than once, and what was paid twice has not come back.
-- rule: duplicate_invoice
-- name: 重复报销
-- title: Invoice paid twice
-- kind: 购买服务
-- severity: warning
-- subject: provider, contract
-- clock: no
-- overpaid: no
-- basis: A
-- law: 财政违法行为处罚处分条例 第六条(一)
-- text: 财政违法行为处罚处分条例(2011-01-08)
-- quotation: (一)以虚报、冒领等手段骗取财政资金；
-- parameters: none
-- question: 同一张发票为何再次支付? / Why was the same invoice paid again?
-- clears: 重复支付的款项退回 / what was paid twice is refunded
-- example: 发票00012345于6月28日付5,000元,7月28日又付5,000元:重复5,000元。 / Invoice 00012345 is paid with 5,000 yuan on 28 June and again on 28 July: 5,000 is paid twice.
with paid as (
    -- A contract that nobody recorded stands for its provider.
    select coalesce(c.provider, p.contract_no) as provider, p.contract_no, p.invoice_no, p.paid_on, p.amount_fen, p.position
    from contract_payment p
    left join contract c using (contract_no)
),
twice as (
    select provider, invoice_no, array_agg(distinct contract_no) as contracts, array_agg(amount_fen) as amounts
    from paid
    where invoice_no is not null and amount_fen > 0
    group by provider, invoice_no
    having count(*) > 1
),
moved as (
    select t.provider, t.invoice_no, t.contracts, p.paid_on, p.amount_fen, p.position
    from twice t
    join paid p
      on p.provider = t.provider
     and (p.invoice_no = t.invoice_no
          -- A refund under no paid invoice's number takes back the payment of its sum on its contract.
          or p.amount_fen < 0 and p.contract_no = any(t.contracts) and -p.amount_fen = any(t.amounts)
             and not exists (
                 select from paid other
                 where other.provider = p.provider and other.invoice_no = p.invoice_no and other.amount_fen > 0))
),
running as (
    select *, sum(amount_fen) over until_day as net_fen, max(amount_fen) over until_day as once_fen
    from moved
    window until_day as (partition by provider, invoice_no order by paid_on)
),
invoice as (
    select provider, contracts, sum(amount_fen) - max(amount_fen) as twice_fen,
           held_since(paid_on, net_fen > once_fen order by paid_on) as found_on, array_agg(position) as evidence
    from running
    group by provider, invoice_no, contracts
    having sum(amount_fen) > max(amount_fen)
)
select i.provider                              as subject,
       (select array_agg(distinct 'contract:' || c.contract_no) from unnest(all_refs(i.contracts)) c (contract_no)) as refs,
       sum(i.twice_fen)::bigint                as amount_fen,
       min(i.found_on)                         as found_on,
       positions(i.evidence)                   as evidence
from invoice i
group by i.provider
