"""The statement as people read it: what each entry was, and what it is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.ledger.models import Entry
from members.ledger.queries import entries_by_number
from members.ledger.types import Bucket, Kind
from members.purchases import Purchase

# How purchases, activities and benefits are written as an entry's reference, and what else
# stands there that is told by the kind already.
PURCHASE = "purchase"
ACTIVITY = "activity"
BENEFIT = "benefit"
TRANSFER = "transfer"
TOLD_BY_KIND = {"adjustment", "return", TRANSFER}
# These tell of the days on which the points were earned.
ABOUT_LOTS = {Kind.RELEASE, Kind.EXPIRE}


@dataclass(frozen=True, slots=True)
class Line:
    """
    An entry, the purchase it came from, and the entries it is about: one, or its lots'.
    """

    entry: Entry
    purchase: Purchase | None = None
    about: Sequence[Entry] = ()
    about_purchase: Purchase | None = None

    @property
    def what(self) -> str:
        return str(Kind(self.entry.kind).label)

    @property
    def balance(self) -> int:
        return self.entry.available_after + self.entry.held_after - self.entry.debt_after

    @property
    def change(self) -> int:
        """
        What it did to the balance.
        """
        entry = self.entry
        counted = {Bucket.AVAILABLE, Bucket.HELD, Bucket.DEBT}
        return entry.amount * ((entry.destination in counted) - (entry.source in counted))

    @property
    def points(self) -> int:
        """
        What it did to the balance; of points that are not part of it, what it did to those.
        """
        is_taken = self.entry.source == Bucket.PENDING
        return self.change or (-self.entry.amount if is_taken else self.entry.amount)

    @property
    def is_pending(self) -> bool:
        """
        Whether its points are not part of the balance yet.
        """
        return not self.change and Bucket.PENDING in {self.entry.source, self.entry.destination}

    @property
    def is_inside(self) -> bool:
        """
        Whether it only moved points within the balance, such as setting them aside.
        """
        return not self.change and not self.is_pending

    @property
    def detail(self) -> str:
        """
        What the kind alone does not say.
        """
        if self.entry.kind in ABOUT_LOTS:
            return _earned(self.about)
        if self.about:
            return self._about()
        if self.entry.reference.startswith(f"{TRANSFER}:"):
            return self._other_member()
        return "" if self.purchase else _readable(self.entry.reference)

    @property
    def sentence(self) -> str:
        place = self.purchase.store.name if self.purchase else ""
        detail = " · ".join(part for part in (place, self.detail) if part)
        label = capfirst(self.what)
        return _("%(what)s: %(detail)s") % {"what": label, "detail": detail} if detail else label

    def _about(self) -> str:
        about = self.about[0]
        told = {"day": _day(about.occurred_at), "points": f"{about.amount:,}"}
        place = (
            self.about_purchase.store.name if self.about_purchase else _readable(about.reference)
        )
        if about.kind == Kind.HOLD:
            text = _("set aside on %(day)s")
        elif about.kind in {Kind.REDEEM, Kind.CAPTURE}:
            text = _("of %(points)s spent on %(day)s")
        else:
            text = _("of %(points)s earned on %(day)s")
        sentence = text % told
        if self.entry.source == Bucket.DEBT:
            sentence = _("%(what)s; spent already, so owed") % {"what": sentence}
        return f"{sentence} · {place}" if place and not self.purchase else sentence

    def _other_member(self) -> str:
        _transfer, sender, receiver = self.entry.reference.split(":")[:3]
        if self.entry.kind == Kind.TRANSFER_OUT:
            return _("to the card that ends in %(digits)s") % {"digits": receiver}
        return _("from the card that ends in %(digits)s") % {"digits": sender}


def lines_of(entries: Sequence[Entry], *, member_id: int, currency: str) -> list[Line]:
    """
    Return the entries of one wallet with what they are about, in at most two queries more.
    """
    about = {entry.seq: _numbers_about(entry) for entry in entries}
    known = {entry.seq: entry for entry in entries}
    missing = {number for numbers in about.values() for number in numbers} - known.keys()
    known |= entries_by_number(member_id=member_id, currency=currency, numbers=missing)
    purchases = purchases_of(known.values(), member_id=member_id)
    return [
        Line(
            entry,
            purchase=purchases.get(entry.reference),
            about=[known[number] for number in about[entry.seq] if number in known],
            about_purchase=_purchase_of(about[entry.seq], known, purchases),
        )
        for entry in entries
    ]


def purchases_of(entries: Iterable[Entry], *, member_id: int) -> dict[str, Purchase]:
    """
    Return the purchases that entries refer to, by the reference.
    """
    wanted = Q()
    for reference in {entry.reference for entry in entries}:
        kind, _colon, place = reference.partition(":")
        channel, _colon, number = place.partition(":")
        if kind == PURCHASE:
            wanted |= Q(channel__code=channel, reference=number)
    if not wanted:
        return {}
    purchases = Purchase.objects.filter(wanted, member_id=member_id)
    return {
        f"{PURCHASE}:{purchase.channel.code}:{purchase.reference}": purchase
        for purchase in purchases.select_related("channel", "store")
    }


def _numbers_about(entry: Entry) -> list[int]:
    if entry.kind in ABOUT_LOTS:
        lots = entry.lots or []
        return sorted({lots[0], lots[-1]}) if lots else []
    return [entry.refers_to] if entry.refers_to else []


def _purchase_of(
    numbers: Sequence[int], known: Mapping[int, Entry], purchases: Mapping[str, Purchase]
) -> Purchase | None:
    about = known.get(numbers[0]) if len(numbers) == 1 else None
    return purchases.get(about.reference) if about else None


def _earned(made: Sequence[Entry]) -> str:
    days = sorted({timezone.localtime(entry.occurred_at).date() for entry in made})
    if not days:
        return ""
    if len(days) == 1:
        return _("earned on %(day)s") % {"day": date_format(days[0], "SHORT_DATE_FORMAT")}
    return _("earned from %(first)s to %(last)s") % {
        "first": date_format(days[0], "SHORT_DATE_FORMAT"),
        "last": date_format(days[-1], "SHORT_DATE_FORMAT"),
    }


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATE_FORMAT")


def _readable(reference: str) -> str:
    kind, _colon, place = reference.partition(":")
    if kind == ACTIVITY:
        return " · ".join(place.split(":", maxsplit=1))
    if kind == BENEFIT:
        return place
    return "" if kind in TOLD_BY_KIND else reference
