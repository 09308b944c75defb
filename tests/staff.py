"""Staff at their pages, with the roles that the demo sets up."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rewards.management.commands.setup_demo import USERS, set_up_staff

PASSWORD = "correct horse"


def log_in(role: str = "owner") -> Client:
    """
    Return the browser of somebody with a role.
    """
    set_up_staff(dict.fromkeys(USERS, PASSWORD))
    client = Client()
    client.force_login(User.objects.get(groups__name=role))
    return client


def page_of(record: object, page: str = "change", **parts: object) -> str:
    """
    Return the address of a record's page, or that of a table for its model.
    """
    names = record._meta
    arguments = [record.pk] if not isinstance(record, type) else []
    return reverse(
        f"admin:{names.app_label}_{names.model_name}_{page}",
        args=[*arguments, *parts.values()],
    )


@contextmanager
def statements() -> Iterator[list[str]]:
    """
    Collect the statements that the block sends to the database.
    """
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sent
    sent += [query["sql"] for query in captured.captured_queries]
