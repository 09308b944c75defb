import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from loyalty_program.errors import Refused
from members import events
from members.models import Member
from tests.factories import TODAY, TOMORROW, MemberFactory


class Reluctant(Refused):
    code = "reluctant"
    title = "Not today."


def work(work_id):
    return events.Work.objects.get(id=work_id)


def test_what_the_block_was_given_is_done_with_it(queue, member):
    ids = queue(2)

    with events.claim(ids, at=TODAY) as works:
        assert [(work.id, work.member_id) for work in works] == [(n, member.id) for n in ids]

    assert [work(n).done_at for n in ids] == [TODAY, TODAY]
    assert [work(n).attempts for n in ids] == [1, 1]


def test_a_second_message_finds_nothing_to_do(queue):
    ids = queue(2)
    with events.claim(ids, at=TODAY):
        pass

    with events.claim(ids, at=TOMORROW) as works:
        assert works == []

    assert [work(n).done_at for n in ids] == [TODAY, TODAY]


def test_parked_and_unknown_work_is_left_alone(queue):
    [parked] = queue(parked_at=TODAY, attempts=5)

    with events.claim([parked, 999_999_999], at=TOMORROW) as works:
        assert works == []

    assert (work(parked).parked_at, work(parked).attempts) == (TODAY, 5)


def test_a_failure_undoes_the_block_and_tries_again_later(queue, member):
    ids = queue(2)

    with pytest.raises(Reluctant):
        rename_and_fail(ids, member)

    assert Member.objects.get(id=member.id).name == ""
    for failed in (work(n) for n in ids):
        assert (failed.done_at, failed.parked_at, failed.attempts) == (None, None, 1)
        assert failed.problem == "Reluctant reluctant"
        assert TODAY <= failed.due_at <= TODAY + timedelta(seconds=15)


def test_a_problem_names_the_constraint_and_no_data(queue):
    MemberFactory(email="ada@shop.example")
    ids = queue()

    with pytest.raises(IntegrityError), events.claim(ids, at=TODAY):
        MemberFactory(email="ada@shop.example")

    assert work(ids[0]).problem == "IntegrityError 23505 email_belongs_to_one_member"


def test_the_fifth_failure_is_the_last(queue, member):
    [work_id] = queue()

    for attempt in range(1, 6):
        assert work(work_id).parked_at is None
        with pytest.raises(Reluctant):
            rename_and_fail([work_id], member)
        assert work(work_id).attempts == attempt

    assert work(work_id).parked_at == TODAY
    with events.claim([work_id], at=TODAY) as works:
        assert works == []


def test_a_doubled_message_for_several_does_not_repeat_what_may_have_killed_a_worker(queue):
    tried, new = queue(1, attempts=1), queue(1)

    with events.claim(tried + new, at=TODAY) as works:
        assert [work.id for work in works] == new

    with events.claim(tried, at=TODAY) as works:
        assert [work.id for work in works] == tried


def test_work_that_has_killed_five_workers_is_not_begun_again(queue):
    [deadly] = queue(attempts=5)

    with events.claim([deadly], at=TODAY) as works:
        assert works == []

    assert work(deadly).attempts == 5


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_a_transaction_of_its_own(queue):
    ids = queue()

    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="durable"),
        events.claim(ids, at=TODAY),
    ):
        pass

    assert work(ids[0]).attempts == 0


@pytest.mark.django_db(transaction=True)
def test_the_attempt_counts_even_if_the_worker_dies(queue):
    [work_id] = queue()
    attempts = []

    with events.claim([work_id], at=TODAY):
        in_another_connection(lambda: attempts.append(work(work_id).attempts))

    assert attempts == [1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_message_do_not_both_do_it(queue):
    [work_id] = queue()
    others = []

    def claim_too():
        with events.claim([work_id], at=TODAY) as works:
            others.append(works)

    with events.claim([work_id], at=TODAY) as works:
        in_another_connection(claim_too)
        assert len(works) == 1

    assert others == [[]]
    assert (work(work_id).done_at, work(work_id).attempts) == (TODAY, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pieces", [1, 2])
def test_who_only_looks_at_work_takes_it_from_nobody(queue, pieces):
    """
    A doubled message looks at the work between another worker's counting and beginning.

    It may not attempt it, so it has nothing to lock.
    """
    ids = queue(pieces, attempts=4 if pieces == 1 else 0)
    has_looked, may_end = threading.Event(), threading.Event()
    doubled = threading.Thread(target=claim_and_pause, args=(ids, has_looked, may_end))

    def look():
        doubled.start()
        has_looked.wait()

    try:
        with before_the_second_lock(look), events.claim(ids, at=TODAY) as works:
            assert [work.id for work in works] == ids
    finally:
        may_end.set()
        doubled.join()

    assert [work(n).done_at for n in ids] == [TODAY] * pieces


@pytest.mark.django_db(transaction=True)
def test_work_counted_twice_before_it_began_is_done_by_the_later(queue):
    [work_id] = queue()
    later = []

    def claim_too():
        with events.claim([work_id], at=TODAY) as works:
            later.extend(works)

    with (
        before_the_second_lock(lambda: in_another_connection(claim_too)),
        events.claim([work_id], at=TODAY) as works,
    ):
        assert works == []

    assert [work.id for work in later] == [work_id]
    assert (work(work_id).done_at, work(work_id).attempts) == (TODAY, 2)


@pytest.mark.django_db(transaction=True)
def test_a_worker_waits_for_who_holds_its_work_for_a_moment(queue):
    [work_id] = queue()
    is_held = threading.Event()
    holder = threading.Thread(
        target=in_another_connection, args=[lambda: hold_until_waited_for(work_id, is_held)]
    )

    def hold():
        holder.start()
        is_held.wait()

    with before_the_second_lock(hold), events.claim([work_id], at=TODAY) as works:
        assert [work.id for work in works] == [work_id]

    holder.join()
    assert work(work_id).done_at == TODAY


@contextmanager
def before_the_second_lock(do):
    """
    Do something between the counting of an attempt and the lock under which it is made.
    """
    locks = []

    def watch(execute, sql, params, many, context):
        if "FOR UPDATE" in sql:
            locks.append(sql)
            if len(locks) == 2:
                do()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def claim_and_pause(work_ids, has_looked, may_end):
    """
    Begin an attempt, and pause once the work was looked at, before anything else is done.
    """

    def pause(execute, sql, params, many, context):
        try:
            return execute(sql, params, many, context)
        finally:
            if "FOR UPDATE" in sql and not has_looked.is_set():
                has_looked.set()
                may_end.wait()

    def claim():
        with connection.execute_wrapper(pause), events.claim(work_ids, at=TODAY) as works:
            assert works == []

    in_another_connection(claim)


def hold_until_waited_for(work_id, is_held):
    """
    Hold a piece of work until somebody waits for it, or nobody will.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        events.Work.objects.select_for_update().get(id=work_id)
        is_held.set()
        for _ in range(5_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return


def rename_and_fail(work_ids, member):
    with events.claim(work_ids, at=TODAY) as works:
        assert [work.id for work in works] == work_ids
        Member.objects.filter(id=member.id).update(name="Ada")
        raise Reluctant


def in_another_connection(do):
    def run():
        try:
            do()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
