import json
import secrets
from argparse import ArgumentParser
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty_program.files import write_privately
from members import access
from members.adjustments import AdjustmentLimit
from members.programme import Channel, Policy, Programme
from members.tiers import Ladder, Rung, Tier
from rewards.management.benefits import set_up_benefits
from rewards.management.rules import set_up_rules

# Well before anything that the demo replays.
START = datetime(2016, 1, 1, tzinfo=UTC)
PROGRAMME = {
    "name": "Complete Journey",
    "currency": "USD",
    "currency_digits": 2,
    "time_zone": "America/New_York",
}
CHANNELS = {"journey": "Complete Journey", "till": "Till", "web": "Web shop", "app": "App"}
TIERS = [
    ("BRONZE", "Bronze", 0, Decimal("1")),
    ("SILVER", "Silver", 1000, Decimal("1.25")),
    ("GOLD", "Gold", 3000, Decimal("1.5")),
    ("PLATINUM", "Platinum", 6000, Decimal("2")),
]
USERS = {"admin": "owner", "marketer": "marketer", "clerk": "clerk"}
APPS = ["members", "rewards"]
# What only the owner looks at.
BEHIND_THE_SCENES = Q(
    content_type__model__in=[
        "apikey",
        "apikeyevent",
        "benefitcount",
        "benefitrecheck",
        "cohorttotal",
        "finding",
        "liabilityreport",
        "staffmember",
        "staffmemberevent",
        "verification",
        "work",
    ]
)
# What staff may do besides looking at everything else.
ABILITIES = {
    "owner": Q(content_type__app_label__in=[*APPS, "auth"]),
    "marketer": Q(
        codename__regex="^(add|change)_"
        "(activitytype|benefit|earningrule|policy|ladder|rung|segment|tier|tierplacement)$"
    )
    | Q(
        codename__in=[
            "add_activity",
            "add_adjustment",
            "change_category",
            "change_jobrun",
            "decide_approval",
            "freeze_wallet",
        ]
    ),
    "clerk": Q(
        codename__regex="^(add|change)_(benefituse|member|tierplacement)$"
        "|^add_(activity|adjustment|return)$"
    ),
}
# How many points each may adjust alone: at a time, and a day.
LIMITS = {"owner": (100_000, 500_000), "marketer": (5_000, 20_000), "clerk": (500, 2_000)}


class Command(BaseCommand):
    help = (
        "Set the demo programme up: its rules, its staff and an API key. Prints, as JSON, who "
        "may log in and how. Run again, it changes nothing and prints the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--secrets",
            type=Path,
            default=settings.BASE_DIR / ".data" / "demo-secrets.json",
            help="the file that keeps the passwords and the API key; made if it is missing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["secrets"]
        kept = json.loads(path.read_text()) if path.exists() else {}
        with transaction.atomic():
            set_up_programme()
            known = {name: kept.get(name) or secrets.token_urlsafe(12) for name in USERS}
            known["api_key"] = valid_key(kept.get("api_key"), at=timezone.now())
            set_up_staff(known)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_privately(path, json.dumps(known, indent=2))
        logins = {name: {"username": name, "password": known[name]} for name in USERS}
        self.stdout.write(json.dumps({**logins, "api_key": known["api_key"]}))


def set_up_programme() -> None:
    programme, is_new = Programme.objects.get_or_create(defaults=PROGRAMME, id=1)
    if not is_new and not Channel.objects.filter(code="journey").exists():
        raise CommandError(
            _("This database runs the programme “%(name)s”; give the demo one of its own.")
            % {"name": programme.name}
        )
    Policy.objects.get_or_create(starts_at=START, defaults={"note": "Demo"})
    for code, name in CHANNELS.items():
        Channel.objects.get_or_create(code=code, defaults={"name": name})
    set_up_ladder()
    set_up_benefits(since=START, at=timezone.now())
    set_up_rules(since=START)


def set_up_ladder() -> None:
    ladder, is_new = Ladder.objects.get_or_create(
        starts_at=START,
        defaults={
            "window_days": 365,
            "period_days": 365,
            "upgrade": Ladder.Upgrade.NEXT_DAY,
            "note": "Demo",
        },
    )
    if not is_new:
        return
    for rank, (code, name, points, multiplier) in enumerate(TIERS):
        tier, _created = Tier.objects.get_or_create(
            code=code, defaults={"name": name, "rank": rank}
        )
        Rung.objects.create(
            ladder=ladder, tier=tier, points_required=points, earning_multiplier=multiplier
        )


def set_up_staff(passwords: dict[str, str]) -> None:
    viewing = (
        Q(content_type__app_label__in=APPS, codename__startswith="view_") & ~BEHIND_THE_SCENES
    )
    for name, role in USERS.items():
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set(Permission.objects.filter(viewing | ABILITIES[role]))
        user, _created = User.objects.get_or_create(
            username=name, defaults={"is_staff": True, "is_superuser": name == "admin"}
        )
        user.groups.add(group)
        once, day = LIMITS[role]
        AdjustmentLimit.objects.get_or_create(
            group=group, defaults={"per_adjustment": once, "per_day": day}
        )
        if not user.check_password(passwords[name]):
            user.set_password(passwords[name])
            user.save(update_fields=["password"])


def valid_key(secret: str | None, *, at: datetime) -> str:
    """
    Return the API key that was made before, or a new one where that is not valid here.
    """
    if secret and access.find_key(secret=secret, at=at):
        return secret
    key, new = access.create_key(
        name="Demo", scopes=list(access.Scope), stores=[], expires_at=None, at=at
    )
    once, day = LIMITS["clerk"]
    AdjustmentLimit.objects.create(api_key=key, per_adjustment=once, per_day=day)
    return new
