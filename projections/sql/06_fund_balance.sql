-- 资金余额: one row a fund. available = received - settled - in transit - services - other - passed down + recovered.

create view known.fund_balance as
select split_part(fund, '|', 1) as region,
       split_part(fund, '|', 2) as category,
       split_part(fund, '|', 3) as level,
       split_part(fund, '|', 4)::int as year,
       fund,
       coalesce(sum(balance_fen) filter (where account = 'issued'), 0)::bigint as issued_fen,
       coalesce(-sum(balance_fen) filter (where account = 'received'), 0)::bigint as received_fen,
       coalesce(sum(balance_fen) filter (where account = 'settled'), 0)::bigint as settled_fen,
       coalesce(sum(balance_fen) filter (where account = 'in_transit'), 0)::bigint as in_transit_fen,
       coalesce(sum(balance_fen) filter (where account = 'services'), 0)::bigint as services_fen,
       coalesce(sum(balance_fen) filter (where account = 'other'), 0)::bigint as other_fen,
       coalesce(sum(balance_fen) filter (where account = 'passed_down'), 0)::bigint as passed_down_fen,
       coalesce(-sum(balance_fen) filter (where account = 'recovered'), 0)::bigint as recovered_fen,
       coalesce(sum(balance_fen) filter (where account = 'available'), 0)::bigint as available_fen
from known.balance
group by fund;
