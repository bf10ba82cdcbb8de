-- 银行入账的金额或账户与指令不符,或银行支付了没有指令的行。 / The bank's amount or account differs from the instruction, or the bank paid a line that was never instructed.
-- rule: bank_mismatch
-- name: 账银不符
-- title: Bank differs from instruction
-- kind: 对账差异
-- severity: warning
-- subject: household, batch
-- clock: no
-- overpaid: no
-- basis: L
-- law: 兰州新区改革完善社会救助制度的工作举措(二十五)
-- text: seed-002
-- quotation: 加强社会救助资金监管,强化审计监督,对挤占、挪用、截留和滞留资金等问题,及时纠正并依法依规追究相关单位和个人的责任。
-- parameters: none
-- question: 银行为何未按指令支付? / Why did the bank not pay as instructed?
-- clears: 银行更正(冲正后按指令重付) / the bank reverses it and pays as instructed
-- example: 1月8日指令向H000123发放500元,银行1月9日回盘480元:相差20元。 / On 8 January 500 yuan is instructed for H000123; the bank says on 9 January that it paid 480: 20 yuan differ.
with wrong as (
    select household, greatest(abs(bank_fen - instructed_fen), case when account <> instructed_account then bank_fen else 0 end) as amount_fen,
           settled_on, array[instructed_position, position] as evidence
    from settled_line
    where settled_fen > 0
      and (bank_fen <> instructed_fen or account <> instructed_account)
),
unasked as (
    select o.batch_no, o.amount_fen, o.settled_on, array[o.position] as evidence
    from payment_observed o
    where o.succeeded
      and not exists (
          select from payment_instructed i
          where i.batch_no = o.batch_no and i.line_no = o.line_no
            -- A line that had its result already was not instructed a second time.
            and not exists (
                select from payment_settled s where s.batch_no = i.batch_no and s.line_no = i.line_no and s.position < o.position)
            and not exists (
                select from payment_returned r where r.batch_no = i.batch_no and r.line_no = i.line_no and r.position < o.position))
),
found as (
    select household as subject, 'household:' || household as ref, * from (
        select household, amount_fen, settled_on, evidence from wrong) w
    union all
    select batch_no, 'batch:' || batch_no, * from (
        select batch_no, amount_fen, settled_on, evidence from unasked) u
)
select f.subject                               as subject,
       array[f.ref]                            as refs,
       sum(f.amount_fen)::bigint               as amount_fen,
       min(f.settled_on)                       as found_on,
       positions(f.evidence) as evidence
from found f
group by f.subject, f.ref
