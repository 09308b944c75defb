-- Count what was given and taken back under caps, and answer with the counters that changed.
-- One that does not stand any more where it was seen is left alone: whoever gave points by
-- what they saw has to look again.
UPDATE rewards_capuse AS counter
SET points = counter.points + asked.points
FROM json_to_recordset(%(changes)s) AS asked (id bigint, seen bigint, points bigint)
WHERE counter.id = asked.id AND counter.points = asked.seen
RETURNING counter.id;
