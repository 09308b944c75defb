-- Note the same kind of thing for many members at once: the set-based record_event.
-- The three arrays run in parallel.
CREATE OR REPLACE FUNCTION members_record_events(
    p_members bigint[], p_type text, p_payloads jsonb[], p_ats timestamptz[], p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH recorded AS (
        INSERT INTO members_event (member_id, type, payload, occurred_at)
        SELECT happened.member_id, p_type, happened.payload, happened.at
        FROM unnest(p_members, p_payloads, p_ats) AS happened (member_id, payload, at)
        RETURNING id, member_id
    )
    INSERT INTO members_work (task, member_id, event_id, due_at, attempts, problem)
    SELECT subscriber.task, recorded.member_id, recorded.id, clock_timestamp(), 0, ''
    FROM recorded
    CROSS JOIN jsonb_array_elements_text(p_subscribers -> p_type) AS subscriber (task);
END $$;
