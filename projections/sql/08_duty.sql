-- Who did what on which paper of a decision: every decision as it was written, whatever it decided.

create view known.decision_paper as
select decision_no, household, programme, decided_on, monthly_amount_fen, handled_by, reviewed_by, approved_by, position
from known.assistance_approved
union all
select decision_no, household, programme, decided_on, monthly_amount_fen, handled_by, reviewed_by, approved_by, position
from known.assistance_adjusted
union all
select decision_no, household, programme, decided_on, monthly_amount_fen, handled_by, reviewed_by, approved_by, position
from known.assistance_resumed
union all
select decision_no, household, programme, decided_on, monthly_amount_fen, handled_by, reviewed_by, approved_by, position
from known.gradual_exit_started
union all
select decision_no, household, programme, decided_on, null, handled_by, reviewed_by, approved_by, position
from known.assistance_suspended
union all
select decision_no, household, programme, decided_on, null, handled_by, reviewed_by, approved_by, position
from known.assistance_ended
union all
select decision_no, household, programme, decided_on, null, handled_by, reviewed_by, approved_by, position
from known.assistance_refused
union all
select decision_no, household, programme, decided_on, null, handled_by, reviewed_by, approved_by, position
from known.assistance_reviewed;

-- The one of up to three duties' holders who holds two of them; G001 and g001 are one person, a blank is nobody.
create function known.holds_two(handled_by text, reviewed_by text, approved_by text) returns text language sql immutable parallel safe
    return case
        when lower(handled_by) in (lower(reviewed_by), lower(approved_by)) then handled_by
        when lower(reviewed_by) = lower(approved_by) then reviewed_by
    end;
