-- Running balances by day: an account's balance at a past day is one row, however long its history.

create table projection.balance (
    fund        text   not null,
    account     text   not null,
    day         date   not null,
    balance_fen bigint not null,
    primary key (fund, account, day)
);

create function projection.advance_balance(after bigint, upto bigint) returns void language plpgsql as $$
begin
    create temp table if not exists day_change (fund text, account text, day date, change_fen bigint) on commit delete rows;
    truncate day_change;
    insert into day_change
        select fund, account, effective_on, sum(amount_fen) from projection.posting
        where known_from > after and known_from <= upto group by 1, 2, 3;
    -- A new day begins with the balance of the day before it.
    insert into projection.balance (fund, account, day, balance_fen)
        select c.fund, c.account, c.day, coalesce(before.balance_fen, 0)
        from day_change c
        left join lateral (
            select b.balance_fen from projection.balance b
            where b.fund = c.fund and b.account = c.account and b.day < c.day
            order by b.day desc limit 1) before on true
        on conflict do nothing;
    -- Every day from a change on moves by it.
    update projection.balance b set balance_fen = b.balance_fen + moved.change_fen
    from (
        select later.fund, later.account, later.day, sum(c.change_fen) as change_fen
        from day_change c
        join projection.balance later
          on later.fund = c.fund and later.account = c.account and later.day >= c.day
        group by 1, 2, 3
    ) moved
    where b.fund = moved.fund and b.account = moved.account and b.day = moved.day;
end $$;

-- One account's balance at the end of a day, by all that is known.
create function known.balance_on(its_fund text, its_account text, on_day date) returns bigint language sql stable
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
