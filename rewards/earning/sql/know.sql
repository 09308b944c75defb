-- Keep what was known of the members when their purchases were judged.
INSERT INTO rewards_knownfacts (purchase_id, facts, segments)
SELECT
    known.purchase_id,
    known.facts,
    known.segments
FROM
    json_to_recordset(%(known)s) AS known (purchase_id bigint, facts jsonb, segments jsonb);
