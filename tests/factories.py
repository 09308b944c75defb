"""Objects for tests. Every default is the plainest value that is valid."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory

from members import ledger
from members.models import Channel, Ladder, Member, Policy, Programme, Rung, Store, Tier
from members.profiles.rules import check_digit
from rewards.models import EarningRule

TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class ProgrammeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Programme
        django_get_or_create = ["id"]

    id = 1
    name = "Corner Shop"
    currency = "EUR"
    time_zone = "Europe/Paris"


class PolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Policy
        django_get_or_create = ["starts_at"]

    starts_at = LONG_AGO


class StoreFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Store

    code = factory.Sequence(lambda n: f"S{n:03}")
    name = factory.SelfAttribute("code")


class ChannelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Channel
        django_get_or_create = ["code"]

    code = "till"
    name = "Till"


class MemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Member

    number = factory.Sequence(lambda n: f"9{n:010}" + check_digit(f"9{n:010}"))
    enrolled_at = YESTERDAY


class TierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tier

    code = factory.Sequence(lambda n: f"TIER-{n}")
    name = factory.SelfAttribute("code")
    rank = factory.Sequence(lambda n: n)


class LadderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Ladder

    starts_at = LONG_AGO


class RungFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Rung

    ladder = factory.SubFactory(LadderFactory)
    tier = factory.SubFactory(TierFactory)
    points_required = 0


class EarningRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EarningRule

    code = factory.Sequence(lambda n: f"rule-{n}")
    name = "One point per unit"
    currency = ledger.Currency.REDEEMABLE
    points_per_unit = Decimal(1)
    starts_at = LONG_AGO
