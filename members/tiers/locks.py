from collections.abc import Collection
from datetime import datetime

from loyalty_program import sql
from members.profiles import Member


def lock_members(*, member_ids: Collection[int]) -> list[int]:
    """
    Lock these members in ascending order, and return those that exist.

    The member is locked and not the period, because there may be none yet.
    """
    members = Member.objects.select_for_update(no_key=True).filter(id__in=member_ids)
    return list(members.order_by("id").values_list("id", flat=True))


def lock_members_to_review(*, at: datetime, batch: int) -> list[int]:
    """
    Lock the next members whose period has ended. Waits for nobody.
    """
    return [
        member_id
        for (member_id,) in sql.run("members.tiers", "lock_members_to_review", at=at, batch=batch)
    ]
