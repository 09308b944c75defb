import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
from members.purchases.rules import NewPurchase, decimals, fingerprint, paths_to

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
    """
    A purchase on its way: what it names, and the answer once there is one.

    Without an answer it is fine, and waits to be recorded.
    """

    purchase: NewPurchase
    digest: bytes
    named: Named
    categories: Mapping[str, int]
    answer: Fact | LoyaltyError | None = None

    @property
    def member_id(self) -> int:
        assert self.named.member_id is not None, "refused before, if there is no such member"
        return self.named.member_id

    def columns(self) -> dict[str, Any]:
        """
        Return the purchase as its table has it.
        """
        return {
            "channel_id": self.named.channel_id,
            "reference": self.purchase.reference,
            "member_id": self.named.member_id,
            "store_id": self.named.store_id,
            "staff": self.purchase.staff,
            "amount": self.purchase.amount,
            "purchased_at": self.purchase.purchased_at,
            "digest": self.digest,
        }

    def lines(self, purchase_id: int | None = None) -> Iterator[tuple[Any, ...]]:
        """
        Yield the lines as their table has them, see `LINE_COLUMNS`.
        """
        for line in self.purchase.lines:
            yield (
                purchase_id,
                line.number,
                line.sku,
                self.categories.get(line.category),
                line.quantity,
                line.amount,
                line.is_earning,
            )


@transaction.atomic(savepoint=False)
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
    if not purchases:
        return []
    named, categories = look_up(purchases)
    tellings = judge(
        purchases=purchases,
        named=named,
        categories=categories,
        programme=programme,
        policy=policy,
        at=at,
        stores=stores,
    )
    record([telling for telling in tellings if telling.answer is None], at=at)
    return [telling.answer for telling in tellings if telling.answer is not None]


def judge(
    *,
    purchases: Sequence[NewPurchase],
    named: Sequence[Named],
    categories: Mapping[str, int],
    programme: Programme,
    policy: Policy,
    at: datetime,
    stores: Collection[int] = (),
) -> list[Telling]:
    """
    Answer those purchases that are known or refused; the rest waits to be recorded.

    `named` is what they name, and `categories` the ones that exist, as
    `members_look_up` found them. Those that are missing are added.
    """
    ground = Ground(programme=programme, policy=policy, stores=stores, at=at)
    tellings = [
        Telling(purchase, fingerprint(purchase), name, categories)
        for purchase, name in zip(purchases, named, strict=True)
    ]
    for telling in tellings:
        telling.answer = _judge(telling, ground)
    _add_categories([telling for telling in tellings if telling.answer is None])
    return tellings


def record(tellings: Sequence[Telling], *, at: datetime) -> None:
    """
    Record the purchases that wait for it, and answer each.

    What somebody else recorded a moment ago, or an earlier place of the same
    call, is answered as told again.
    """
    if not tellings:
        return
    ids = _insert(tellings, at=at)
    late: list[Telling] = []
    lines: list[tuple[Any, ...]] = []
    for telling in tellings:
        # Taken once: of two tellings with one reference the first was recorded.
        purchase_id = ids.pop((telling.named.channel_id, telling.purchase.reference), None)
        if purchase_id is None:
            late.append(telling)
        else:
            telling.answer = Fact(purchase_id, telling.member_id, is_new=True)
            lines.extend(telling.lines(purchase_id))
    sql.add_rows("members_purchaseline", LINE_COLUMNS, lines)
    answer_late(late)


def answer_late(tellings: Sequence[Telling]) -> None:
    """
    Answer purchases that turned out to be recorded when they were to be.
    """
    if not tellings:
        return
    known, _categories = look_up([telling.purchase for telling in tellings])
    for telling, named in zip(tellings, known, strict=True):
        telling.answer = _told_again(telling, named)


def _judge(telling: Telling, ground: Ground) -> Fact | LoyaltyError | None:
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
    if telling.digest != named.digest or named.purchase_id is None:
        return KeyReused(pointer="/reference")
    return Fact(named.purchase_id, telling.member_id, is_new=False)


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


def _insert(tellings: Sequence[Telling], *, at: datetime) -> dict[tuple[int | None, str], int]:
    """
    Insert the purchases, and return the id of each new one by channel and reference.
    """
    told = [
        {**telling.columns(), "digest": telling.digest.hex(), "place": place}
        for place, telling in enumerate(tellings)
    ]
    rows = sql.run("members.purchases", "record", at=at, purchases=json.dumps(told, default=str))
    return {(channel_id, reference): purchase_id for channel_id, reference, purchase_id in rows}


def _add_categories(tellings: Sequence[Telling]) -> None:
    """
    Add the categories that the lines name and nobody named before.
    """
    named = {line.category for telling in tellings for line in telling.purchase.lines} - {""}
    missing = named - tellings[0].categories.keys() if tellings else set()
    if not missing:
        return
    paths = {path for code in missing for path in paths_to(code)}
    # A parent comes before its children, level by level.
    for depth in sorted({path.count("/") for path in paths}):
        level = [path for path in paths if path.count("/") == depth]
        sql.run("members.purchases", "add_categories", codes=level)
    known = {**tellings[0].categories, **category_ids(missing)}
    for telling in tellings:
        telling.categories = known
