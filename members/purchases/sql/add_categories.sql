-- Add the categories of one level that are not there yet. Their parents are.
-- Repeatable: a category that is known stays as it was.
INSERT INTO members_category (code, name, parent_id)
SELECT
    told.code,
    regexp_replace(told.code, '^.*/', ''),
    parent.id
FROM unnest(%(codes)s::text[]) AS told (code)
LEFT JOIN members_category AS parent ON parent.code = regexp_replace(told.code, '/?[^/]*$', '')
ORDER BY told.code
ON CONFLICT (code) DO NOTHING;
