"""Messages come twice. Whatever a task did once, it does not do again."""

import factory
import pytest
import time_machine
from celery import current_app
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from tests import factories
from tests.concurrency import at_the_same_moment
from tests.database import logged_in_as
from tests.factories import TODAY
from tests.faults.scenarios import SCENARIOS

current_app.loader.import_default_modules()
TASKS = sorted(name for name in current_app.tasks if name.startswith(("members.", "rewards.")))

# What a run may number or time differently, though it did the same.
INCIDENTAL = {"event_id", "queued_at", "due_at", "attempts"}


@pytest.fixture(autouse=True)
def frozen_clock(transactional_db):
    with time_machine.travel(TODAY, tick=False), logged_in_as("worker"):
        yield


def test_each_task_has_a_scenario():
    assert set(SCENARIOS) == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_twice_in_a_row_is_once(name):
    message = SCENARIOS[name]()
    before = every_row()
    run(name, message)
    after = every_row()
    assert after != before, "The scenario gives the task nothing to do."

    run(name, message)

    assert every_row() == after


@pytest.mark.parametrize("name", TASKS)
def test_twice_at_once_is_once(name):
    start_over()
    run(name, SCENARIOS[name]())
    once = what_the_rows_say()
    start_over()
    message = SCENARIOS[name]()

    results = at_the_same_moment(lambda _: run(name, message), times=2)

    assert results == [None, None]
    assert what_the_rows_say() == once
    after = every_row()
    run(name, message)
    assert every_row() == after


def run(name, message):
    current_app.tasks[name].apply(kwargs=message, throw=True)


def start_over():
    """
    Empty the database, so that the same scenario gives the same numbers again.
    """
    call_command("flush", interactive=False, verbosity=0)
    for value in vars(factories).values():
        if isinstance(value, type) and issubclass(value, factory.Factory):
            value.reset_sequence()


def every_row():
    return {model._meta.label: rows_of(model, columns=["*"]) for model in our_models()}


def what_the_rows_say():
    return {
        model._meta.label: rows_of(model, columns=telling_columns(model)) for model in our_models()
    }


def rows_of(model, *, columns):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {model._meta.db_table}")
        return sorted(map(repr, cursor.fetchall()))


def telling_columns(model):
    return [
        field.column
        for field in model._meta.concrete_fields
        if not field.primary_key
        and (not isinstance(field, models.ForeignKey) or field.name == "member")
        and field.name not in INCIDENTAL
        and not field.name.startswith("pgh_")
    ]


def our_models():
    return [m for app in ("members", "rewards") for m in apps.get_app_config(app).get_models()]
