-- 死亡后仍在发放:特困在死亡次月之后的月份;低保在死亡三个月之后仍按全额发放。 / Payment that went on after a death: 特困 for a month after the month after it; 低保 at the full sum more than three months after.
-- rule: paid_after_death
-- name: 死亡后继续发放
-- title: Paid after death
-- kind: 违规发放
-- severity: critical
-- subject: household
-- clock: no
-- overpaid: yes
-- basis: L
-- law: 特困人员认定办法 第二十四条;进一步做好最低生活保障等社会救助兜底保障工作的通知(2022)
-- text: 进一步做好最低生活保障等社会救助兜底保障工作的通知-2022
-- quotation: 低保家庭成员死亡后，应当自其死亡之日起3个月内对其家庭状况进行核查，并办理完成低保金增发、减发、停发等相关手续。
-- parameters: death_stop
-- question: 谁领取了这些款项? / Who received this money?
-- clears: 缴回多发款项,或证明死亡信息有误 / the money is repaid, or the report of the death proves wrong
-- example: 特困人员3月15日死亡,4月可发;5月、6月仍各入账500元:多发1,000元,自5月9日入账起。 / A person on 特困 dies on 15 March: April may be paid; 500 yuan each for May and June are 1,000 too much, found when May is settled on 9 May.
with death as (
    select m.household, min(d.died_on) as died_on, min(d.position) as position
    from death_reported d
    join member m using (person)
    group by m.household
),
family as (
    select p.name, p.in_force_from, p.in_force_until, f.key as family, (f.value #>> '{}')::int as months
    from parameter p, jsonb_each(p.value) f
    where p.name = 'death_stop'
),
late as (
    select d.household, d.position as death_position, d.died_on, m.programme, m.for_month, m.settled_fen, m.settled_on, m.evidence
    from death d
    cross join lateral (select * from paid_month p where p.household = d.household offset 0) m
    join family f
      on m.programme like '%' || f.family || '%'
     and greatest(d.died_on, f.in_force_from) = d.died_on
     and d.died_on <= f.in_force_until
    where m.for_month > month_shift(month_of(d.died_on), f.months)
      -- A family 低保 goes on, at a smaller sum, for those who are left: only the full sum of before is a question.
      and (f.family <> '低保' or m.settled_fen >= coalesce((
            select g.monthly_amount_fen from governing(d.household, m.programme, month_of(d.died_on)) g), 0))
),
total as (
    select household, sum(settled_fen)::bigint as settled_fen, min(settled_on) as found_on,
           array_append(positions(evidence), min(death_position)) as evidence
    from late
    group by household
),
repaid as (
    select household, sum(amount_fen)::bigint as amount_fen from recovery_received group by household
)
select t.household                                    as subject,
       array['household:' || t.household]             as refs,
       t.settled_fen - coalesce(r.amount_fen, 0)      as amount_fen,
       t.found_on                                     as found_on,
       t.evidence                                     as evidence
from total t
left join repaid r using (household)
where t.settled_fen > coalesce(r.amount_fen, 0)
