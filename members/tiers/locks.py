from collections.abc import Collection
from datetime import datetime

from loyalty_program import sql


def lock_members(*, member_ids: Collection[int]) -> list[int]:
    """
    Lock these members in ascending order, and return those that exist.
    """
    rows = sql.run("members.tiers", "lock_members", member_ids=list(member_ids))
    return [member_id for (member_id,) in rows]


def lock_members_to_review(*, at: datetime, batch: int) -> list[int]:
    """
    Lock the next members whose period has ended. Waits for nobody.
    """
    rows = sql.run("members.tiers", "lock_members_to_review", at=at, batch=batch)
    return [member_id for (member_id,) in rows]


def lock_members_to_close(*, at: datetime, batch: int) -> list[int]:
    """
    Lock the next members of whom a given tier is over. Waits for nobody.
    """
    rows = sql.run("members.tiers", "lock_members_to_close", at=at, batch=batch)
    return [member_id for (member_id,) in rows]


def lock_members_to_notify(*, at: datetime, batch: int) -> list[int]:
    """
    Lock the next members who are to be told that a given tier ends. Waits for nobody.
    """
    rows = sql.run("members.tiers", "lock_members_to_notify", at=at, batch=batch)
    return [member_id for (member_id,) in rows]
