-- 同一账户为两户及以上家庭入账。 / One account that was paid for two or more households.
-- rule: shared_account
-- name: 一账号多人
-- title: One account, several households
-- kind: 违规发放
-- severity: warning
-- subject: account
-- clock: no
-- overpaid: no
-- basis: A
-- law: 最低生活保障审核确认办法(民发〔2021〕57号)第二十五条、第二十六条
-- text: 最低生活保障审核确认办法-民发2021-57号
-- quotation: 乡镇人民政府（街道办事处）或者村（居）民委员会相关工作人员代为保管用于领取最低生活保障金的银行存折或银行卡的，应当与最低生活保障家庭成员签订书面协议并报县级人民政府民政部门备案。
-- parameters: shared_account_households, shared_account_critical
-- question: 账户由谁掌握,各户是否知情? / Who holds the account, and do the households know?
-- clears: 更换为各户本人账户并补登代管备案 / each household is paid to an account of its own, or custody is filed
-- example: 1月9日H000123入账500元,1月11日H000456的500元入账同一账户:两户共用,自1月11日起。 / 500 yuan for H000123 on 9 January and 500 for H000456 on 11 January reach one account: shared from 11 January on.
with candidate as (
    select account from account_use group by account having count(*) > 1
),
home as (
    select u.account, u.household, min(l.settled_on) as first_on, sum(l.settled_fen) as settled_fen,
           array_agg(l.position order by l.position) as evidence
    from candidate
    join account_use u using (account)
    cross join lateral (
        select * from settled_line s
        where s.household = u.household and s.account = u.account and s.settled_fen > 0
        offset 0) l
    group by u.account, u.household
),
shared as (
    select account, count(*) as households, array_agg('household:' || household order by household) as refs,
           sum(settled_fen)::bigint as amount_fen,
           -- The day on which the account was first seen with a second household.
           (array_agg(first_on order by first_on))[2] as found_on, positions(evidence) as evidence
    from home
    group by account
    having count(*) > 1
)
select s.account                               as subject,
       s.refs                                  as refs,
       s.amount_fen                            as amount_fen,
       s.found_on                              as found_on,
       s.evidence                              as evidence,
       case when s.households >= critical.households then 'critical' end as severity
from shared s
join lateral (
    select (p.value #>> '{}')::int as households from parameter p
    where p.name = 'shared_account_households' and s.found_on between p.in_force_from and p.in_force_until) least_many on true
join lateral (
    select (p.value #>> '{}')::int as households from parameter p
    where p.name = 'shared_account_critical' and s.found_on between p.in_force_from and p.in_force_until) critical on true
where s.households >= least_many.households
