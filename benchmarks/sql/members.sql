-- Some members more, and return the first and the last id: they have no gaps.
WITH enrolled AS (
    INSERT INTO members_member (
        number, name, language, time_zone, status, status_reason, enrolled_at
    )
    SELECT cast(%s AS text) || n, '', '', '', 'ACTIVE', '', now()
    FROM generate_series(cast(%s AS int), cast(%s AS int)) AS n
    RETURNING id
)
SELECT min(id), max(id) FROM enrolled
