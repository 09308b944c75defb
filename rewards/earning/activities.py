"""What members did other than to buy: what is recorded of it, and what it earned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from members import ledger
from rewards.earning.errors import ActivityTypeNotFound
from rewards.earning.models import Activity, ActivityReceipt, ActivityType, EarningRule

PROFILE_COMPLETED = "profile_completed"
JOINED_ANNIVERSARY = "joined_anniversary"
# What the engine reports itself, and what it is called until staff call it otherwise.
OWN_TYPES = {
    PROFILE_COMPLETED: _("Profile completed"),
    JOINED_ANNIVERSARY: _("Anniversary of joining"),
}

CURRENCIES = list(ledger.Currency)


@dataclass(frozen=True, slots=True)
class RecordedActivity:
    """An activity that is recorded, and what it earned by which rule version."""

    activity: Activity
    receipts: Sequence[ActivityReceipt]
    is_replay: bool = False

    def points(self, currency: str) -> int:
        return sum(
            receipt.points for receipt in self.receipts if receipt.rule.currency == currency
        )


def get_activity_type(*, code: str) -> ActivityType:
    """
    :raises ActivityTypeNotFound: if there is none with this code
    """
    kind = ActivityType.objects.filter(code=code).first()
    if kind is None:
        raise ActivityTypeNotFound(pointer="/type", activity_type=code)
    return kind


def reportable_types() -> list[ActivityType]:
    """
    Return the types that shops and staff may report now, by name.
    """
    return list(ActivityType.objects.filter(is_active=True, is_reported_by_engine=False))


def rules_for(kind: ActivityType) -> list[EarningRule]:
    """
    Return all published versions of the rules that reward, or rewarded, a type of activity.
    """
    codes = EarningRule.objects.filter(activity_type=kind).values("code")
    return list(EarningRule.objects.filter(code__in=codes, is_draft=False))


def activities_of(
    *,
    member_id: int,
    limit: int,
    after: tuple[datetime, int] | None = None,
    stores: Collection[int] = (),
) -> list[RecordedActivity]:
    """
    Return so many of a member's activities, the latest first, `after` one of them.

    With the ids of `stores`, those that belong to other stores are left out.
    """
    found = Activity.objects.filter(member_id=member_id).select_related("type", "store", "member")
    if stores:
        found = found.filter(Q(store=None) | Q(store_id__in=stores))
    if after:
        moment, last_id = after
        found = found.filter(Q(occurred_at__lt=moment) | Q(occurred_at=moment, id__lt=last_id))
    return with_receipts(list(found.order_by("-occurred_at", "-id")[:limit]))


def with_receipts(activities: Sequence[Activity]) -> list[RecordedActivity]:
    """
    Return what recorded activities earned, as it was paid.
    """
    found: dict[int, list[ActivityReceipt]] = {activity.pk: [] for activity in activities}
    for receipt in ActivityReceipt.objects.filter(activity_id__in=found).select_related("rule"):
        found[receipt.activity_id].append(receipt)
    return [
        RecordedActivity(activity, sorted(found[activity.pk], key=by_currency), is_replay=True)
        for activity in activities
    ]


def by_currency(receipt: ActivityReceipt) -> tuple[int, str]:
    return CURRENCIES.index(ledger.Currency(receipt.rule.currency)), receipt.rule.code
