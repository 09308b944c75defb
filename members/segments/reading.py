"""The facts of what is stored, for whoever judges it in plain Python: many in a few queries."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from members.profiles import Member
from members.purchases import Purchase, PurchaseLine
from members.segments.conditions import (
    FIELDS,
    Context,
    Facts,
    Level,
    LineFacts,
    MemberFacts,
    PurchaseFacts,
)
from members.segments.conditions.place import Place

PLACES = ("home_store", "channel")


def facts_of_members(
    *, member_ids: Collection[int], at: datetime, context: Context
) -> dict[int, Facts]:
    """
    Return what is known of members at a moment, by their ids.
    """
    place = Place(over=Level.MEMBER, at=at, zone=str(context.zone), ranks=context.ranks)
    rows = Member.objects.filter(id__in=member_ids).select_related(*PLACES)
    return {
        member.pk: Facts(at=at, zone=context.zone, member=_of_member(member, member.rank, context))
        for member in rows.annotate(rank=FIELDS["member.tier"].expression(place))
    }


def facts_of_purchases(*, purchase_ids: Collection[int], context: Context) -> dict[int, Facts]:
    """
    Return what is known of purchases, by their ids. The tier is that of when they were made.
    """
    place = Place(over=Level.PURCHASE, at=None, zone=str(context.zone), ranks=context.ranks)
    lines = PurchaseLine.objects.select_related("category").order_by("number")
    rows = (
        Purchase.objects.filter(id__in=purchase_ids)
        .select_related("store", "channel", *(f"member__{name}" for name in PLACES))
        .prefetch_related(Prefetch("lines", queryset=lines))
        .annotate(
            rank=FIELDS["member.tier"].expression(place),
            visit=FIELDS["purchase.visit"].expression(place),
        )
    )
    return {purchase.pk: _of_purchase(purchase, context) for purchase in rows}


def _of_member(member: Member, rank: int | None, context: Context) -> MemberFacts:
    home, channel = member.home_store, member.channel
    return MemberFacts(
        enrolled_at=member.enrolled_at,
        tier=next((code for code, known in context.ranks.items() if known == rank), None),
        tags=frozenset(member.tags),
        birth_month=member.birth_month,
        home_store=home.code if home else None,
        home_region=home.region if home else None,
        language=member.language,
        channel=channel.code if channel else None,
    )


def _of_purchase(purchase: Any, context: Context) -> Facts:
    zone = purchase.store.time_zone
    return Facts(
        at=purchase.purchased_at,
        zone=context.zone,
        member=_of_member(purchase.member, purchase.rank, context),
        purchase=PurchaseFacts(
            amount=purchase.amount,
            purchased_at=purchase.purchased_at,
            zone=ZoneInfo(zone) if zone else context.zone,
            channel=purchase.channel.code,
            store=purchase.store.code,
            region=purchase.store.region,
            visit=purchase.visit,
        ),
        lines=tuple(
            LineFacts(
                amount=line.amount,
                quantity=line.quantity,
                sku=line.sku,
                category=line.category.code if line.category else None,
            )
            for line in purchase.lines.all()
        ),
    )
