-- 办案: each case as its steps leave it, and who may see it.

-- Who looks is a setting, as the clocks are: role and region of whoever asks, set for a transaction. Where nobody is
-- named, as when the rules are asked, nothing that is confidential is seen.
create function known.viewer_role() returns text language sql stable
    return coalesce(current_setting('mingzhang.viewer_role', true), '');

create function known.viewer_region() returns text language sql stable
    return coalesce(current_setting('mingzhang.viewer_region', true), '');

-- What the codes of a region and of all below it begin with: whole levels of zeros say nothing (ledger/region.py).
create function known.region_prefix(region text) returns text language sql immutable
    return case
        when region ~ '^0*$' then ''
        when substr(region, 3) ~ '^0*$' then left(region, 2)
        when substr(region, 5) ~ '^0*$' then left(region, 4)
        when substr(region, 7) ~ '^0*$' then left(region, 6)
        when substr(region, 10) ~ '^0*$' then left(region, 9)
        else region
    end;

-- Confidential cases that whoever looks may not know of. Read past the clocks: what is hidden was never to be seen.
-- Discipline sees those of its region, unless it sits within the unit under inquiry.
create view known.hidden_case as
select c.case_no
from fact.case_opened c
where c.is_confidential
  and (known.viewer_role() <> 'discipline'
       or not starts_with(c.region, known.region_prefix(known.viewer_region()))
       or (c.unit_region is not null and starts_with(known.viewer_region(), known.region_prefix(c.unit_region))));

-- As one list, asked for once a statement: opaque to the planner, who would else plan it anew for each kind of step.
create function known.hidden_cases() returns text[] language plpgsql stable as $$
begin
    return (select coalesce(array_agg(case_no), array[]::text[]) from known.hidden_case);
end $$;

-- The facts of cases, less those that are hidden: whatever is read of cases is read from these.
do $$ declare kind text; begin
    foreach kind in array array[
        'case_opened', 'case_assigned', 'case_investigated', 'finding_established', 'finding_dismissed',
        'error_tolerated', 'severity_lowered', 'measure_ordered', 'rectification_reported', 'rectification_accepted',
        'rectification_rejected', 'case_closed', 'case_reopened', 'document_attached'] loop
        execute format(
            'create or replace view known.%1$I as select * from fact.%1$I '
            'where position <= (select known.known_at()) and effective_on <= (select known.as_of()) '
            'and case_no <> all ((select known.hidden_cases())::text[])', kind);
    end loop;
end $$;

-- Every step of every case that may be seen, whatever its kind.
create view known.case_step as
select position, case_no, 'open' as step, opened_on as day, recorded_at, recorded_by as staff, recorded_role as role,
       null::text as finding, severity, null::bigint as amount_fen, null::text as recovery_no, null::text as measure,
       null::text as sent_to, null::text as assigned_to, due_on, reason, null::text as facts, null::text as title,
       null::text as sha256, null::bigint as size_bytes, null::text as media_type
from known.case_opened
union all
select position, case_no, 'assign', assigned_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, assigned_to, due_on, null, null, null, null, null, null
from known.case_assigned
union all
select position, case_no, 'investigate', investigated_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, null, null, null, facts, null, null, null, null
from known.case_investigated
union all
select position, case_no, 'establish', established_on, recorded_at, recorded_by, recorded_role,
       finding, null, amount_fen, recovery_no, null, null, null, null, reason, null, null, null, null, null
from known.finding_established
union all
select position, case_no, 'dismiss', dismissed_on, recorded_at, recorded_by, recorded_role,
       finding, null, null, null, null, null, null, null, reason, null, null, null, null, null
from known.finding_dismissed
union all
select position, case_no, 'tolerate', tolerated_on, recorded_at, recorded_by, recorded_role,
       finding, null, null, null, null, null, null, null, reason, objective_cause, null, null, null, null
from known.error_tolerated
union all
select position, case_no, 'lower', lowered_on, recorded_at, recorded_by, recorded_role,
       null, severity, null, null, null, null, null, null, reason, null, null, null, null, null
from known.severity_lowered
union all
select position, case_no, 'measure', ordered_on, recorded_at, recorded_by, recorded_role,
       finding, null, null, null, measure, sent_to, null, due_on, null, null, null, null, null, null
from known.measure_ordered
union all
select position, case_no, 'report', reported_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, null, null, null, facts, null, null, null, null
from known.rectification_reported
union all
select position, case_no, 'accept', accepted_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, null, null, reason, null, null, null, null, null
from known.rectification_accepted
union all
select position, case_no, 'reject', rejected_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, null, null, reason, null, null, null, null, null
from known.rectification_rejected
union all
select position, case_no, 'close', closed_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, null, null, reason, null, null, null, null, null
from known.case_closed
union all
select position, case_no, 'reopen', reopened_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, null, due_on, reason, null, null, null, null, null
from known.case_reopened
union all
select position, case_no, 'attach', attached_on, recorded_at, recorded_by, recorded_role,
       null, null, null, null, null, null, null, null, null, null, title, sha256, size_bytes, media_type
