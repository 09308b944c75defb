"""
What the customers want of the tellers: short stories of one or more requests.

A story is a generator of what to ask; it is sent each answer. The same chance tells the
same story again, so that a second teller, or the first one's heir, asks the same.
"""

import random
from collections.abc import Generator, Sequence
from typing import Any

from tests.faults.bank.journal import Answer, Ask

Story = Generator[Ask, Answer, None]


class Customer:
    """Draws one story; `n` names it, and with it the keys of its requests."""

    def __init__(self, chance: random.Random, members: Sequence[int], n: str) -> None:
        self.chance, self.members, self.n = chance, members, n
        self._step = 0

    def _ask(self, verb: str, **request: Any) -> Ask:
        self._step += 1
        return Ask(f"{self.n}.{self._step}", verb, request)

    def _member(self) -> int:
        return self.chance.choice(self.members)

    def _points(self, most: int = 40) -> int:
        return self.chance.randint(1, most)

    def purchase(self) -> Story:
        """Earn points, some of which come late or go soon."""
        yield self._ask(
            "accrue",
            member_id=self._member(),
            points=self._points(),
            available_at=self.chance.choice([None, None, 0.2]),
            expires_at=self.chance.choice([None, 0.4, 1, 60]),
        )

    def spend(self) -> Story:
        yield self._ask("redeem", member_id=self._member(), points=self._points())

    def gift(self) -> Story:
        giver, receiver = self.chance.sample(list(self.members), 2)
        yield self._ask("transfer", from_member=giver, to_member=receiver, points=self._points())

    def order(self) -> Story:
        """Hold points, and capture them all or fewer, give them back, or forget them."""
        member, points = self._member(), self._points()
        lapses_at = self.chance.choice([0.1, 60])
        end = self.chance.choice(["all", "fewer", "void", "forget"])
        hold = self._ask("open_hold", member_id=member, points=points, lapses_at=lapses_at)
        held = yield hold
        if "seq" not in held or end == "forget":
            return
        verb = "void_hold" if end == "void" else "capture_hold"
        request = {"points": self._points(points)} if end == "fewer" else {}
        yield self._ask(verb, member_id=member, number=held["seq"], **request)

    def cancelled_order(self) -> Story:
        """Hold points, and give them back: nothing leaves the wallets."""
        member = self._member()
        hold = self._ask(
            "open_hold",
            member_id=member,
            points=self._points(),
            lapses_at=self.chance.choice([0.1, 60]),
        )
        held = yield hold
        if "seq" in held:
            yield self._ask("void_hold", member_id=member, number=held["seq"])

    def returned_purchase(self) -> Story:
        """Earn points, and bring the goods back in two parcels."""
        member, points = self._member(), self._points()
        first = self._points(points)
        expires_at = self.chance.choice([None, 0.4, 60])
        earning = self._ask("accrue", member_id=member, points=points, expires_at=expires_at)
        yield earning
        for parcel in (first, points - first):
            if parcel:
                yield self._ask(
                    "reverse_accrual",
                    member_id=member,
                    accrual_key=earning.key,
                    points=parcel,
                    shortfall=self.chance.choice(["DEBT", "FORGIVE", "REFUSE"]),
                )

    def returned_reward(self) -> Story:
        """Spend points, and get some of them back, then the rest."""
        member, points = self._member(), self._points()
        spending = self._ask("redeem", member_id=member, points=points)
        spent = yield spending
        if "seq" not in spent:
            return
        some = self._points(points)
        for back in ({"points": some}, {}):
            yield self._ask(
                "reverse_redemption", member_id=member, redemption_key=spending.key, **back
            )

    def correction(self) -> Story:
        points = self._points() * self.chance.choice([1, -1])
        yield self._ask("adjust", member_id=self._member(), points=points)

    def exchange(self) -> Story:
        """Spend points and earn others, both or neither."""
        yield self._ask("exchange", member_id=self._member(), points=self._points())
