"""What requests about benefits look like, and what is answered."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from loyalty_program.http.fields import Money, StrictDateTime, StrictInteger, Text
from loyalty_program.http.serializers import StrictSerializer
from members.programme import get_programme
from rewards.benefits.models import Benefit
from rewards.benefits.queries import Holding, MemberBenefits
from rewards.benefits.services import Used
from rewards.benefits.words import Words

MOST_AT_ONCE = 1_000
IN_WORDS = "The same in sentences, in the language of `Accept-Language`."


class UsesResponse(StrictSerializer):
    since = StrictDateTime(
        source="starts_at",
        allow_null=True,
        help_text="When the period began; in the future for a month that is to come, and null if "
        "nobody knows when that is.",
    )
    until = StrictDateTime(allow_null=True, help_text="When what is left is lost.")
    allowed = serializers.IntegerField(allow_null=True, help_text="Null: without a limit.")
    used = serializers.IntegerField()
    left = serializers.IntegerField(allow_null=True, help_text="Null: without a limit.")


class BenefitResponse(StrictSerializer):
    benefit = serializers.CharField(source="held.benefit.code")
    kind = serializers.ChoiceField(choices=Benefit.Kind.choices, source="held.benefit.kind")
    name = serializers.CharField(source="held.benefit.name")
    description = serializers.CharField(source="held.benefit.description")
    until = StrictDateTime(
        source="held.until",
        allow_null=True,
        help_text="When the member has it no more, or its tier is renewed; null if nobody knows.",
    )
    points = serializers.IntegerField(source="held.benefit.points", allow_null=True)
    given_at = StrictDateTime(
        source="held.grant.granted_at",
        default=None,
        allow_null=True,
        help_text="When it last gave its points.",
    )
    from_amount = Money(allow_null=True, help_text="From which amount delivery is free.")
    hours = serializers.IntegerField(
        source="held.benefit.hours", allow_null=True, help_text="So many before others."
    )
    uses = UsesResponse(
        source="held.counted", allow_null=True, help_text="Of what is counted: what is left."
    )
    words = serializers.CharField(help_text=IN_WORDS)


class MultiplierResponse(StrictSerializer):
    factor = serializers.DecimalField(max_digits=5, decimal_places=2)
    words = serializers.CharField(help_text=IN_WORDS)


class FreeDeliveryResponse(StrictSerializer):
    from_amount = Money()
    is_free = serializers.BooleanField(
        allow_null=True, help_text="For the `amount` that was asked for; null if none was."
    )
    short_by = Money(allow_null=True, help_text="How much more it takes; null without `amount`.")


class MemberBenefitsResponse(StrictSerializer):
    tier = serializers.CharField(source="tier.code")
    tier_name = serializers.CharField(source="tier.name")
    multiplier = MultiplierResponse(help_text="What the ladder says: the tier's multiplier.")
    early_access_hours = serializers.IntegerField(
        help_text="The most of all benefits; 0 if the member buys no sooner than others."
    )
    free_delivery = FreeDeliveryResponse(
        allow_null=True, help_text="From the lowest amount of all benefits; null if there is none."
    )
    benefits = serializers.ListField(child=BenefitResponse())


class UseRequest(StrictSerializer):
    reference = Text(
        max_length=64,
        help_text="The shop's own; repeating the request under it uses nothing more.",
    )
    quantity = StrictInteger(min_value=1, max_value=MOST_AT_ONCE, required=False, default=1)
    store = Text(max_length=32, required=False, help_text="The store's code.")
    note = Text(
        max_length=250,
        required=False,
        default="",
        allow_blank=True,
        help_text="What it was; a courtesy needs it.",
    )


class UndoRequest(StrictSerializer):
    reason = Text(max_length=250, required=False, default="", allow_blank=True)


class UseResponse(StrictSerializer):
    benefit = serializers.CharField(source="use.code")
    reference = serializers.CharField(source="use.reference")
    quantity = serializers.IntegerField(source="use.quantity")
    note = serializers.CharField(source="use.note")
    store = serializers.CharField(source="use.store.code", default=None, allow_null=True)
    used_at = StrictDateTime(source="use.used_at")
    given_back_at = StrictDateTime(source="use.given_back_at", allow_null=True)
    left = serializers.IntegerField(
        allow_null=True, help_text="How much is left in the period; null without a limit."
    )


def show_use(used: Used) -> dict[str, Any]:
    return UseResponse.present(used)


def show_benefits(found: MemberBenefits, *, amount: Decimal | None) -> dict[str, Any]:
    programme = get_programme()
    words = Words(programme)
    digits = programme.currency_digits
    multiplier = found.standing.multiplier
    return MemberBenefitsResponse.present(
        {
            "tier": found.tier,
            "multiplier": {"factor": multiplier, "words": words.multiplier(multiplier)},
            "early_access_hours": found.early_access_hours,
            "free_delivery": _delivery(found, amount, digits),
            "benefits": [
                {
                    "held": held,
                    "from_amount": _rounded(held.benefit.from_amount, digits),
                    "words": words.all(held),
                }
                for held in found.holdings
            ],
        }
    )


def _delivery(found: MemberBenefits, amount: Decimal | None, digits: int) -> dict[str, Any] | None:
    held: Holding | None = found.free_delivery
    if held is None or held.benefit.from_amount is None:
        return None
    return {
        "from_amount": _rounded(held.benefit.from_amount, digits),
        "is_free": None if held.short_by is None else not held.short_by,
        "short_by": _rounded(held.short_by, digits),
    }


def _rounded(amount: Decimal | None, digits: int) -> Decimal | None:
    """
    Write money with the decimal places that the programme's money has.
    """
    return None if amount is None else round(amount, digits)
