-- 一个月入账超过一万元的家庭。 / A household that was settled more than ten thousand yuan for a month.
-- rule: {rule}
-- name: 待命名
-- title: To be named
-- kind: 违规发放
-- severity: notice
-- subject: household
-- clock: no
-- overpaid: no
-- basis: D
-- law: 本地核查需要
-- text: none
-- quotation: none
-- parameters: none
-- question: 这笔款项为何这样大? / Why is this payment so large?
-- clears: 款项冲正 / the payment is reversed
-- example: 某户1月入账12,000元 / a household is settled 12,000 yuan for January

-- 以上每行都要有 / Every line above must be there:
--   第 1 行:发现什么,一句话 / what it finds, in one sentence
--   severity: critical | warning | notice
--   subject: household person account batch document fund contract expense region_year recovery provider official
--            paper case,至多两种 / two at most
--   clock: yes 仅凭时间推移就会产生或解除 / yes where days passing can raise or clear it
--   overpaid: yes 金额是多付给家庭的款项 / yes where the amount was overpaid to a household
--   basis: L 规定 law | A 审计做法 audit practice | D 自定 our default
--   text, quotation: 条文短号与原文,没有写 none / the text's short id and its exact words, or none
--   parameters: 用到的政策参数,逗号分隔 / policy parameters that it joins, or none
--
-- 结果列 / Columns, one row a subject (每个对象一行):
--   subject text · refs text[] ("household:" || household) · amount_fen bigint (分) · found_on date (何日可知)
--   evidence bigint[] (事件位置 positions) · severity text (可选 optional)
--
-- 可以读取的视图 / Views that it may read (都已按两个时点限定 / limited by the two clocks already):
{made}
{facts}
-- as_of() 是所问的营业日,不要用 current_date / as_of() is the day asked about; do not use current_date
-- 把对象列原样分组,便于只查部分对象 / group by the subject column itself, so that a few subjects are asked cheaply

select m.household                             as subject,
       array['household:' || m.household]      as refs,
       sum(m.settled_fen)::bigint              as amount_fen,
       min(m.settled_on)                       as found_on,
       positions(m.evidence)                   as evidence
from paid_month m
where m.settled_fen > 1000000
group by m.household
