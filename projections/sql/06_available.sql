-- What a fund had available at the end of each day on which that changed, and when it was last drawn on.

create view known.available_by_day as
select b.fund, b.day, b.balance_fen
from projection.balance b
where b.account = 'available' and b.day <= (select known.as_of())
  and (select known.known_at()) = 9223372036854775807
union all
select fund, effective_on, sum(sum(amount_fen)) over (partition by fund order by effective_on)::bigint
from known.posting
where account = 'available' and (select known.known_at()) < 9223372036854775807
group by fund, effective_on;

create view known.movement as
select * from projection.movement
where known_from <= (select known.known_at()) and effective_on <= (select known.as_of());