from known.document_attached;

-- What was made of findings, each time anew.
create view known.judgement as
select position, case_no, finding, 'established' as outcome, established_on as judged_on, amount_fen, recovery_no
from known.finding_established
union all
select position, case_no, finding, 'dismissed', dismissed_on, null, null from known.finding_dismissed
union all
select position, case_no, finding, 'tolerated', tolerated_on, null, null from known.error_tolerated;

-- The case as it stands in its present turn; a reopening begins a new turn, in which nothing is done yet.
create view known.case_state as
select s.case_no,
       case when s.closed_on is not null then 'closed'
            when s.last_report = 'accept' then 'accepted'
            when s.last_report = 'report' then 'reported'
            when s.measures > 0 then 'measured'
            when s.judged >= cardinality(s.findings) then 'judged'
            when s.investigated > 0 then 'investigated'
            when s.assigned_to is not null then 'assigned'
            else 'opened' end as status,
       s.findings, s.region, s.severity, s.due_on, s.assigned_to, s.is_confidential, s.unit_region, s.unit, s.reason,
       s.opened_on, s.closed_on, s.turn, s.position, s.since, s.last_step, s.last_on, s.last_position,
       s.established, s.dismissed, s.tolerated, s.measures, s.established_fen, s.overdue_since,
       s.overdue_since is not null as is_overdue
from (
    select o.case_no, o.position, o.findings, o.region, o.is_confidential, o.unit_region, o.unit, o.reason, o.opened_on,
           done.*, turn.turn, turn.since, judged.*, late.overdue_since
    from known.case_opened o
    cross join lateral (
        select coalesce(max(r.position), o.position) as since, count(*) + 1 as turn
        from known.case_reopened r where r.case_no = o.case_no) turn
    -- The steps of a case are few: one reading of them all says what each stage asks for.
    cross join lateral (
        select coalesce((array_agg(s.severity order by s.position desc) filter (where s.step = 'lower'))[1], o.severity)
                   as severity,
               (array_agg(s.step order by s.position desc))[1] as last_step,
               (array_agg(s.day order by s.position desc))[1] as last_on,
               max(s.position) as last_position,
               max(s.due_on) filter (where s.position = turn.since) as due_on,
               (array_agg(s.assigned_to order by s.position desc)
                   filter (where s.step = 'assign' and s.position > turn.since))[1] as assigned_to,
               count(*) filter (where s.step = 'investigate' and s.position > turn.since) as investigated,
               count(*) filter (where s.step = 'measure' and s.position > turn.since) as measures,
               min(s.due_on) filter (where s.step = 'measure' and s.position > turn.since) as measure_due_on,
               (array_agg(s.step order by s.position desc)
                   filter (where s.step in ('report', 'accept', 'reject') and s.position > turn.since))[1] as last_report,
               max(s.day) filter (where s.step = 'close' and s.position > turn.since) as closed_on
        from known.case_step s where s.case_no = o.case_no) done
    cross join lateral (
        select count(*) as judged,
               count(*) filter (where j.outcome = 'established') as established,
               count(*) filter (where j.outcome = 'dismissed') as dismissed,
               count(*) filter (where j.outcome = 'tolerated') as tolerated,
               (sum(j.amount_fen) filter (where j.outcome = 'established'))::bigint as established_fen
        from (
            select distinct on (d.finding) d.outcome, d.amount_fen
            from known.judgement d
            where d.case_no = o.case_no and d.position > turn.since
            order by d.finding, d.position desc) j) judged
    -- Past the case's own day, or past a measure's before anything was reported on it.
    cross join lateral (
        select min(d.due_on) as overdue_since
        from (values (done.due_on),
                     (case when coalesce(done.last_report, 'reject') = 'reject' then done.measure_due_on end)) d (due_on)
        where done.closed_on is null and d.due_on < known.as_of()) late
) s;

-- What was made of each finding last, in cases that may be seen; new evidence to the finding makes it a question again.
create view known.finding_outcome as
select j.finding, j.outcome, j.case_no, j.position, j.judged_on, j.amount_fen, j.recovery_no
from (select distinct on (finding) * from known.judgement order by finding, position desc) j
where not exists (select from known.finding_raised r where r.finding = j.finding and r.position > j.position)
  and not exists (select from known.finding_extended e where e.finding = j.finding and e.position > j.position);

-- How each rule fares: what it raised, what is still open, and what was made of it. A noisy rule shows.
create view known.rule_outcome as
select s.rule,
       count(*) as raised,
       count(*) filter (where s.is_open) as open,
       count(*) filter (where o.outcome = 'established') as established,
       count(*) filter (where o.outcome = 'dismissed') as dismissed,
       count(*) filter (where o.outcome = 'tolerated') as tolerated,
       count(*) filter (where o.outcome = 'dismissed') * 10000 / nullif(count(o.outcome), 0) as dismissed_basis_points
from known.finding_state s
left join known.finding_outcome o using (finding)
group by s.rule;
