-- 入账款项的收款人不是该户成员,或银行户名既非该户成员也非登记的户名。 / Money was settled to a payee who is no member of the household, or into an account that the bank holds in another's name.
-- rule: payee_mismatch
-- name: 收款人不符
-- title: Paid to somebody else
-- kind: 违规发放
-- severity: critical
-- subject: household
-- clock: no
-- overpaid: no
-- basis: L
-- law: 最低生活保障审核确认办法(民发〔2021〕57号) 第二十六条
-- text: 最低生活保障审核确认办法-民发2021-57号
-- quotation: 乡镇人民政府（街道办事处）或者村（居）民委员会相关工作人员代为保管用于领取最低生活保障金的银行存折或银行卡的，应当与最低生活保障家庭成员签订书面协议并报县级人民政府民政部门备案。
-- parameters: none
-- question: 收款人是谁,家庭是否收到? / Who is the payee, and did the household get the money?
-- clears: 登记该成员,或将受托人登记为户名,或款项冲正 / the payee is registered as a member, or as the holder of the household's account, or the money comes back
-- example: 3 月的 500 元付给了户外的沈某,该户登记中没有此人 / the 500 yuan of March went to one Shen, whom the household's register does not know
with paid as (
    select household, payee, payee_name, holder_name, sum(settled_fen)::bigint as settled_fen, min(settled_on) as settled_on,
           array_agg(position) as evidence
    from settled_line
    where settled_fen > 0
    group by household, payee, payee_name, holder_name
)
select p.household                             as subject,
       array['household:' || p.household]      as refs,
       sum(p.settled_fen)::bigint              as amount_fen,
       min(p.settled_on)                       as found_on,
       positions(p.evidence)                   as evidence
from paid p
-- Asked of each table by itself, which an index answers for some households and a hash for all.
where (not exists (select from household_registered h where h.household = p.household and h.person = p.payee)
       and not exists (select from member_changed m where m.household = p.household and m.person = p.payee)
       -- The holder that the household registered for its account, where it is not one of themselves.
       and not exists (
           select from household_registered h
           where h.household = p.household and h.holder_name = p.payee_name and h.name <> p.payee_name
             and not exists (select from member_changed m where m.household = h.household and m.name = h.holder_name)))
   or (p.holder_name is not null
       and not exists (
           select from household_registered h where h.household = p.household and h.name = p.holder_name)
       and not exists (
           select from household_registered h where h.household = p.household and h.holder_name = p.holder_name)
       and not exists (select from member_changed m where m.household = p.household and m.name = p.holder_name))
group by p.household
