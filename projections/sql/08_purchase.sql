-- Purchased services: each contract as it was last written, and every payment on it, a refund below zero.

-- Sums add up over rows of one number, as the cap counts them; in all else the row that was recorded last is right.
create view known.contract as
select contract_no,
       sum(amount_fen)::bigint                                                         as amount_fen,
       (array_agg(signed_on order by position desc))[1]                                as signed_on,
       (array_agg(coalesce(provider_code, provider) order by position desc))[1]        as provider,
       (array_agg(service_class order by position desc))[1]                            as service_class,
       (array_agg(procurement_method order by position desc))[1]                       as procurement_method,
       array_agg(position order by position)                                           as evidence
from known.contract_committed
group by contract_no;

create view known.contract_payment as
select contract_no, invoice_no, paid_on, amount_fen, position from known.service_paid
union all
select contract_no, invoice_no, paid_on, -amount_fen, position from known.service_refunded;

-- What an accepted visit is worth, in thousandths of a fen and in whole fen; a number that was recorded again counts as last written.
create view known.visit_value as
select distinct on (contract_no, visit_no)
       contract_no, visit_no, served_on, position,
       quantity_milli::numeric * unit_price_fen                  as exact_milli_fen,
       div(quantity_milli::numeric * unit_price_fen + 500, 1000) as rounded_fen
from known.visit_logged
order by contract_no, visit_no, position desc;
