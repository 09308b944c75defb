"""Recording what members do other than to buy, and giving the points it earns."""

from collections.abc import Collection
from datetime import datetime, timedelta

from loyalty_program.digests import digest
from loyalty_program.errors import KeyReused
from members import profiles
from members.profiles import Member, MemberNotActive
from members.programme import Store, StoreNotFound, policy_in_force, stores_by_code
from rewards.earning.activities import RecordedActivity, get_activity_type, with_receipts
from rewards.earning.errors import (
    ActivityInTheFuture,
    ActivityReportedByEngine,
    ActivityTooOld,
    ActivityTypeNotActive,
)
from rewards.earning.models import Activity, ActivityType
from rewards.earning.services.activity_booking import book_activity


def record_activity(
    *,
    member: str,
    type: str,
    reference: str,
    occurred_at: datetime,
    at: datetime,
    store: str = "",
    stores: Collection[int] = (),
) -> RecordedActivity:
    """
    Record what a shop tells of a member, and give the points it earns.

    Repeating it answers the first result, whatever the rules are by then. `store` is where
    it happened, if anywhere. With the ids of `stores`, those of others are refused, and
    one alone is meant where none is named.

    :raises ActivityTypeNotFound: if the catalogue does not have the type
    :raises ActivityReportedByEngine: if it is one that the engine reports
    :raises KeyReused: if another activity was recorded under this type and reference
    :raises LoyaltyError: for what cannot be recorded now; nothing is changed then
    """
    kind = get_activity_type(code=type)
    if kind.is_reported_by_engine:
        raise ActivityReportedByEngine(pointer="/type", activity_type=type)
    place = _store(store, stores=stores)
    person = profiles.get_member(number=member)
    activity = Activity(
        type=kind,
        reference=reference,
        member=person,
        store=place,
        occurred_at=occurred_at,
        recorded_at=at,
        digest=digest(
            {
                "type": type,
                "reference": reference,
                "member": member,
                "occurred_at": occurred_at,
                "store": store or None,
            }
        ),
    )
    if known := _known(activity):
        return known
    _refuse_what_is_over(kind, person)
    _refuse_wrong_time(occurred_at, at=at)
    recorded = book_activity(activity, at=at)
    return _told_again(recorded, activity) if recorded.is_replay else recorded


def _store(code: str, *, stores: Collection[int]) -> Store | None:
    if not code:
        return Store.objects.get(pk=next(iter(stores))) if len(stores) == 1 else None
    store = stores_by_code([code]).get(code)
    if store is None or (stores and store.pk not in stores):
        raise StoreNotFound(pointer="/store", store=code)
    return store


def _known(activity: Activity) -> RecordedActivity | None:
    """
    Return the same activity as it was recorded before, if it was.
    """
    earlier = Activity.objects.filter(type=activity.type, reference=activity.reference)
    found = with_receipts(list(earlier.select_related("type", "member", "store")))
    return _told_again(found[0], activity) if found else None


def _told_again(recorded: RecordedActivity, activity: Activity) -> RecordedActivity:
    if bytes(recorded.activity.digest) != bytes(activity.digest):
        raise KeyReused(pointer="/reference")
    return recorded


def _refuse_what_is_over(kind: ActivityType, person: Member) -> None:
    if not kind.is_active:
        raise ActivityTypeNotActive(pointer="/type", activity_type=kind.code)
    if person.status != Member.Status.ACTIVE:
        raise MemberNotActive(number=person.number, membership=person.status)


def _refuse_wrong_time(occurred_at: datetime, *, at: datetime) -> None:
    policy = policy_in_force(at=at)
    latest = at + timedelta(minutes=policy.clock_tolerance_minutes)
    if occurred_at > latest:
        raise ActivityInTheFuture(pointer="/occurred_at", latest=latest)
    earliest = at - timedelta(days=policy.oldest_purchase_days)
    if occurred_at < earliest:
        raise ActivityTooOld(pointer="/occurred_at", earliest=earliest)
