"""What members have in the windows that count."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, tzinfo

from loyalty_program import sql
from members import ledger
from members.profiles import Member
from members.tiers import rules
from members.tiers.models import Ladder
from members.tiers.queries.ladders import counts_purchases
from members.tiers.rules import Figures, Span


def figures_at(
    at: datetime, *, member_ids: Collection[int], ladder: Ladder, zone: tzinfo
) -> dict[int, tuple[Figures, Span]]:
    """
    Return the figures of each member that count at this moment, and the window they are of.
    """
    days = joined_on(member_ids, ladder=ladder, zone=zone)
    spans = {
        joined: rules.window_at(at, calendar=ladder, zone=zone, joined=joined)
        for joined in set(days.values())
    }
    return figures_in(
        {member_id: spans[joined] for member_id, joined in days.items()}, ladder=ladder, zone=zone
    )


def figures_in(
    spans: Mapping[int, Span], *, ladder: Ladder, zone: tzinfo
) -> dict[int, tuple[Figures, Span]]:
    """
    Return the figures of each member in a span of their own.

    Members with the same span are asked after together.
    """
    together: dict[Span, list[int]] = defaultdict(list)
    for member_id, span in spans.items():
        together[span].append(member_id)
    found = {}
    for span, member_ids in together.items():
        for member_id, figures in _figures(member_ids, span, ladder=ladder, zone=zone).items():
            found[member_id] = (figures, span)
    return found


def joined_on(member_ids: Collection[int], *, ladder: Ladder, zone: tzinfo) -> dict[int, date]:
    """
    Return the day on which each member's own years begin; one day for all, where none do.
    """
    if ladder.window_kind != Ladder.Window.ANNIVERSARY:
        return dict.fromkeys(member_ids, rules.FIRST_OF_JANUARY)
    members = Member.objects.filter(id__in=member_ids).values_list("id", "enrolled_at")
    return {member_id: at.astimezone(zone).date() for member_id, at in members}


def _figures(
    member_ids: Collection[int], span: Span, *, ladder: Ladder, zone: tzinfo
) -> dict[int, Figures]:
    """
    Return the figures of each member in one span; what was taken back never makes them negative.
    """
    since, until = span
    earned = ledger.points_earned(
        member_ids=member_ids, currency=ledger.Currency.QUALIFYING, since=since, until=until
    )
    if not counts_purchases(ladder):
        return {m: Figures(max(earned.get(m, 0), 0)) for m in member_ids}
    rows = sql.run(
        "members.tiers",
        "spend_and_visits",
        member_ids=list(member_ids),
        since=since,
        until=until,
        zone=str(zone),
    )
    bought = {member_id: (spend, visits) for member_id, spend, visits in rows}
    return {
        m: Figures(max(earned.get(m, 0), 0), *bought.get(m, (rules.NOTHING, 0)))
        for m in member_ids
    }
