-- 下达的资金到账了一部分,期限过后其余部分仍未到账。 / A grant of which a part arrived and the rest had not, so many days after it was issued.
-- rule: intercepted
-- name: 截留
-- kind: 截留
-- severity: critical
-- law: 财政违法行为处罚处分条例 第六条(二)
-- question: 未到账的部分在哪里? / Where is the part that has not arrived?
-- clears: 余款到账,或收回相应下达 / the rest arrives, or that part of the grant is taken back
with document as (
    select document_no, sum(amount_fen)::bigint as issued_fen, min(issued_on) as issued_on, array_agg(position) as evidence
    from (select document_no, amount_fen, issued_on, position from grant_issued
          union all
          select document_no, -amount_fen, null, position from grant_withdrawn) g
    group by document_no
),
receipt as (
    select document_no, sum(amount_fen)::bigint as received_fen, array_agg(position) as evidence
    from (select document_no, amount_fen, position from funds_received
          union all
          select document_no, -amount_fen, position from funds_returned) r
    group by document_no
)
select d.document_no                           as subject,
       array['document:' || d.document_no]     as refs,
       d.issued_fen - r.received_fen           as amount_fen,
       d.issued_on + due.days                  as found_on,
       d.evidence || r.evidence                as evidence
from document d
join receipt r using (document_no)
join lateral (
    select (p.value #>> '{}')::int as days from parameter p
    where p.name = 'receipt_due_days' and d.issued_on between p.in_force_from and p.in_force_until) due on true
where r.received_fen > 0
  and r.received_fen < d.issued_fen
  and as_of() >= d.issued_on + due.days
