-- 同一家庭、同一项目、同一月份有一笔以上正常发放入账。 / More than one settled regular line for a household, programme and month.
-- rule: duplicate_payment
-- name: 重复发放
-- title: Paid twice
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
-- question: 为何同一月份发放两次? / Why was the same month paid twice?
-- clears: 重复款项冲正 / the second payment is reversed by the bank
-- example: H000123一月城市低保500元,1月9日和1月20日各入账一笔正常发放:重复500元。 / For January 城市低保 of 500 yuan is settled for H000123 on 9 and on 20 January, both 正常: 500 is paid twice.
select m.household                             as subject,
       array['household:' || m.household]      as refs,
       (sum(m.settled_fen) - sum(m.settled_fen / m.regular_lines))::bigint as amount_fen,
       min(m.settled_on)                       as found_on,
       positions(m.evidence)                   as evidence
from paid_month m
where m.regular_lines > 1
group by m.household
