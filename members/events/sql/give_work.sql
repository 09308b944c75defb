-- Give each of an event's subscribers, the tasks that are listed, its work.
CREATE OR REPLACE FUNCTION members_give_work(p_member bigint, p_event bigint, p_tasks jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_work (task, member_id, event_id, due_at, attempts, problem)
    SELECT subscriber.task, p_member, p_event, clock_timestamp(), 0, ''
    FROM jsonb_array_elements_text(p_tasks) AS subscriber (task);
END $$;
