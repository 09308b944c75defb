from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import transaction

from members.models import Entry, Event, Hold, Lot, Refusal, Wallet


@pytest.fixture
def nothing_changes(db: None) -> Callable[..., AbstractContextManager[None]]:
    """
    Assert that whatever happens inside changes nothing of any wallet, and tells nobody.

    Only that it was refused may be remembered.
    """

    def everything() -> list[Any]:
        tables = [
            model.objects.order_by("pk").values_list() for model in (Wallet, Entry, Lot, Hold)
        ]
        return [list(map(str, table)) for table in tables] + [Event.objects.count()]

    @contextmanager
    def watch(*, remembered: int = 0) -> Iterator[None]:
        before, refusals = everything(), Refusal.objects.count()
        yield
        assert everything() == before
        assert Refusal.objects.count() == refusals + remembered

    return watch


@pytest.fixture
def refused(nothing_changes) -> Callable[..., AbstractContextManager[Any]]:
    """
    Assert that something is refused and changes nothing; by what, and with which facts.
    """

    @contextmanager
    def expect(error: type[Exception], *, remembered: int = 0, **facts: Any) -> Iterator[None]:
        with nothing_changes(remembered=remembered):
            # What fails in the database ends the transaction; a refusal must not.
            before = transaction.savepoint()
            with pytest.raises(error) as refusal:
                yield
            if refusal.value.__cause__ is not None:
                transaction.savepoint_rollback(before)
        if facts:
            assert refusal.value.facts == facts

    return expect
