-- Count uses of a benefit in a period, if they still fit; without a limit they always do.
-- The condition and the change are one statement, so of two who race for the last use
-- only one gets a row back. Not repeatable by itself: the use's reference is what makes it so.
INSERT INTO rewards_benefitcount AS counted (member_id, code, period_starts_at, used, allowed)
SELECT
    %(member_id)s,
    %(code)s,
    %(period_starts_at)s,
    %(quantity)s::integer,
    %(allowed)s::integer
WHERE %(allowed)s::integer IS NULL OR %(quantity)s::integer <= %(allowed)s::integer
ON CONFLICT (member_id, code, period_starts_at) DO UPDATE
    SET used = counted.used + excluded.used, allowed = excluded.allowed
    WHERE excluded.allowed IS NULL OR counted.used + excluded.used <= excluded.allowed
RETURNING counted.used;
