"""Writing down an activity: the fact, what it earned by which rule, the points and the event."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.db import transaction

from members import events, ledger, segments
from members.ledger import FOREVER, Accrual, Currency
from members.programme import Policy, get_programme, lasts_until, policy_of
from rewards.earning.activities import RecordedActivity, by_currency, rules_for, with_receipts
from rewards.earning.deciding import CapKey, ReadyRule, candidates, cap_keys, decide_activity
from rewards.earning.locks import lock_caps
from rewards.earning.models import Activity, ActivityReceipt, EarningRule
from rewards.earning.services.capping import count_caps
from rewards.earning.validity import Validity, has_own_lot, key_of_rule, validity


@transaction.atomic
def book_activity(activity: Activity, *, at: datetime) -> RecordedActivity:
    """
    Record an activity and give what it earns; one that is recorded already stays as it is.

    Whoever tells it at the same moment waits here for the first one.
    """
    stored, is_new = Activity.objects.select_related("type", "member", "store").get_or_create(
        type=activity.type,
        reference=activity.reference,
        defaults={
            "member": activity.member,
            "store": activity.store,
            "occurred_at": activity.occurred_at,
            "recorded_at": activity.recorded_at,
            "digest": activity.digest,
        },
    )
    if not is_new:
        return with_receipts([stored])[0]
    recorded = RecordedActivity(stored, sorted(_earn(stored), key=by_currency))
    if any(receipt.points for receipt in recorded.receipts):
        _accrue(recorded, at=at)
    _tell(recorded)
    return recorded


def caps_of(rules: Collection[EarningRule], activity: Activity) -> set[CapKey]:
    """
    Return what the points of an activity count towards, on its day in the programme's zone.
    """
    day = activity.occurred_at.astimezone(get_programme().zone).date()
    return {key for rule in rules for key in cap_keys(rule, member_id=activity.member_id, day=day)}


def _earn(activity: Activity) -> list[ActivityReceipt]:
    """
    Decide what an activity earns, and write that down.
    """
    moment, member_id = activity.occurred_at, activity.member_id
    kind = activity.type
    rules = candidates(rules_for(kind), at=moment, activity_type_id=kind.pk)
    if not rules:
        return []
    context = segments.get_context()
    facts = segments.facts_of_members(member_ids=[member_id], at=moment, context=context)
    caps = lock_caps(caps_of(rules, activity))
    decision = decide_activity(
        facts=facts[member_id],
        rules=[ReadyRule.of(rule, context) for rule in rules],
        rooms=caps.rooms(member_id=member_id, day=moment.astimezone(context.zone).date()),
        zone=_zone_of(activity) or context.zone,
    )
    count_caps(caps)
    return ActivityReceipt.objects.bulk_create(
        ActivityReceipt(
            activity=activity,
            rule=part.rule,
            points=part.points,
            uncapped=part.uncapped,
            capped_by=part.capped_by,
        )
        for part in decision.receipts
    )


def _zone_of(activity: Activity) -> tzinfo | None:
    store = activity.store
    return ZoneInfo(store.time_zone) if store and store.time_zone else None


def _accrue(recorded: RecordedActivity, *, at: datetime) -> None:
    """
    Give what an activity earned. A clock that runs ahead makes nobody wait for it.
    """
    zone = get_programme().zone
    earned_at = min(recorded.activity.occurred_at, at)
    policy = policy_of(moment=earned_at)
    # Nothing of it can come back, so it waits only where a rule says so.
    policy.pending_days = 0
    if recorded.points(Currency.REDEEMABLE):
        _keep_alive(recorded.activity.member_id, policy, earned_at=earned_at, zone=zone, at=at)
    for currency in Currency:
        accruals = _accruals(recorded, currency, policy, earned_at=earned_at, zone=zone)
        ledger.accrue_many(currency=currency, accruals=list(accruals), at=at)


def _keep_alive(
    member_id: int, policy: Policy, *, earned_at: datetime, zone: tzinfo, at: datetime
) -> None:
    """
    Let points last that last as long as the member comes, before there are new ones.
    """
    until = lasts_until(policy=policy, active_at=earned_at, available_at=earned_at, zone=zone)
    if policy.expiry == Policy.Expiry.NEVER:
        past = Policy.objects.filter(expiry=Policy.Expiry.INACTIVITY, starts_at__lte=at)
        until = FOREVER if past.exists() else None
    if until:
        ledger.keep_alive(member_id=member_id, until=until, at=at)


def _accruals(
    recorded: RecordedActivity,
    currency: str,
    policy: Policy,
    *,
    earned_at: datetime,
    zone: tzinfo,
) -> Iterator[Accrual]:
    """
    Yield what is to be accrued in a currency: what has terms of its own by itself.
    """
    activity, plain = recorded.activity, _reference(recorded.activity)
    by_key: dict[str, list[ActivityReceipt]] = defaultdict(list)
    for part in recorded.receipts:
        if part.points and part.rule.currency == currency:
            key = key_of_rule(plain, part.rule) if has_own_lot(part.rule) else plain
            by_key[key].append(part)
    for key, parts in by_key.items():
        rule = parts[0].rule
        valid = Validity(earned_at, None)
        # Only what can be spent waits and expires.
        if currency == Currency.REDEEMABLE:
            valid = validity(rule, policy=policy, earned_at=earned_at, zone=zone)
        yield Accrual(
            member_id=activity.member_id,
            points=sum(part.points for part in parts),
            key=key,
            occurred_at=activity.occurred_at,
            available_at=valid.available_at,
            expires_at=valid.expires_at,
            reference=plain,
        )


def _reference(activity: Activity) -> str:
    return f"activity:{activity.type.code}:{activity.reference}"


def _tell(recorded: RecordedActivity) -> None:
    activity = recorded.activity
    events.record(
        member_id=activity.member_id,
        type=events.EventType.ACTIVITY_RECORDED,
        payload={
            "type": activity.type.code,
            "reference": activity.reference,
            "store": activity.store.code if activity.store else None,
            "points": {str(currency): recorded.points(currency) for currency in Currency},
        },
        at=activity.occurred_at,
    )
