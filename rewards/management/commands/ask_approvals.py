from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from members import adjustments, approvals, ledger
from members.adjustments import Category
from members.approvals import Actor
from members.profiles import Member

LOOKED_AT = 200


class Wish(NamedTuple):
    """What somebody of the demo's staff would like to adjust."""

    username: str
    points: int
    category: str
    reason: str


WISHES = [
    Wish("clerk", 1_500, Category.MISSING_PURCHASE, "Three receipts of last week are missing"),
    Wish("clerk", -600, Category.ABUSE, "Points of purchases that were not the member's own"),
    Wish("marketer", 8_000, Category.COMPENSATION, "Apology for the party that was called off"),
    Wish("clerk", 120, Category.COMPENSATION, "Waited long at the till"),
]


class Command(BaseCommand):
    help = (
        "Let the demo's staff ask for a few adjustments, so that the approvals inbox has "
        "something to decide. Run again in the same week, it changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        asked = ask_for_adjustments(at=timezone.now())
        self.stdout.write(_("%(count)s adjustments asked for.") % {"count": asked})


def ask_for_adjustments(*, at: datetime) -> int:
    """
    Ask for what was not asked for yet this week, and return how many that are.
    """
    members = rich_members(at=at)
    asked = 0
    for number, wish in enumerate(WISHES):
        actor = Actor.staff(User.objects.get(username=wish.username).pk)
        key = f"demo:{at:%G-%V}:{number}"
        member_id = next(members, None)
        if member_id is None or is_known(actor, key):
            continue
        adjustments.adjust(
            member_id=member_id,
            currency=ledger.Currency.REDEEMABLE,
            points=wish.points,
            category=wish.category,
            reason=wish.reason,
            actor=actor,
            key=key,
            at=at,
        )
        asked += 1
    return asked


def rich_members(*, at: datetime) -> Iterator[int]:
    """
    Yield members of whom something can be taken, beginning with the first to enrol.
    """
    most = max(-wish.points for wish in WISHES)
    active = Member.objects.filter(status=Member.Status.ACTIVE).order_by("id")
    for member_id in active.values_list("id", flat=True)[:LOOKED_AT]:
        if ledger.wallet_of(member_id=member_id, at=at).available >= most:
            yield member_id


def is_known(actor: Actor, key: str) -> bool:
    asked = {"scope": actor.scope, "key": key}
    return (
        approvals.Approval.objects.filter(**asked).exists()
        or adjustments.Adjustment.objects.filter(**asked).exists()
    )
