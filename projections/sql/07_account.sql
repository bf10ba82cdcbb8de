-- Which accounts were ever paid for which households: whom a rule on accounts must look at, of all the lines there are.

create table projection.account_use (
    account   text not null,
    household text not null,
    primary key (account, household)
);

-- A line that the bank paid before it was instructed belongs to a household only from then on.
create function projection.advance_account_use(after bigint, upto bigint) returns void
    language plpgsql set enable_seqscan = off as $$
begin
    insert into projection.account_use (account, household)
    select distinct account, household
    from (
        select coalesce(s.account, i.account) as account, i.household
        from fact.payment_settled s join fact.payment_instructed i using (batch_no, line_no)
        where s.position > after and s.position <= upto
        union all
        select coalesce(o.account, i.account), i.household
        from fact.payment_observed o join fact.payment_instructed i using (batch_no, line_no)
        where o.position > after and o.position <= upto
        union all
        select coalesce(o.account, i.account), i.household
        from fact.payment_instructed i join fact.payment_observed o using (batch_no, line_no)
        where i.position > after and i.position <= upto
    ) used
    on conflict do nothing;
end $$;

-- Without the clocks: those who read it look the lines up, which have them.
create view known.account_use as select account, household from projection.account_use;
