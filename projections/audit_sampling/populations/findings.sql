-- 预警: each finding that is open, as it was last seen, one without an amount is zero. It lies where all that it names lies.
select f.finding as item, coalesce(min(f.amount_fen), 0)::bigint as amount_fen, coalesce(min(p.region), '') as region,
       null::text as programme, null::text as fund, min(f.rule) as kind, min(f.raised_on) as day
from (select *, unnest(refs) as ref from finding_state where is_open) f
left join (
    select 'household:' || household as ref, region from household_registered
    union all
    select 'contract:' || contract_no, region from contract_committed
    union all
    select 'document:' || document_no, region from grant_issued
    union all
    select 'document:' || document_no, region from grant_withdrawn
    union all
    select 'document:' || document_no, region from funds_passed_down
    union all
    select 'batch:' || batch_no, region from roll_released
    union all
    select 'expense:' || expense_no, region from expense_paid
    union all
    select 'expense:' || s.expense_no, c.region from service_paid s join contract_committed c using (contract_no)
    union all
    select ref, split_part(substr(ref, 6), '|', 1)
    from (select distinct unnest(refs) as ref from finding_seen) r where starts_with(ref, 'fund:')
    union all
    select ref, substr(ref, 8)
    from (select distinct unnest(refs) as ref from finding_seen) r where starts_with(ref, 'region:')
) p using (ref)
group by f.finding
-- The codes of a region are neighbours in their order: where the first and the last lie within, all do.
having starts_with(coalesce(max(p.region), ''), %(prefix)s);

-- What it rests on, and where it was raised.
select p.item, unnest(array_append(f.evidence, f.raised_position)) as position
from unnest(%(items)s::text[]) p (item)
join finding_state f on f.finding = p.item
