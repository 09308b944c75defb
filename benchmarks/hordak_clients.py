"""
django-hordak posting what `ledger.accrue` posts, with a balance guard.

One movement into a member's account, with the account locked and its balance looked
at. A program of its own, because it has settings of its own:
`python -m benchmarks.hordak_clients prepare|CLIENTS`.
"""

import os
import random
import sys
from collections.abc import Callable

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.hordak_settings"

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from hordak.models import Account, AccountType, Leg, Transaction
from moneyed import Money

from benchmarks.measuring import rate_of
from benchmarks.sizes import ENTRIES_EACH, MEMBERS


def prepare() -> None:
    call_command("migrate", verbosity=0)
    Account.objects.bulk_create(
        Account(
            id=number,
            name=f"account {number}",
            type=AccountType.liability,
            currencies=["EUR"],
            tree_id=number,
            lft=1,
            rght=2,
            level=0,
        )
        for number in range(1, MEMBERS + 2)
    )
    with transaction.atomic():
        movements = Transaction.objects.bulk_create(
            Transaction() for _ in range(MEMBERS * ENTRIES_EACH)
        )
        Leg.objects.bulk_create(
            leg
            for number, movement in enumerate(movements)
            for leg in _legs(movement, member=number % MEMBERS + 1)
        )

    # As our tables are before they are measured: nothing is left to be done behind the scenes.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def accruing(client: int) -> Callable[[], object]:
    issuance = Account.objects.get(id=MEMBERS + 1)

    def accrue() -> None:
        member = random.randint(1, MEMBERS)
        with transaction.atomic():
            account = Account.objects.select_for_update(no_key=True).get(id=member)
            if account.get_balance()["EUR"].amount < 0:
                raise ValueError("overdrawn")
            # As its documentation has it: credit the one, debit the other.
            account.transfer_to(issuance, Money(10, "EUR"))

    return accrue


def _legs(movement: Transaction, *, member: int) -> list[Leg]:
    return [
        Leg(transaction=movement, account_id=MEMBERS + 1, debit=Money(10, "EUR")),
        Leg(transaction=movement, account_id=member, credit=Money(10, "EUR")),
    ]


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        print(rate_of(accruing, clients=int(sys.argv[1])))
