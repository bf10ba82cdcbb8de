-- Something was settled for a month in which no decision was in force.
-- rule: paid_without_decision
-- name: 无审批发放、应退未退
-- kind: 违规发放
-- severity: critical
-- law: 最低生活保障审核确认办法(民发〔2021〕57号)第二十八条;特困人员认定办法 第二十六条
-- question: 依据哪份决定发放? / Under which decision was this paid?
-- clears: 补录当时有效的决定,或款项冲正 / the decision that was in force is recorded, or the payment is reversed
select m.household                             as subject,
       array['household:' || m.household]      as refs,
       sum(m.all_settled_fen)::bigint          as amount_fen,
       min(m.settled_on)                       as found_on,
       positions(m.evidence) as evidence
from paid_month m
where m.decided_fen is null
group by m.household
