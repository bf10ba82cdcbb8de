-- 工作日: Monday to Friday, less public holidays and with make-up days where the year's are on file as parameters.

create view known.day_off as
select member::date as day, in_force_from, in_force_until from known.parameter_member where name = 'public_holidays';

create view known.make_up_day as
select member::date as day, in_force_from, in_force_until from known.parameter_member where name = 'make_up_working_days';

-- The n-th working day after a day. Four weeks more than the days asked for hold every run of holidays.
create function known.working_day_after(day date, days int) returns date language sql stable parallel safe
    return (
        select working.on_day
        from (
            select day + later.n::int as on_day, row_number() over (order by later.n) as nth
            from generate_series(1, 2 * days + 28) as later (n)
            where case when extract(isodow from day + later.n::int) < 6
                  then day + later.n::int not in (select o.day from known.day_off o)
                  else day + later.n::int in (select m.day from known.make_up_day m) end) working
        where working.nth = days);
