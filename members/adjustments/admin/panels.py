"""What was adjusted and what an adjustment would do, on the pages of others."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loyalty_program.admin.panels import Asked, Panel
from loyalty_program.templatetags.staff import signed
from members.adjustments.models import Adjustment
from members.adjustments.queries import adjustments_of, allowance_of
from members.adjustments.rules import Allowance, wallet_after
from members.approvals import Actor, Approval, Kind, Status, open_approvals
from members.ledger import Currency, WalletView, wallet_of
from members.profiles import Member

PAGE = 8
FROZEN = "FROZEN"


def in_words(approval: Approval) -> str:
    """
    Return what an approval would adjust.
    """
    told = approval.payload
    points = ngettext("%(n)s point", "%(n)s points", abs(told["points"]))
    if told["currency"] == Currency.QUALIFYING:
        points = ngettext("%(n)s qualifying point", "%(n)s qualifying points", abs(told["points"]))
    return points % {"n": signed(told["points"])}


def by_whom(adjustment: Adjustment) -> str:
    """
    Return who adjusted, and who approved it, if that took somebody.
    """
    asked: Any = adjustment.requested_by or adjustment.requested_with
    if adjustment.approval is None:
        return _name(asked)
    names = {"asked": _name(asked), "approved": _name(adjustment.approval.decided_by)}
    return _("%(asked)s, approved by %(approved)s") % names


def room(wallet: WalletView) -> str:
    """
    Return what there is to take from.
    """
    text = ngettext(
        "%(n)s point can be spent now.", "%(n)s points can be spent now.", wallet.available
    )
    return text % {"n": f"{wallet.available:,}"}


def allowed(allowance: Allowance) -> str:
    """
    Return how far somebody may go without a colleague.
    """
    if allowance.per_adjustment == 0:
        return _("You have no limit of your own: a colleague has to approve.")
    told = {"once": f"{allowance.per_adjustment:,}", "left": f"{allowance.left:,}"}
    return (
        _(
            "You may adjust up to %(once)s points at a time, and %(left)s more today; beyond "
            "that a colleague has to approve."
        )
        % told
    )


def _effect(asked: Asked) -> Mapping[str, Any] | None:
    approval: Approval = asked.record
    if approval.kind != Kind.ADJUSTMENT:
        return None
    status = approval.status(at=asked.at)
    if status == Status.APPROVED:
        return {"adjustment": Adjustment.objects.filter(approval=approval).first()}
    if status != Status.OPEN:
        return None
    told = approval.payload
    points, currency = told["points"], told["currency"]
    wallet = wallet_of(member_id=told["member_id"], currency=currency, at=asked.at)
    after = wallet_after(available=wallet.available, debt=wallet.debt, points=points)
    return {
        "wallet": wallet,
        "points": points,
        "after": after,
        "balance_after": after.available + wallet.held - after.debt,
        "short_by": max(0, -after.available),
        "is_stuck": points < 0 and wallet.status == FROZEN,
        "beyond": _beyond(asked, points),
    }


def _beyond(asked: Asked, points: int) -> str:
    """
    Return why this person could not approve so many points, or nothing.
    """
    user: Any = asked.request.user
    if asked.record.requested_by_id == user.pk or not user.has_perm("members.decide_approval"):
        return ""
    allowance = allowance_of(actor=Actor.staff(user.pk), at=asked.at)
    if allowance.covers(points):
        return ""
    return _(
        "This is more than you may approve: %(once)s points at a time, and %(left)s more today."
    ) % {"once": f"{allowance.per_adjustment:,}", "left": f"{allowance.left:,}"}


EFFECT = Panel(
    name="effect",
    title=gettext_lazy("What it does to the points"),
    template="panels/effect.html",
    permission="members.view_approval",
    facts=_effect,
)


def _adjustments(asked: Asked) -> Mapping[str, Any] | None:
    rows = adjustments_of(member_id=asked.record.pk, limit=PAGE + 1, before=asked.before)
    waiting = [] if asked.before else _waiting(asked)
    if not rows and not waiting:
        return None
    return {
        "rows": [(adjustment, by_whom(adjustment)) for adjustment in rows[:PAGE]],
        "waiting": waiting,
        "older": asked.older([adjustment.pk for adjustment in rows], page=PAGE),
    }


def _waiting(asked: Asked) -> list[tuple[Approval, str]]:
    about = open_approvals(at=asked.at).filter(
        kind=Kind.ADJUSTMENT, payload__member_id=asked.record.pk
    )
    return [(approval, in_words(approval)) for approval in about.order_by("-requested_at")]


ADJUSTMENTS = Panel(
    name="adjustments",
    title=gettext_lazy("Adjustments by hand"),
    template="panels/adjustments.html",
    permission="members.view_adjustment",
    facts=_adjustments,
)


def links(asked: Asked) -> list[Mapping[str, Any]]:
    """
    Return what can be done with the points of a member, for the head of the member's page.
    """
    member: Member = asked.record
    if member.status == Member.Status.CLOSED:
        return []
    user, found = asked.request.user, []
    if user.has_perm("members.add_adjustment"):
        found.append(_link(member, "adjust", title=_("Adjust points"), icon="exposure"))
    if user.has_perm("members.freeze_wallet"):
        is_frozen = wallet_of(member_id=member.pk, at=asked.at).status == FROZEN
        found.append(
            _link(member, "unfreeze", title=_("Unfreeze points"), icon="mode_heat")
            if is_frozen
            else _link(member, "freeze", title=_("Freeze points"), icon="ac_unit")
        )
    return found


def _link(member: Member, verb: str, *, title: str, icon: str) -> Mapping[str, Any]:
    page = reverse(f"admin:members_adjustment_{verb}", args=[member.pk])
    return {"title": title, "icon": icon, "path": page, "attrs": {}}


def _name(who: Any) -> str:
    if isinstance(who, User):
        return who.get_full_name() or who.get_username()
    return str(who)
