-- 家庭成员是经办人员或村(居)委会成员的近亲属,批准之日前没有备案。 / A member is near kin of staff, and the kinship was not on file on the day of the approval.
-- rule: kin_undeclared
-- name: 关系保未备案
-- title: Kin of staff, not on file
-- kind: 内控
-- severity: warning
-- subject: household
-- clock: no
-- overpaid: no
-- basis: L
-- law: 最低生活保障审核确认办法(民发〔2021〕57号) 第十一条
-- text: 最低生活保障审核确认办法-民发2021-57号
-- quotation: 共同生活家庭成员与最低生活保障经办人员或者村（居）民委员会成员有近亲属关系的，乡镇人民政府（街道办事处）应当*单独登记备案*。
-- parameters: near_kin_filing
-- question: 为何没有在决定前备案,审批是否回避? / Why was it not filed before the decision, and did the officer stand aside?
-- clears: 补录决定之前已有的备案 / the filing that there was before the decision is recorded
-- example: 户主是低保专干 G003 的兄弟,2024-12-18 批准,没有备案 / the head is a brother of officer G003; approved on 2024-12-18 with nothing on file
with kinship as (
    select kin, staff_no, min(declared_on) as declared_on, min(position) as position
    from kinship_declared
    group by kin, staff_no
),
undeclared as (
    select m.household, k.staff_no, k.position, a.position as decision_position,
           greatest(a.decided_on, m.since) as due_on, k.declared_on is null as is_missing
    from kinship k
    join member m on m.person = k.kin
    join entitlement a on a.household = m.household and a.is_approval
    where (k.declared_on is null or k.declared_on > greatest(a.decided_on, m.since))
      and exists (
          select from parameter p
          where p.name = 'near_kin_filing' and p.value #>> '{}' = 'filed_on_or_before_decision'
            and greatest(a.decided_on, m.since) between p.in_force_from and p.in_force_until)
)
select u.household                             as subject,
       array_cat(array['household:' || u.household], array_agg(distinct 'official:' || u.staff_no)) as refs,
       0::bigint                               as amount_fen,
       min(u.due_on)                           as found_on,
       array_cat(array_agg(distinct u.position), array_agg(distinct u.decision_position)) as evidence,
       -- Filed late is not the same as never filed.
       case when not bool_or(u.is_missing) then 'notice' end as severity
from undeclared u
group by u.household
