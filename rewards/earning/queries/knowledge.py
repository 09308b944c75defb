"""What is known of members when their purchases are judged, and what was known then."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty_program import sql
from members.purchases import NewLine, NewPurchase
from members.segments import (
    AllOf,
    AnyOf,
    Context,
    Facts,
    LineFacts,
    MemberFacts,
    PurchaseFacts,
)
from rewards.earning.deciding import EarningLine
from rewards.earning.models import KnownFacts
from rewards.earning.queries.terms import Place

# A condition without parts: all of them hold, and not one of any.
EVERYBODY, NOBODY = AllOf(()), AnyOf(())
# Where no rule asks for the visit, nobody counts.
NOT_COUNTED = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a member; `visit` counts their purchases in the order of their ids."""

    member: MemberFacts
    visit: int = NOT_COUNTED

    def dump(self) -> dict[str, Any]:
        member = self.member
        return {
            "enrolled_at": member.enrolled_at.isoformat(),
            "tier": member.tier,
            "tags": sorted(member.tags),
            "birth_month": member.birth_month,
            "home_store": member.home_store,
            "home_region": member.home_region,
            "language": member.language,
            "channel": member.channel,
            "visit": self.visit,
        }


def nothing_known(moment: datetime) -> Known:
    """
    Return what is known of a member whom no rule asks for.
    """
    return Known(MemberFacts(enrolled_at=moment))


def know_members(
    asked: Sequence[tuple[int, datetime]], *, context: Context, counts_visits: bool
) -> list[Known]:
    """
    Return what is known of each (member, moment), in one query, and in the order given.

    :param counts_visits: whether `visit` is the number of the purchases that are recorded
    """
    told = [
        {"place": place, "member_id": member_id, "moment": moment.isoformat()}
        for place, (member_id, moment) in enumerate(asked)
    ]
    rows = sql.run(
        "rewards.earning", "know_members", asked=json.dumps(told), counts_visits=counts_visits
    )
    tiers = {rank: code for code, rank in context.ranks.items()}
    return [
        Known(
            MemberFacts(
                enrolled_at=enrolled_at,
                tier=tiers.get(rank),
                tags=frozenset(tags),
                birth_month=birth_month,
                home_store=home_store,
                home_region=home_region,
                language=language,
                channel=channel,
            ),
            visits or NOT_COUNTED,
        )
        for (
            enrolled_at,
            tags,
            birth_month,
            home_store,
            home_region,
            language,
            channel,
            rank,
            visits,
        ) in rows
    ]


def known_facts(purchase_ids: Collection[int]) -> dict[int, KnownFacts]:
    """
    Return what was known when these purchases were judged; of most, nothing was asked.
    """
    return KnownFacts.objects.in_bulk(purchase_ids)


def read_known(kept: KnownFacts) -> Known:
    facts = dict(kept.facts)
    visit = facts.pop("visit")
    enrolled_at = datetime.fromisoformat(facts.pop("enrolled_at"))
    tags = frozenset(facts.pop("tags"))
    return Known(MemberFacts(enrolled_at=enrolled_at, tags=tags, **facts), visit)


def context_of(kept: KnownFacts | None, *, context: Context) -> Context:
    """
    Return what conditions refer to, with everybody and nobody in the segments.

    Who was in a segment is known: its condition may be another one by now.
    """
    was_in: Mapping[str, bool] = kept.segments if kept else {}
    return Context(
        zone=context.zone,
        ranks=context.ranks,
        segments={code: EVERYBODY if is_in else NOBODY for code, is_in in was_in.items()},
    )


def earning_lines(lines: Sequence[NewLine]) -> list[NewLine]:
    """
    Return the lines that earn, by their numbers.
    """
    return sorted((line for line in lines if line.is_earning), key=lambda line: line.number)


def as_measured(lines: Sequence[NewLine]) -> list[EarningLine]:
    return [EarningLine(line.number, line.amount, line.quantity) for line in lines]


def facts_of(
    purchase: NewPurchase,
    *,
    lines: Sequence[NewLine],
    place: Place,
    known: Known,
    context: Context,
) -> Facts:
    """
    Return what a purchase is judged by: itself, the lines that earn, and its member.
    """
    return Facts(
        at=purchase.purchased_at,
        zone=context.zone,
        member=known.member,
        purchase=PurchaseFacts(
            amount=purchase.amount,
            purchased_at=purchase.purchased_at,
            zone=place.zone,
            channel=purchase.channel,
            store=purchase.store,
            region=place.region,
            visit=known.visit,
        ),
        lines=tuple(
            [
                LineFacts(
                    amount=line.amount,
                    quantity=line.quantity,
                    sku=line.sku,
                    category=line.category or None,
                )
                for line in lines
            ]
        ),
    )
