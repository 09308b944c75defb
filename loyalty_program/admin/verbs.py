"""Pages that ask what a verb needs, and do it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty_program.errors import LoyaltyError

Done = TypeVar("Done")
NAME = (
    "SELECT set_config('pghistory.context_id', %s, true),"
    " set_config('pghistory.context_metadata', %s, true)"
)


class ReasonForm(forms.Form):
    """Why something is done, in the words of the person who does it."""

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.CharField(
            label=label, max_length=250, widget=UnfoldAdminTextInputWidget
        )


def ask(
    page: admin.ModelAdmin,
    request: HttpRequest,
    *,
    form: forms.Form,
    title: str,
    button: str,
    explanation: str = "",
    is_final: bool = False,
    record: models.Model | None = None,
) -> HttpResponse:
    """
    Show the form of a verb, or show it again with what is wrong.
    """
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "original": record,
        "title": title,
        "form": form,
        "button": button,
        "explanation": explanation,
        "is_final": is_final,
        "media": page.media + form.media,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/verb.html", context)


def done_or_refused(form: forms.Form, verb: Callable[[], Done]) -> Done | None:
    """
    Call a verb, and return what it returns; if it refuses, tell the form why.
    """
    try:
        return verb()
    except LoyaltyError as refusal:
        field = (refusal.pointer or "").strip("/").partition("/")[0]
        form.add_error(field if field in form.fields else None, explain(refusal))
    return None


@contextmanager
def in_the_name_of(user: Any) -> Iterator[None]:
    """
    Do something so that the history of what changes says who it was.

    What pghistory's triggers read is set for this transaction. Its own `context` puts that
    before every statement, which the server then cannot prepare.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(NAME, [str(uuid4()), json.dumps({"user": user.pk})])
        yield


def explain(refusal: LoyaltyError) -> str:
    facts = ", ".join(_written(fact) for fact in refusal.facts.values())
    return f"{refusal.title} ({facts})" if facts else str(refusal.title)


def _written(fact: Any) -> str:
    if isinstance(fact, datetime):
        return date_format(timezone.localtime(fact), "SHORT_DATETIME_FORMAT")
    return f"{fact:,}" if type(fact) is int else str(fact)


def say(page: admin.ModelAdmin, request: HttpRequest, text: str) -> None:
    page.message_user(request, text, messages.SUCCESS)
