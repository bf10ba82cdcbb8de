-- 下达的资金期限过后仍分文未到账。 / A grant of which nothing had arrived so many days after it was issued.
-- rule: detained
-- name: 滞留
-- title: Detained
-- kind: 滞留
-- severity: critical
-- subject: document
-- clock: yes
-- overpaid: no
-- basis: L
-- law: 预算法 第五十二条;财政违法行为处罚处分条例 第六条(三)
-- text: 财政违法行为处罚处分条例(2011-01-08)
-- quotation: (三)滞留应当下拨的财政资金；
-- parameters: receipt_due_days
-- question: 这笔资金滞留在哪一级,为何未拨? / At which level does this money lie, and why was it not passed on?
-- clears: 资金到账,或该笔下达被收回 / the money arrives, or the grant is taken back
-- example: 7月1日下达40,000元,至7月31日没有任何到账:自7月31日起滞留40,000元。 / 40,000 yuan is issued on 1 July and nothing has arrived by 31 July: 40,000 is detained from 31 July on.
with document as (
    select document_no, min(fund) as fund, sum(issued_fen) as issued_fen, sum(received_fen) as received_fen,
           min(issued_on) as issued_on, array_agg(position) as evidence
    from (select document_no, fund(region, category, level, budget_year) as fund, amount_fen as issued_fen,
                 0 as received_fen, issued_on, position
          from grant_issued
          union all
          select document_no, fund(region, category, level, budget_year), -amount_fen, 0, null, position
          from grant_withdrawn
          union all
          select document_no, null, 0, amount_fen, null, position from funds_received
          union all
          select document_no, null, 0, -amount_fen, null, position from funds_returned) d
    group by document_no
),
-- What a document of its own takes back, and was not sent back under its number, is not awaited in the fund any more.
awaited as (
    select fund, sum(case when issued_fen > 0 then greatest(issued_fen - received_fen, 0)
                          else least(issued_fen - received_fen, 0) end) as awaited_fen
    from document
    group by fund
)
select d.document_no                           as subject,
       array['document:' || d.document_no]     as refs,
       least(d.issued_fen, a.awaited_fen)::bigint as amount_fen,
       d.issued_on + due.days                  as found_on,
       d.evidence                              as evidence
from document d
join awaited a using (fund)
join lateral (
    select (p.value #>> '{}')::int as days from parameter p
    where p.name = 'receipt_due_days' and d.issued_on between p.in_force_from and p.in_force_until) due on true
where d.issued_fen > 0
  and d.received_fen <= 0
  and a.awaited_fen > 0
  and as_of() >= d.issued_on + due.days
