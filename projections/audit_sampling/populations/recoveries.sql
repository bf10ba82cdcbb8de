-- 追缴: each recovery by what was repaid of it; one of which nothing was repaid is zero.
select r.recovery_no as item, coalesce(sum(r.repaid_fen), 0)::bigint as amount_fen, min(coalesce(h.region, '')) as region,
       null::text as programme, min(r.fund) as fund, null::text as kind, min(r.occurred_on) as day
from (
    select recovery_no, household, occurred_on, null::bigint as repaid_fen, null::text as fund from recovery_opened
    union all
    select recovery_no, household, occurred_on, amount_fen, fund(region, category, level, budget_year)
    from recovery_received
) r
left join (select household, min(region) as region from household_registered group by household) h using (household)
group by r.recovery_no;

-- Every step.
select p.item, e.position
from unnest(%(items)s::text[]) p (item)
join (
    select recovery_no, position from recovery_opened
    union all
    select recovery_no, position from instalments_agreed
    union all
    select recovery_no, position from recovery_received
    union all
    select recovery_no, position from recovery_written_off
) e on e.recovery_no = p.item
