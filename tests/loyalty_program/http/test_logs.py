"""One JSON object a line, without personal data."""

import logging

import pytest
import structlog
from celery import current_app
from django.db import IntegrityError, connection
from django_structlog.celery.receivers import CeleryReceiver

PERSON = "Zhang Wei, zhang.wei@example.com, +86 138-0013-8000"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("to zhang.wei@example.com now", "to [email] now"),
        ("called +8613800138000.", "called [number]."),
        ("called 138 0013 8000, twice", "called [number], twice"),
        ("card 967672697352 read", "card [number] read"),
        ("step 7 of 123456 took 12.5 s", "step 7 of 123456 took 12.5 s"),
        (
            "Task a[550e8400-e29b-41d4-a716-446655440000] done",
            "Task a[550e8400-e29b-41d4-a716-446655440000] done",
        ),
    ],
)
def test_numbers_and_addresses_of_people_are_taken_out(lines, said, written):
    logging.getLogger("library").warning("%s", said)
    structlog.get_logger("ours").warning(said)

    assert [line["event"] for line in lines()] == [written, written]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_postgresql_quotes_is_taken_out(lines):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE person (name text PRIMARY KEY)")
    with pytest.raises(IntegrityError) as broken, connection.cursor() as cursor:
        cursor.execute("INSERT INTO person VALUES (%s), (%s)", [PERSON, PERSON])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE person")
    logging.getLogger("library").error("It broke", exc_info=broken.value)

    [line] = lines()
    assert "Zhang" in str(broken.value)
    assert "duplicate key value violates unique constraint" in line["exception"]
    assert "DETAIL: [row]" in line["exception"]
    assert "Zhang" not in line["exception"]
    assert "138" not in line["exception"]


def test_a_line_of_a_task_names_the_task(lines):
    task = current_app.tasks["celery.accumulate"]

    CeleryReceiver().receiver_task_prerun(task_id="t-1", task=task)
    structlog.get_logger("ours").info("It is under way")
    structlog.contextvars.clear_contextvars()

    [line] = [line for line in lines() if line["logger"] == "ours"]
    assert (line["task_id"], line["task"]) == ("t-1", "celery.accumulate")
