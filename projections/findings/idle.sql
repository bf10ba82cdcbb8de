-- 资金有可用余额,但期限内没有任何支出。 / A fund that had money available and was not drawn on for so many days.
-- rule: idle
-- name: 资金闲置
-- title: Idle money
-- kind: 资金闲置
-- severity: notice
-- subject: fund
-- clock: yes
-- overpaid: no
-- basis: A
-- law: 社会救助暂行办法 第五条
-- text: 社会救助暂行办法(2019-03-02)
-- quotation: 完善社会救助资金、物资保障机制，将政府安排的社会救助资金和社会救助工作经费纳入财政预算。
-- parameters: idle_days
-- question: 资金为何未使用,计划何时使用? / Why is the money not used, and when is it planned to be?
-- clears: 资金使用或拨付,或全部退回上级 / the money is spent or passed on, or all of it is sent back
-- example: 3月9日到账25,000元,至6月7日没有一笔支出:自6月7日起闲置25,000元。 / 25,000 yuan arrives on 9 March and nothing is drawn by 7 June: 25,000 lies idle from 7 June on.
with held as (
    select fund, held_since(day, balance_fen > 0 order by day) as since
    from available_by_day
    group by fund
),
quiet as (
    -- Money that came early cannot be spent before its year begins. What is sent back to the giver is not use.
    select h.fund, use.position,
           greatest(h.since, use.effective_on, make_date(split_part(h.fund, '|', 4)::int, 1, 1)) as since
    from held h
    left join lateral (
        select m.effective_on, m.position from movement m
        where m.fund = h.fund and m.from_account = 'available'
          and m.into_account in ('in_transit', 'settled', 'services', 'other', 'passed_down')
        order by m.effective_on desc, m.position desc
        limit 1) use on true
    where h.since is not null
)
select q.fund                                  as subject,
       array['fund:' || q.fund]                as refs,
       least_held.balance_fen                  as amount_fen,
       q.since + idle.days                     as found_on,
       array_cat((select array_agg(m.position) from movement m where m.fund = q.fund and m.from_account = 'received'),
                 array_remove(array[q.position], null)) as evidence
from quiet q
join lateral (
    select (p.value #>> '{}')::int as days from parameter p
    where p.name = 'idle_days' and q.since between p.in_force_from and p.in_force_until) idle on true
-- What came in later has not lain as long: idle is the least that was there all the days.
cross join lateral (
    select min(b.balance_fen) as balance_fen from available_by_day b
    where b.fund = q.fund
      and b.day >= (select max(d.day) from available_by_day d where d.fund = q.fund and d.day <= as_of() - idle.days)) least_held
where as_of() >= q.since + idle.days
