"""What is asked for, by whom and why."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.module_loading import import_string

from loyalty_program.admin.panels import Asked, Panel
from members.approvals.models import Approval, Status
from members.approvals.queries import is_own_account, open_approvals
from members.profiles import Member

MOST_COUNTED = 99


def in_words(approval: Approval) -> str:
    """
    Return what is asked for, in the words of the feature that knows.
    """
    words: str = import_string(settings.APPROVAL_WORDS[approval.kind])(approval)
    return words


def requester(approval: Approval) -> str:
    if approval.requested_by is None:
        return str(approval.requested_with)
    return _name(approval.requested_by)


def waiting() -> int:
    """
    Return how many requests nobody has decided about yet, as far as people would count.
    """
    found = open_approvals(at=timezone.now()).values_list("id")[: MOST_COUNTED + 1]
    return len(found)


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _request(asked: Asked) -> Mapping[str, Any]:
    approval: Approval = asked.record
    status = approval.status(at=asked.at)
    user = asked.request.user
    is_open = status == Status.OPEN
    return {
        "approval": approval,
        "what": in_words(approval),
        "status": status,
        "is_open": is_open,
        "members": Member.objects.filter(id__in=approval.concerns),
        "requester": requester(approval),
        "decider": _name(approval.decided_by) if approval.decided_by else "",
        "is_own_request": is_open and approval.requested_by_id == user.pk,
        "is_own_account": is_open
        and is_own_account(user_id=user.pk, member_ids=approval.concerns),
    }


REQUEST = Panel(
    name="request",
    title="",
    template="panels/approval.html",
    permission="members.view_approval",
    facts=_request,
)
