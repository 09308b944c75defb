-- Note one thing that happened to one member, and give each subscriber its work.
-- Runs inside the transaction of the change it tells of. Not repeatable by
-- itself: whoever calls it has decided that the change is new.
CREATE OR REPLACE FUNCTION members_record_event(
    p_member bigint, p_type text, p_payload jsonb, p_at timestamptz, p_subscribers jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_event bigint;
BEGIN
    INSERT INTO members_event (member_id, type, payload, occurred_at)
    VALUES (p_member, p_type, p_payload, p_at)
    RETURNING id INTO v_event;

    IF p_subscribers ? p_type THEN
        INSERT INTO members_work (task, member_id, event_id, due_at, attempts, problem)
        SELECT subscriber.task, p_member, v_event, clock_timestamp(), 0, ''
        FROM jsonb_array_elements_text(p_subscribers -> p_type) AS subscriber (task);
    END IF;
END $$;
