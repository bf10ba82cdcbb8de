-- 同一账户为两户及以上家庭入账。 / One account that was paid for two or more households.
-- rule: shared_account
-- name: 一账号多人
-- kind: 违规发放
-- severity: warning
-- law: 最低生活保障审核确认办法(民发〔2021〕57号)第二十五条、第二十六条
-- question: 账户由谁掌握,各户是否知情? / Who holds the account, and do the households know?
-- clears: 更换为各户本人账户并补登代管备案 / each household is paid to an account of its own, or custody is filed
with account as (
    select account, count(distinct household) as households, array_agg(distinct 'household:' || household) as refs,
           sum(settled_fen)::bigint as amount_fen, array_agg(position order by position) as evidence
    from settled_line
    where settled_fen > 0
    group by account
    having count(distinct household) > 1
),
second as (
    -- The day on which the account was first seen with a second household.
    select a.account, min(first_on) filter (where nth >= 2) as found_on
    from (
        select l.account, l.household, min(l.settled_on) as first_on,
               row_number() over (partition by l.account order by min(l.settled_on), l.household) as nth
        from settled_line l
        join account using (account)
        where l.settled_fen > 0
        group by l.account, l.household
    ) a
    group by a.account
)
select a.account                               as subject,
       a.refs                                  as refs,
       a.amount_fen                            as amount_fen,
       s.found_on                              as found_on,
       a.evidence                              as evidence,
       case when a.households >= critical.households then 'critical' end as severity
from account a
join second s using (account)
join lateral (
    select (p.value #>> '{}')::int as households from parameter p
    where p.name = 'shared_account_households' and s.found_on between p.in_force_from and p.in_force_until) least_many on true
join lateral (
    select (p.value #>> '{}')::int as households from parameter p
    where p.name = 'shared_account_critical' and s.found_on between p.in_force_from and p.in_force_until) critical on true
where a.households >= least_many.households
