-- 同一家庭、同一项目、同一月份有一笔以上正常发放入账。 / More than one settled regular line for a household, programme and month.
-- rule: duplicate_payment
-- name: 重复发放
-- kind: 违规发放
-- severity: warning
-- law: 财政违法行为处罚处分条例 第六条(四)
-- question: 为何同一月份发放两次? / Why was the same month paid twice?
-- clears: 重复款项冲正 / the second payment is reversed by the bank
select m.household                             as subject,
       array['household:' || m.household]      as refs,
       (sum(m.settled_fen) - sum(m.settled_fen / m.regular_lines))::bigint as amount_fen,
       min(m.settled_on)                       as found_on,
       positions(m.evidence)                   as evidence
from paid_month m
where m.regular_lines > 1
group by m.household
