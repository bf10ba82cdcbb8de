-- 审计抽样: each audit sample as it was drawn, and of each of its items the amount that testing last gave.

-- The first of a number counts: a second one is a report of something that should not have happened.
create view known.audit_sample as
select distinct on (sample_no) * from known.audit_sample_drawn order by sample_no, position;

create view known.audit_sample_result as
select distinct on (sample_no, item) sample_no, item, audited_fen, tested_on, recorded_by as tested_by, position
from (
    select sample_no, tested_on, recorded_by, position,
           unnest(items) as item, unnest(audited_amounts_fen) as audited_fen
    from known.audit_sample_tested
) tested
order by sample_no, item, position desc;
