"""
The kinds of refusal a caller can meet.

A feature subclasses one of these for each thing that can go wrong and that the
caller can act on. Nothing here knows about HTTP; `http.problems` translates.
"""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What every problem says about itself, so no fact may go by the same name.
RESERVED = frozenset({"type", "title", "status", "code", "detail", "instance", "errors"})


class LoyaltyError(Exception):
    """
    A request the programme declines.

    `facts` are the values a caller needs to act on the refusal. They are shown
    to the caller, so they must never hold anything about another member.
    `pointer` is the JSON pointer of the value in the request that it is about,
    such as `/store` or `/lines/0/amount`.
    """

    code: ClassVar[str]
    title: ClassVar[str | Promise]

    def __init__(self, *, pointer: str | None = None, **facts: Any) -> None:
        if taken := RESERVED & facts.keys():
            raise TypeError(f"{type(self).__name__}: no fact may be called {sorted(taken)}")
        # The parent gets no arguments, so that an error survives pickling.
        super().__init__()
        self.pointer = pointer
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.title} ({facts})" if facts else str(self.title)


class NotFound(LoyaltyError):
    """What the request names does not exist, or not for this caller."""


class Refused(LoyaltyError):
    """The request is understood, and the programme's rules say no for now."""


class Invalid(LoyaltyError):
    """A value that no rule could accept, found only by the verb that was given it."""


class KeyReused(LoyaltyError):
    """An idempotency key came back with a different request behind it."""

    code = "idempotency-key-reused"
    title = _("This idempotency key was used for a different request.")
