-- Of entries that are known from elsewhere by their number and the beginning of their hash,
-- those that are not there, or are others. Reads only.
SELECT
    known.member_id,
    known.currency,
    known.seq,
    encode(known.tip, 'hex'),
    coalesce(encode(substring(entry.chain FROM 1 FOR length(known.tip)), 'hex'), 'none')
FROM
    unnest(
        %(member_ids)s::bigint[], %(currencies)s::text[], %(seqs)s::bigint[], %(tips)s::bytea[]
    ) AS known (member_id, currency, seq, tip)
LEFT JOIN members_entry AS entry
    ON
        entry.member_id = known.member_id AND entry.currency = known.currency
        AND entry.seq = known.seq
WHERE substring(entry.chain FROM 1 FOR length(known.tip)) IS DISTINCT FROM known.tip
ORDER BY known.member_id, known.currency;
