"""
Wallets that live long: hundreds of verbs drawn evenly, against the same model.

Hypothesis looks for short sequences that break something; these are long ones, in which
holds lapse over lots that expired, and what was given back is spent and given back again.
"""

import random

import pytest

from tests.properties.test_ledger import DAYS, WALLETS, WalletMachine

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(2))
def test_the_ledger_and_its_model_agree_over_a_long_life(seed):
    live(seed, verbs=150)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1020))
def test_they_agree_over_many_lives(seed):
    live(seed, verbs=300)


def live(seed: int, *, verbs: int) -> None:
    machine = WalletMachine()
    try:
        chance = random.Random(seed)
        machine.they_come_with_points(lives=3)
        for _ in range(verbs):
            draw(machine, chance)
            machine.both_show_the_same_wallets()
            machine.both_wrote_the_same_entries()
            machine.both_left_the_same_lots()
    finally:
        machine.teardown()


def draw(machine: WalletMachine, chance: random.Random) -> None:
    """
    Let one thing happen, each as often as it takes for all to meet each other.
    """
    wallet, pick = chance.choice([0, 0, 0, 1, 2]), min(chance.randrange(12), chance.randrange(12))
    points, many = chance.randint(1, 30), chance.randint(10, 60)
    old, all_there_is = chance.randrange(40), machine.available(wallet) or 1
    hours, later = chance.randint(3, 60), chance.choice([None, chance.randint(3, 40)])
    some = chance.choice([None, points])
    shortfall = chance.choice(["DEBT", "DEBT", "FORGIVE", "REFUSE", "UNSPENT"])
    batch = [
        (chance.randrange(WALLETS), chance.randint(1, 30), later, chance.choice([None, hours]))
        for _ in range(chance.randint(1, 5))
    ]
    things = [
        (4, lambda: machine.time_passes(chance.randint(3, 12))),
        (2, lambda: machine.the_clock_is_set_back(chance.randint(1, 90))),
        (6, lambda: machine.the_next_thing_falls_due(wallet, chance.random() < 0.3)),
        (3, machine.all_that_is_due_is_settled),
        (6, lambda: machine.accrue(wallet, many, later, chance.choice([None, hours]))),
        (1, lambda: machine.accrue_to_the_end_of_a_month(wallet, many, 1)),
        (2, lambda: machine.accrue_many(batch, repeats=chance.random() < 0.5)),
        (2, lambda: machine.accrue_until_an_event(wallet, many)),
        (2, lambda: machine.the_event_comes(wallet, pick, later)),
        (6, lambda: machine.redeem(wallet, points)),
        (3, lambda: machine.redeem(wallet, all_there_is)),
        (6, lambda: machine.open_hold(wallet, points, hours)),
        (3, lambda: machine.capture_hold(wallet, pick, some)),
        (2, lambda: machine.void_hold(wallet, pick)),
        (3, lambda: machine.transfer(chance.sample(range(WALLETS), WALLETS), points)),
        (3, lambda: machine.adjust(wallet, points, later, chance.random() < 0.5)),
        (6, lambda: machine.reverse_accrual(wallet, pick, many, shortfall)),
        (4, lambda: machine.reverse_redemption(wallet, old, some, later)),
        (1, lambda: machine.freeze_or_unfreeze(wallet)),
        (1, lambda: machine.keep_alive(wallet, hours)),
        (3, lambda: machine.a_request_comes_again(chance.randrange(len(machine.asked)))),
        (
            2,
            lambda: machine.another_request_comes_under_an_old_key(
                chance.randrange(len(machine.asked)), points
            ),
        ),
        (0.1, lambda: machine.a_special_day_comes(chance.choice(DAYS))),
    ]
    weights = [weight for weight, _ in things]
    ((_, happens),) = chance.choices(things, weights)
    happens()
