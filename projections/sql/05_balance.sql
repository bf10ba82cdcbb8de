-- Running balances by day: an account's balance at a past day is one row, however long its history.

create table projection.balance (
    fund        text   not null,
    account     text   not null,
    day         date   not null,
    balance_fen bigint not null,
    primary key (fund, account, day)
);

-- What each block of the log changed, by day: position p is in block (p - 1) >> bits of each of three sizes. What was known
-- at a position is then a few dozen blocks and less than one more of single events, however long the log.
create table projection.balance_block (
    fund       text     not null,
    account    text     not null,
    bits       smallint not null,   -- 12, 16 or 20: a block is 4,096, 65,536 or 1,048,576 positions
    block      bigint   not null,
    day        date     not null,
    change_fen bigint   not null,
    primary key (fund, account, bits, block, day)
);

create function projection.advance_balance_block(after bigint, upto bigint) returns void
    language plpgsql set enable_seqscan = off as $$
begin
    with moved as (
        select fund, into_account, from_account, effective_on as day, (known_from - 1) >> 12 as block,
               sum(amount_fen) as amount_fen
        from projection.movement
        where known_from > after and known_from <= upto
        group by 1, 2, 3, 4, 5
    )
    insert into projection.balance_block as b (fund, account, bits, block, day, change_fen)
    select m.fund, leg.account, size.bits, m.block >> (size.bits - 12), m.day, sum(leg.amount_fen)
    from moved m,
         lateral (values (m.into_account, m.amount_fen), (m.from_account, -m.amount_fen)) as leg (account, amount_fen),
         (values (12), (16), (20)) as size (bits)
    group by 1, 2, 3, 4, 5
    on conflict (fund, account, bits, block, day) do update set change_fen = b.change_fen + excluded.change_fen;
end $$;

-- What the running balances are, said at once: a rebuild elsewhere makes them so, and the steps below keep them so.
create view projection.running_balance as
select fund, account, effective_on as day,
       (sum(sum(amount_fen)) over (partition by fund, account order by effective_on))::bigint as balance_fen
from projection.posting
group by fund, account, effective_on;

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

-- The blocks that lie wholly before a position, the largest first; what is left over is fewer than 4,096 positions.
create function known.blocks_until(its_position bigint) returns table (bits smallint, first bigint, beyond bigint)
    language sql immutable parallel safe as $$
    values (20::smallint, 0::bigint, its_position >> 20),
           (16::smallint, (its_position >> 20) << 4, its_position >> 16),
           (12::smallint, (its_position >> 16) << 4, its_position >> 12)
$$;

-- What was known of an account's balance at a position: what the blocks before it changed, and then event by event.
create view known.balance_then as
select fund, account, sum(change_fen)::bigint as balance_fen
from (
    select a.fund, a.account, held.change_fen
    from (select distinct fund, account from projection.balance) a
    cross join lateral (
        select sum(b.change_fen) as change_fen
        from known.blocks_until((select known.known_at())) span
        join projection.balance_block b
          on b.fund = a.fund and b.account = a.account
         and b.bits = span.bits and b.block >= span.first and b.block < span.beyond
         and b.day <= (select known.as_of())) held
    where held.change_fen is not null
    union all
    select p.fund, p.account, p.amount_fen
    from projection.posting p
    where p.known_from > (select (known.known_at() >> 12) << 12) and p.known_from <= (select known.known_at())
      and p.effective_on <= (select known.as_of())
) part
group by fund, account;

-- Every account's balance summed up from the facts, at any two clocks: what the quicker ways must say, and how a replay
-- of the balances alone reads them.
create view known.balance_of_facts as
select known.fund(m.region, m.category, m.level, m.budget_year) as fund, leg.account,
       sum(leg.amount_fen)::bigint as balance_fen
from (
    select region, category, level, budget_year, into_account, from_account, sum(amount_fen) as amount_fen
    from projection.movements(0, 9223372036854775807)
    where known_from <= (select known.known_at()) and day <= (select known.as_of())
    group by 1, 2, 3, 4, 5, 6
) m
cross join lateral (values (m.into_account, m.amount_fen), (m.from_account, -m.amount_fen)) as leg (account, amount_fen)
group by 1, 2;

-- Every account's balance by the two clocks: from the running balances, or from blocks where knowledge is limited.
create view known.balance as
select last.fund, last.account, last.balance_fen
from (select distinct fund, account from projection.balance) a
cross join lateral (
    select b.* from projection.balance b
    where b.fund = a.fund and b.account = a.account and b.day <= (select known.as_of())
    order by b.day desc limit 1) last
where (select known.known_at()) = 9223372036854775807
union all
select fund, account, balance_fen
from known.balance_then
where (select known.known_at()) < 9223372036854775807;
