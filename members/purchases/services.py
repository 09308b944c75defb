from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from loyalty_program import sql
from loyalty_program.errors import KeyReused, LoyaltyError
from members.profiles import Member, MemberNotActive, MemberNotFound
from members.programme import ChannelNotFound, Policy, Programme, StoreNotFound
from members.purchases.errors import (
    AmountTooFine,
    MoneyNotAccepted,
    PurchaseInTheFuture,
    PurchaseTooOld,
)
from members.purchases.queries import Named, category_ids, look_up
from members.purchases.rules import NewLine, NewPurchase, decimals, fingerprint, paths_to

LINE_COLUMNS = (
    "purchase_id",
    "number",
    "sku",
    "category_id",
    "quantity",
    "amount",
    "is_earning",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A purchase that is recorded, now or by an earlier telling."""

    purchase_id: int
    member_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """What every purchase of one call is judged by."""

    programme: Programme
    policy: Policy
    stores: Collection[int]
    at: datetime


@dataclass(slots=True)
class Telling:
    """A purchase on its way: what it names, and the answer once there is one."""

    purchase: NewPurchase
    digest: bytes
    named: Named
    answer: Fact | LoyaltyError | None = None


@transaction.atomic
def record_many(
    *,
    purchases: Sequence[NewPurchase],
    programme: Programme,
    policy: Policy,
    at: datetime,
    stores: Collection[int] = (),
) -> list[Fact | LoyaltyError]:
    """
    Record what shops told, and answer each in its place with the fact or why not.

    A purchase that was told before is answered with the first fact, however old
    it is by now. With the ids of `stores`, those of other stores are refused.
    Nothing is earned here: `rewards.earning` does that.
    """
    ground = Ground(programme=programme, policy=policy, stores=stores, at=at)
    tellings = [
        Telling(purchase=purchase, digest=fingerprint(purchase), named=named)
        for purchase, named in zip(purchases, look_up(purchases), strict=True)
    ]
    for telling in tellings:
        telling.answer = _judge(telling, ground)
    if wanted := [telling for telling in tellings if telling.answer is None]:
        _record(wanted, at=at)
    return [telling.answer for telling in tellings if telling.answer is not None]


def _judge(telling: Telling, ground: Ground) -> Fact | LoyaltyError | None:
    """
    Return the answer to a purchase, or None for one that is to be recorded.
    """
    purchase, named = telling.purchase, telling.named
    if named.channel_id is None:
        return ChannelNotFound(pointer="/channel", channel=purchase.channel)
    if named.store_id is None or (ground.stores and named.store_id not in ground.stores):
        return StoreNotFound(pointer="/store", store=purchase.store)
    if named.purchase_id is not None:
        return _told_again(telling, named)
    if named.member_id is None:
        return MemberNotFound(pointer="/member", number=purchase.member)
    if named.member_status != Member.Status.ACTIVE:
        return MemberNotActive(
            pointer="/member", number=purchase.member, membership=named.member_status
        )
    return _trouble_with_money(purchase, ground.programme) or _trouble_with_time(purchase, ground)


def _told_again(telling: Telling, named: Named) -> Fact | LoyaltyError:
    if telling.digest != named.digest:
        return KeyReused(pointer="/reference")
    assert named.purchase_id is not None
    assert named.member_id is not None
    return Fact(purchase_id=named.purchase_id, member_id=named.member_id, is_new=False)


def _trouble_with_money(purchase: NewPurchase, programme: Programme) -> LoyaltyError | None:
    if purchase.currency != programme.currency:
        return MoneyNotAccepted(
            pointer="/currency", currency=purchase.currency, accepted=programme.currency
        )
    digits = programme.currency_digits
    for index, line in enumerate(purchase.lines):
        if decimals(line.amount) > digits:
            return AmountTooFine(pointer=f"/lines/{index}/amount", digits=digits)
    return None


def _trouble_with_time(purchase: NewPurchase, ground: Ground) -> LoyaltyError | None:
    policy, purchased_at = ground.policy, purchase.purchased_at
    latest = ground.at + timedelta(minutes=policy.clock_tolerance_minutes)
    if purchased_at > latest:
        return PurchaseInTheFuture(pointer="/purchased_at", latest=latest)
    earliest = ground.at - timedelta(days=policy.oldest_purchase_days)
    if purchased_at < earliest:
        return PurchaseTooOld(pointer="/purchased_at", earliest=earliest)
    return None


def _record(tellings: Sequence[Telling], *, at: datetime) -> None:
    """
    Record the purchases and answer each.

    What somebody else recorded a moment ago, or an earlier place of the same
    call, is answered as told again.
    """
    categories = _categories_of(telling.purchase for telling in tellings)
    ids = _insert(tellings, at=at)
    late: list[Telling] = []
    lines: list[tuple[int, NewLine]] = []
    for telling in tellings:
        purchase, named = telling.purchase, telling.named
        # Taken once: of two tellings with one reference the first was recorded.
        purchase_id = ids.pop((named.channel_id, purchase.reference), None)
        if purchase_id is None:
            late.append(telling)
        else:
            assert named.member_id is not None
            telling.answer = Fact(purchase_id, named.member_id, is_new=True)
            lines.extend((purchase_id, line) for line in purchase.lines)
    _copy_lines(lines, categories)
    if late:
        for telling, named in zip(late, look_up([t.purchase for t in late]), strict=True):
            telling.answer = _told_again(telling, named)


def _insert(tellings: Sequence[Telling], *, at: datetime) -> dict[tuple[int | None, str], int]:
    """
    Insert the purchases, and return the id of each new one by channel and reference.
    """
    named = [telling.named for telling in tellings]
    purchases = [telling.purchase for telling in tellings]
    rows = sql.run(
        "members.purchases",
        "record",
        at=at,
        channels=[name.channel_id for name in named],
        references=[purchase.reference for purchase in purchases],
        members=[name.member_id for name in named],
        stores=[name.store_id for name in named],
        staff=[purchase.staff for purchase in purchases],
        amounts=[purchase.amount for purchase in purchases],
        purchased_ats=[purchase.purchased_at for purchase in purchases],
        digests=[telling.digest for telling in tellings],
    )
    return {(channel_id, reference): purchase_id for channel_id, reference, purchase_id in rows}


def _copy_lines(lines: Sequence[tuple[int, NewLine]], categories: dict[str, int]) -> None:
    sql.copy(
        "members_purchaseline",
        LINE_COLUMNS,
        (
            (
                purchase_id,
                line.number,
                line.sku,
                categories.get(line.category),
                line.quantity,
                line.amount,
                line.is_earning,
            )
            for purchase_id, line in lines
        ),
    )


def _categories_of(purchases: Iterable[NewPurchase]) -> dict[str, int]:
    """
    Return the ids of the categories that the lines name, adding those that are new.
    """
    codes = {line.category for purchase in purchases for line in purchase.lines} - {""}
    if not codes:
        return {}
    known = category_ids(codes)
    missing = codes - known.keys()
    if not missing:
        return known
    paths = {path for code in missing for path in paths_to(code)}
    # A parent comes before its children, level by level.
    for depth in sorted({path.count("/") for path in paths}):
        level = [path for path in paths if path.count("/") == depth]
        sql.run("members.purchases", "add_categories", codes=level)
    return known | category_ids(missing)
