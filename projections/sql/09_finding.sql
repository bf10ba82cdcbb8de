-- 预警: each finding as it stands, from what the rules raised, extended and cleared.

create view known.finding_seen as
select * from known.finding_raised
union all
select * from known.finding_extended;

-- A finding that came back after it was cleared begins anew: what is shown is of its latest beginning.
create view known.finding_state as
select begun.finding, begun.rule, begun.subject, begun.seen_on as raised_on, begun.position as raised_position,
       seen.position, seen.seen_on, seen.rule_version, seen.refs, seen.amount_fen, seen.severity, seen.found_on,
       seen.evidence, seen.evidence_count, seen.parameters, seen.policy, seen.policy_version,
       cleared.position is null as is_open, cleared.seen_on as cleared_on, cleared.position as cleared_position,
       cleared.cause as cleared_cause, cleared.evidence as cleared_by
from (
    -- All three are one: (rule, subject) is hashed into finding; named here so that a limit on any of them goes down.
    select distinct on (finding, rule, subject) finding, rule, subject, seen_on, position
    from known.finding_raised
    order by finding, rule, subject, position desc
) begun
cross join lateral (
    select * from known.finding_seen s where s.finding = begun.finding order by s.position desc limit 1) seen
left join lateral (
    select * from known.finding_cleared c
    where c.finding = begun.finding and c.position > begun.position order by c.position desc limit 1) cleared on true;
