-- 案件或处置措施过期未办结、未整改。 / A case, or a measure of one, is past its day and not closed or reported.
-- rule: rectify_overdue
-- name: 整改逾期
-- title: Rectification overdue
-- kind: 内控
-- severity: warning
-- subject: case
-- clock: yes
-- overpaid: no
-- basis: L
-- law: 关于改革完善社会救助制度的意见(中办发〔2020〕18号)四(四)
-- text: 关于改革完善社会救助制度的意见-中办发2020-18号
-- quotation: 对挤占、挪用、截留和滞留资金等问题，及时纠正并依法依规追究有关责任人的责任。
-- parameters: none
-- question: 为何到期未办结、未整改? / Why was it not closed or put right in time?
-- clears: 登记整改情况或销号,或销号后按新期限重开 / rectification is reported, or the case is closed, or reopened with new days
-- example: 案件 A-1 于3月1日立案,限4月1日办结,4月2日仍未销号。 / Case A-1, opened on 1 March and due on 1 April, is not closed on 2 April.
-- Confidential cases are not seen here, for a finding is shown to whoever may see its region; the board shows them.
select c.case_no                               as subject,
       array['case:' || c.case_no]             as refs,
       c.established_fen                       as amount_fen,
       c.overdue_since + 1                     as found_on,
       array[c.position, c.last_position]      as evidence
from case_state c
where c.is_overdue
