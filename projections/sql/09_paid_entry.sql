-- What a month's payments are the sum of: what the bank paid on each line, and what came back of it as an event of its own.

create view known.paid_entry as
select 'paid' as figure, household, programme, for_month, position,
       greatest(position, instructed_position) as known_from,
       greatest(settled_on, paid_on) as effective_on, bank_fen as amount_fen
from known.settled_line
where settled_fen >= 0
union all
select 'paid', l.household, l.programme, l.for_month, r.position,
       greatest(r.position, l.position, l.instructed_position),
       greatest(r.reversed_on, l.settled_on, l.paid_on), -r.amount_fen
from known.settled_line l
join known.payment_reversed r using (batch_no, line_no)
where l.settled_fen >= 0;
