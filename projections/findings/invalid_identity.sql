-- 家庭成员或收款人的身份证号校验位、出生日期不可能成立,且登记尚未更正。 / The check digit or birth date in a member's or payee's ID number is impossible, and the register was not put right.
-- rule: invalid_identity
-- name: 身份信息无效
-- title: Impossible identity
-- kind: 内控
-- severity: warning
-- subject: household
-- clock: no
-- overpaid: no
-- basis: A
-- law: 审计做法:核对救助对象身份证号的校验位和出生日期
-- text: none
-- quotation: none
-- parameters: none
-- question: 此人身份证号是否抄错,是否确有其人? / Was the number miscopied, and is there such a person?
-- clears: 以正确的身份证号重新登记同名成员 / the member of that name is registered again with the right number
-- example: 户主身份证号末位应为 3 而登记为 8 / the head's number ends in 8 where its check digit is 3
with seen as (
    select household, name, since as seen_on, position from member where not identity_valid
    union all
    select household, payee_name, paid_on, position from payment_instructed where not identity_valid
)
select s.household                             as subject,
       array['household:' || s.household]      as refs,
       0::bigint                               as amount_fen,
       min(s.seen_on)                          as found_on,
       array_agg(s.position order by s.position) as evidence
from seen s
where not exists (
    select from household_registered h
    where h.household = s.household and h.name = s.name and h.identity_valid and h.registered_on >= s.seen_on)
  and not exists (
    select from member_changed m
    where m.household = s.household and m.name = s.name and m.identity_valid and m.changed_on >= s.seen_on)
group by s.household
