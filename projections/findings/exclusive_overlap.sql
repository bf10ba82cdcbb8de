-- 同一人同一月份在两个互斥项目下都有入账,不论在哪一户。 / One person was settled under two programmes that exclude each other for one month, in whatever households.
-- rule: exclusive_overlap
-- name: 互斥待遇重叠
-- title: Two benefits that exclude each other
-- kind: 违规发放
-- severity: warning
-- subject: person
-- clock: no
-- overpaid: no
-- basis: L
-- law: 特困人员认定办法 第九条;刚性支出困难家庭认定办法 第四条
-- text: 特困人员认定办法
-- quotation: 选择申请纳入孤儿、事实无人抚养儿童基本生活保障范围的，不再认定为特困人员。
-- parameters: exclusive_benefits
-- question: 此人应享受哪一项,另一项从何时起应停? / Which of the two is this person's, and from when should the other have stopped?
-- clears: 其中一项的款项缴回或冲正,或更正家庭成员、保障人数 / what was paid under one of them comes back, or the household's members or number of persons is put right
-- example: 蒋某单人户每月领城市特困 1073 元,又是另一城市低保户的成员 / one Jiang draws 1,073 yuan a month as 特困 in a household of one, and is a member of a 低保 household as well
with pair as (
    -- The limit tells the planner that they are few.
    select p.in_force_from, p.in_force_until, one.key as one, other.value as other
    from parameter p, jsonb_each(p.value) one, jsonb_array_elements_text(one.value) other
    where p.name = 'exclusive_benefits'
    limit 40
),
candidate as (
    -- Whoever is in a household under the one, and what else the person is in. Of two programmes in one household,
    -- its head stands for all.
    select distinct m.person, m.household, m.since, x.programme, n.household as other_household, n.since as other_since,
           y.programme as other_programme, pair.in_force_from, pair.in_force_until
    from member m
    join entitlement x on x.household = m.household
    join pair on x.programme like '%' || pair.one || '%'
    cross join lateral (
        select household, since from member
        where person = m.person and (household <> m.household or (is_head and m.is_head))
          and pair.one is not null and x.programme is not null
        offset 0) n
    cross join lateral (
        select programme from entitlement
        where household = n.household and programme <> x.programme and programme like '%' || pair.other || '%'
          -- 低保边缘 has 低保 in its name and is another benefit.
          and (pair.other like '%边缘%' or programme not like '%边缘%')
        offset 0) y
),
overlap as (
    select c.person, c.household, c.other_household, a.for_month,
           least(a.settled_fen, b.settled_fen) as overlap_fen, greatest(a.settled_on, b.settled_on) as settled_on,
           array_cat(a.evidence, b.evidence) as evidence
    from candidate c
    cross join lateral (
        -- Naming every part of the candidate, so that nothing is summed up for those that are none.
        select * from paid_month p
        where p.household = c.household and p.programme = c.programme
          and (c.household, c.programme) <> (c.other_household, c.other_programme)
          and month_end(p.for_month) between c.in_force_from and c.in_force_until
        offset 0) a
    cross join lateral (
        select * from paid_month p
        where p.household = c.other_household and p.programme = c.other_programme and p.for_month = a.for_month
        offset 0) b
    cross join lateral (select members_in(c.household, a.for_month) as one, members_in(c.other_household, a.for_month) as other) n
    where a.settled_fen > 0 and b.settled_fen > 0
      and month_of(c.since) <= a.for_month and month_of(c.other_since) <= a.for_month
      -- A household assisted for fewer than its members may leave out the one who is assisted elsewhere.
      and case when c.household = c.other_household
               then coalesce(a.persons, n.one) + coalesce(b.persons, n.other) > n.one
               else coalesce(a.persons, n.one) >= n.one and coalesce(b.persons, n.other) >= n.other end
),
total as (
    select person, array_cat(array_agg(distinct household), array_agg(distinct other_household)) as households,
           sum(overlap_fen)::bigint as overlap_fen, min(settled_on) as found_on, positions(evidence) as evidence
    from overlap
    group by person
)
select t.person                                as subject,
       (select array_agg(distinct 'household:' || h.household) from unnest(t.households) h (household)) as refs,
       t.overlap_fen - repaid.amount_fen       as amount_fen,
       t.found_on                              as found_on,
       t.evidence                              as evidence
from total t
cross join lateral (
    select coalesce(sum(r.amount_fen), 0)::bigint as amount_fen
    from recovery_received r where r.household = any(t.households)) repaid
where t.overlap_fen > repaid.amount_fen
