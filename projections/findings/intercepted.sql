-- 下达的资金到账了一部分,期限过后其余部分仍未到账。 / A grant of which a part arrived and the rest had not, so many days after it was issued.
-- rule: intercepted
-- name: 截留
-- title: Withheld in part
-- kind: 截留
-- severity: critical
-- subject: document
-- clock: yes
-- overpaid: no
-- basis: L
-- law: 财政违法行为处罚处分条例 第六条(二)
-- text: 财政违法行为处罚处分条例(2011-01-08)
-- quotation: (二)截留、挪用财政资金；
-- parameters: receipt_due_days
-- question: 未到账的部分在哪里? / Where is the part that has not arrived?
-- clears: 余款到账,或收回相应下达 / the rest arrives, or that part of the grant is taken back
-- example: 6月3日下达80,000元,6月20日到账50,000元,至7月3日再无到账:截留30,000元。 / 80,000 yuan is issued on 3 June, 50,000 arrives on 20 June and no more by 3 July: 30,000 is withheld.
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
       array_cat(d.evidence, r.evidence)       as evidence
from document d
join receipt r using (document_no)
join lateral (
    select (p.value #>> '{}')::int as days from parameter p
    where p.name = 'receipt_due_days' and d.issued_on between p.in_force_from and p.in_force_until) due on true
where r.received_fen > 0
  and r.received_fen < d.issued_fen
  and as_of() >= d.issued_on + due.days
