"""
Panels: the parts that pages are made of, each brought by the feature that knows it.

`ADMIN_PANELS` says, for each page, which panels it shows, in which order.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.module_loading import import_string

Facts = Mapping[str, Any]
KEY = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a panel is asked to tell of: a record, as of a moment, and from where on."""

    record: Any
    request: HttpRequest
    at: datetime
    panel: str = ""

    @property
    def before(self) -> int | None:
        """
        The key that all rows shall come before, for a panel that goes back in time.
        """
        before = self.request.GET.get(self.panel, "")
        return int(before) if KEY.fullmatch(before) else None

    def older(self, keys: Sequence[int], *, page: int, **kept: str) -> str:
        """
        Return the query for the rows before these, or nothing if these are the last.

        There are more where one more was found than a page holds.
        """
        return urlencode({self.panel: keys[page - 1], **kept}) if len(keys) > page else ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a record's page. Without facts it is left out."""

    name: str
    title: str | Promise
    template: str
    permission: str
    facts: Callable[[Asked], Facts | None]
    width: Literal["third", "tall", "wide", "half", "full"] = "half"


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with what it has to tell."""

    panel: Panel
    facts: Facts


def panels_of(page: str) -> list[Panel]:
    return [import_string(path) for path in settings.ADMIN_PANELS[page]]


def show(page: str, asked: Asked, *, only: str | None = None) -> list[Shown]:
    """
    Return the page's panels that this person may see and that have something to tell.
    """
    shown = []
    for panel in panels_of(page):
        if only not in (None, panel.name) or not asked.request.user.has_perm(panel.permission):
            continue
        facts = panel.facts(replace(asked, panel=panel.name))
        if facts is not None:
            shown.append(Shown(panel, facts))
    return shown


def links_of(page: str, asked: Asked) -> list[Mapping[str, Any]]:
    """
    Return what leads from the head of a page to pages of other features.
    """
    found = []
    for path in settings.ADMIN_LINKS.get(page, []):
        found += import_string(path)(asked)
    return found
