-- 同一人在一份决定、花名册、合同或支出中承担经办、审核、审批中的两项。 / One person holds two of handling, reviewing and approving of one decision, roll, contract or expense.
-- rule: self_approved
-- name: 职责未分离
-- title: Duties not separated
-- kind: 内控
-- severity: warning
-- subject: paper
-- clock: no
-- overpaid: no
-- basis: A
-- law: 最低生活保障审核确认办法(民发〔2021〕57号)第二十八条
-- text: 最低生活保障审核确认办法-民发2021-57号
-- quotation: 未经申请受理、家庭经济状况调查、审核确认等程序，不得将任何家庭或者个人直接纳入最低生活保障范围。
-- parameters: none
-- question: 为何由同一人经办并审核或审批? / Why did one person handle it and review or approve it as well?
-- clears: 查明登记有误的,按原件重新登记 / where the record is wrong, the paper is recorded again as it was signed
-- example: 2月20日批准每月500元,经办人和审批人均为G005。 / On 20 February 500 yuan a month is approved; G005 both handled and approved it.
with decided as (
    select p.decision_no as paper, p.household, holds_two(p.handled_by, p.reviewed_by, p.approved_by) as official,
           p.monthly_amount_fen as amount_fen, p.decided_on as day, p.position
    from decision_paper p
    where holds_two(p.handled_by, p.reviewed_by, p.approved_by) is not null
      -- A paper that was recorded again counts as it was last written.
      and not exists (
          select from decision_paper later
          where later.decision_no = p.decision_no and later.household = p.household and later.programme = p.programme
            and later.position > p.position)
),
rolled as (
    -- Batch by batch, so that a question about other papers reads no lines.
    select r.batch_no, line.*
    from (select batch_no from roll_released group by batch_no) r
    cross join lateral (
        select array_agg(distinct 'official:' || i.handled_by) as officials,
               array_agg(distinct 'household:' || i.household) as households,
               sum(i.amount_fen) as amount_fen, min(i.paid_on) as day, array_agg(i.position) as evidence, count(*) as lines
        from payment_instructed i
        where i.batch_no = r.batch_no and lower(i.handled_by) = lower(i.reviewed_by)
        having count(*) > 0) line
),
paper as (
    select paper, array['household:' || household, 'official:' || official] as refs, amount_fen, day, array[position] as evidence
    from decided
    union all
    -- A whole roll is one finding; where it is some lines of one, it says whose.
    select r.batch_no,
           array_cat(
               array_cat(array['batch:' || r.batch_no], r.officials),
               case when r.lines < (select count(*) from payment_instructed i where i.batch_no = r.batch_no)
                    then r.households end),
           r.amount_fen, r.day, r.evidence
    from rolled r
    union all
    select contract_no, array['contract:' || contract_no, 'official:' || handled_by], amount_fen, signed_on, array[position]
    from contract_committed c
    where lower(handled_by) = lower(approved_by)
      and not exists (
          select from contract_committed later where later.contract_no = c.contract_no and later.position > c.position)
    union all
    select expense_no, array['contract:' || contract_no, 'expense:' || expense_no, 'official:' || handled_by], amount_fen, paid_on,
           array[position]
    from (select * from service_paid union all select * from service_refunded) s
    where lower(handled_by) = lower(approved_by)
    union all
    select expense_no, array['expense:' || expense_no, 'official:' || handled_by], amount_fen, paid_on, array[position]
    from (select * from expense_paid union all select * from expense_refunded) e
    where lower(handled_by) = lower(approved_by)
)
select p.paper                                 as subject,
       (select array_agg(distinct r.ref) from unnest(all_refs(p.refs)) r (ref)) as refs,
       coalesce(sum(p.amount_fen), 0)::bigint  as amount_fen,
       min(p.day)                              as found_on,
       positions(p.evidence)                   as evidence
from paper p
group by p.paper
