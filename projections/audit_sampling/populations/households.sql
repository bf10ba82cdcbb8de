-- 救助对象: each household by what was settled for it in the period; with a programme or a fund, those that it paid.
select h.household as item, coalesce(sum(l.settled_fen), 0)::bigint as amount_fen, min(h.region) as region,
       %(programme)s::text as programme, %(fund)s::text as fund, null::text as kind, null::date as day
from (select household, min(region) as region from household_registered group by household) h
left join settled_line l
  on l.household = h.household
 and (%(from_day)s::date is null or l.settled_on >= %(from_day)s::date)
 and (%(until_day)s::date is null or l.settled_on <= %(until_day)s::date)
 and (%(programme)s::text is null or l.programme = %(programme)s::text)
 and (%(fund)s::text is null or l.fund = %(fund)s::text)
group by h.household
having count(l.position) > 0 or (%(programme)s::text is null and %(fund)s::text is null);

-- Its registration, and the instruction and the bank's answer of every line that counts.
select p.item, e.position
from unnest(%(items)s::text[]) p (item)
join household_registered e on e.household = p.item
union all
select p.item, unnest(array[l.instructed_position, l.position])
from unnest(%(items)s::text[]) p (item)
join settled_line l on l.household = p.item
where (%(from_day)s::date is null or l.settled_on >= %(from_day)s::date)
  and (%(until_day)s::date is null or l.settled_on <= %(until_day)s::date)
  and (%(programme)s::text is null or l.programme = %(programme)s::text)
  and (%(fund)s::text is null or l.fund = %(fund)s::text)
