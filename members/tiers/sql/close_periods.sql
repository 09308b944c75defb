-- Note that it is decided what follows these periods.
-- Repeatable: what is closed stays as it was.
UPDATE members_tierperiod
SET closed_at = %(at)s
WHERE id = any(cast(%(period_ids)s AS bigint[])) AND closed_at IS NULL;
