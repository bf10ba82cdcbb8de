-- 某月入账金额超过决定金额(扣除已缴回),且不是重复发放。 / What was settled for a month exceeds what was decided for it, net of repayments, and it is not the same month paid twice.
-- rule: over_standard
-- name: 超标准发放
-- title: Paid more than decided
-- kind: 违规发放
-- severity: warning
-- subject: household
-- clock: no
-- overpaid: yes
-- basis: A
-- law: 财政违法行为处罚处分条例 第六条(四)
-- text: 财政违法行为处罚处分条例(2011-01-08)
-- quotation: (四)违反规定扩大开支范围，提高开支标准；
-- parameters: none
-- question: 多发的金额有何依据? / On what authority was more paid than decided?
-- clears: 缴回多发金额,或补作调整决定 / what was overpaid is repaid, or an adjustment is decided
-- example: 决定每月500元,1月9日入账560元,未缴回:超标准60元。 / 500 yuan a month is decided, 560 is settled on 9 January and nothing is paid back: 60 over.
with over as (
    select household, programme, for_month, settled_fen - decided_fen as over_fen, settled_on, evidence
    from paid_month
    where decided_fen is not null and regular_lines <= 1 and settled_fen > decided_fen
),
repaid as (
    select household, sum(amount_fen)::bigint as amount_fen from recovery_received group by household
),
total as (
    select household, sum(over_fen)::bigint as over_fen, min(settled_on) as found_on, positions(evidence) as evidence
    from over
    group by household
)
select t.household                                    as subject,
       array['household:' || t.household]             as refs,
       t.over_fen - coalesce(r.amount_fen, 0)         as amount_fen,
       t.found_on                                     as found_on,
       t.evidence                                     as evidence
from total t
left join repaid r using (household)
where t.over_fen > coalesce(r.amount_fen, 0)
