"""What is known of a member, and how it changed."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.templatetags.staff import phone
from members.profiles.models import Member
from members.programme import Store

MemberVersion: Any = Member.pgh_event_model  # type: ignore[attr-defined] # of pghistory
PAGE = 10
SHOWN = 5


def _header(asked: Asked) -> Mapping[str, Any]:
    return {"member": asked.record, "identities": list(asked.record.identities.all()[:SHOWN])}


HEADER = Panel(
    name="header",
    title="",
    template="panels/member.html",
    permission="members.view_member",
    facts=_header,
    width="full",
)


def _history(asked: Asked) -> Mapping[str, Any]:
    versions = MemberVersion.objects.filter(pgh_obj_id=asked.record.pk)
    if asked.before:
        versions = versions.filter(pgh_id__lt=asked.before)
    rows = list(versions.select_related("pgh_context").order_by("-pgh_id")[: PAGE + 1])
    # Each row is compared with the one before it, which is the next in this list.
    pairs = list(zip(rows[:PAGE], [*rows[1:], None], strict=False))
    stores = Store.objects.in_bulk({row.home_store_id for row in rows} - {None})
    staff = User.objects.in_bulk({_who(row) for row in rows} - {None})
    return {
        "rows": [
            {
                "at": row.pgh_created_at,
                "who": staff.get(_who(row)),
                "changes": _changes(row, before, stores),
            }
            for row, before in pairs
        ],
        "older": asked.older([row.pgh_id for row in rows], page=PAGE),
    }


def _who(version: Any) -> Any:
    context = version.pgh_context
    return context.metadata.get("user") if context else None


def _changes(version: Any, before: Any, stores: Mapping[int, Store]) -> list[tuple[str, str, str]]:
    """
    Return (detail, was, is) for each detail that changed; nothing for the first version.
    """
    if before is None:
        return []
    new, old = _shown(version, stores), _shown(before, stores)
    return [(label, old[label], new[label]) for label in new if new[label] != old[label]]


def _shown(version: Any, stores: Mapping[int, Store]) -> dict[str, str]:
    birthday = Member.birthday.fget(version)  # type: ignore[attr-defined] # of pghistory
    return {
        pgettext("a person", "name"): version.name,
        _("mobile number"): phone(version.phone),
        _("e-mail"): version.email or "",
        _("birthday"): birthday,
        _("language"): version.language,
        _("tags"): ", ".join(version.tags),
        _("home store"): str(stores.get(version.home_store_id, "")),
        _("status"): version.get_status_display(),
        _("reason of the status"): version.status_reason,
    }


HISTORY = Panel(
    name="history",
    title=gettext_lazy("Corrections"),
    template="panels/history.html",
    permission="members.view_member",
    facts=_history,
)
