"""Whom the households of the demo are known as."""

from typing import NamedTuple

from members.profiles import MemberIdentity

IDENTITY = ("journey", "household")


class Account(NamedTuple):
    """The member that a household is."""

    member_id: int
    number: str


def accounts() -> dict[str, Account]:
    """
    Return the account of each household that is enrolled.
    """
    provider, app = IDENTITY
    enrolled = MemberIdentity.objects.filter(provider=provider, app=app)
    rows = enrolled.values_list("external_id", "member_id", "member__number")
    return {household: Account(member_id, number) for household, member_id, number in rows}
