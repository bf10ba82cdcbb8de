-- Running balances by day: an account's balance at a past day is one row, however long its history.

create table projection.balance (
    fund        text   not null,
    account     text   not null,
    day         date   not null,
    balance_fen bigint not null,
    primary key (fund, account, day)
);

-- Every day from a change on moves by it; a new day begins with the balance of the day before it. Both halves see the
-- balances as they were before, so each adds up all changes until its day.
create function projection.advance_balance(after bigint, upto bigint) returns void
    language plpgsql set enable_seqscan = off as $$
begin
    with moved as (
        select fund, into_account, from_account, effective_on as day, sum(amount_fen) as amount_fen
        from projection.movement
        where known_from > after and known_from <= upto
        group by 1, 2, 3, 4
    ),
    change as materialized (
        select m.fund, leg.account, m.day, sum(leg.amount_fen) as change_fen
        from moved m,
             lateral (values (m.into_account, m.amount_fen), (m.from_account, -m.amount_fen)) as leg (account, amount_fen)
        group by 1, 2, 3
    ),
    until as (
        select *, sum(change_fen) over (partition by fund, account order by day) as total_fen from change
    ),
    new_day as (
        insert into projection.balance (fund, account, day, balance_fen)
        select u.fund, u.account, u.day, coalesce(before.balance_fen, 0) + u.total_fen
        from until u
        left join lateral (
            select b.day, b.balance_fen from projection.balance b
            where b.fund = u.fund and b.account = u.account and b.day <= u.day
            order by b.day desc limit 1) before on true
        where before.day is distinct from u.day
    )
    update projection.balance b set balance_fen = b.balance_fen + later.change_fen
    from (
        select b.fund, b.account, b.day, sum(c.change_fen) as change_fen
        from change c
        join projection.balance b on b.fund = c.fund and b.account = c.account and b.day >= c.day
        group by 1, 2, 3
    ) later
    where b.fund = later.fund and b.account = later.account and b.day = later.day;
end $$;

-- One account's balance at the end of a day, by all that is known.
create function known.balance_on(its_fund text, its_account text, on_day date) returns bigint language sql stable parallel safe
    return coalesce((
        select b.balance_fen from projection.balance b
        where b.fund = its_fund and b.account = its_account and b.day <= on_day
        order by b.day desc limit 1), 0);

-- Every account's balance by the two clocks: from the running balances, or from the legs where knowledge is limited.
create view known.balance as
select last.fund, last.account, last.balance_fen
from (select distinct fund, account from projection.balance) a
cross join lateral (
    select b.* from projection.balance b
    where b.fund = a.fund and b.account = a.account and b.day <= (select known.as_of())
    order by b.day desc limit 1) last
where (select known.known_at()) = 9223372036854775807
union all
select fund, account, sum(amount_fen)
from known.posting
where (select known.known_at()) < 9223372036854775807
group by fund, account;
