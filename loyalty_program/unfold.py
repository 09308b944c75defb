"""How the staff's pages look: their names, colours and navigation, and which panels they show."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise, cached_property
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

MOST_COUNTED = 99

# Which panels make up a page, in which order. Each feature brings its own.
ADMIN_PANELS = {
    "dashboard": [
        "members.tiers.admin.MEMBERS_BY_TIER",
        "members.verification.admin.LEDGER_HEALTH",
        "members.events.admin.WORK",
        "members.ledger.admin.POINTS_BY_MONTH",
        "members.purchases.admin.PURCHASES_BY_MONTH",
    ],
    "member": [
        "members.profiles.admin.HEADER",
        "members.ledger.admin.BALANCES",
        "members.tiers.admin.STANDING",
        "members.ledger.admin.EXPIRING",
        "members.purchases.admin.BY_MONTH",
        "rewards.benefits.admin.BENEFITS",
        "rewards.earning.admin.EXPLANATION",
        "rewards.earning.admin.PURCHASES",
        "rewards.earning.admin.ACTIVITIES",
        "members.ledger.admin.STATEMENT",
        "members.adjustments.admin.ADJUSTMENTS",
        "members.admin.TIMELINE",
        "members.profiles.admin.HISTORY",
    ],
    "job": [],
    "approval": [
        "members.approvals.admin.REQUEST",
        "members.adjustments.admin.EFFECT",
    ],
    "purchase": [
        "members.purchases.admin.PURCHASE",
        "rewards.earning.admin.RECEIPT",
        "rewards.earning.admin.RETURNS",
    ],
}

# What leads from the head of a page to what other features can do with its record.
ADMIN_LINKS = {
    "member": [
        "rewards.earning.admin.activity_links",
        "members.adjustments.admin.links",
        "members.tiers.admin.links",
    ],
    "purchase": ["rewards.earning.admin.links"],
}
# How each kind of job says in words what it is about and what it has done.
JOB_WORDS = {
    "members.tiers.review": "members.tiers.admin.in_words",
    "members.tiers.preview": "members.tiers.admin.in_words",
    "members.tiers.apply": "members.tiers.admin.in_words",
    "rewards.benefits.birthdays": "rewards.benefits.admin.in_words",
    "earning.back_test": "rewards.earning.admin.back_test_in_words",
}
# How each kind of approval says in words what is asked for.
APPROVAL_WORDS = {"ADJUSTMENT": "members.adjustments.admin.in_words"}


class Badge:
    """How many wait, beside an entry of the navigation; nothing where none do."""

    def __init__(self, path: str) -> None:
        self.path = path

    @cached_property
    def count(self) -> int:
        count: int = import_string(self.path)()
        return count

    def __bool__(self) -> bool:
        return self.count > 0

    def __str__(self) -> str:
        return str(self.count) if self.count <= MOST_COUNTED else f"{MOST_COUNTED}+"


def may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def page(title: str | Promise, icon: str, table: str) -> dict[str, Any]:
    """
    Return the entry of a table's page in the navigation, for those who may see the table.
    """
    app, model = table.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": may(f"{app}.view_{model}"),
    }


def below(page_name: str, *, but: str = "") -> Callable[[HttpRequest], bool]:
    """
    Whether one is on a page or below it, and not on another one that is below it, too.
    """
    return lambda request: (
        request.path.startswith(reverse(page_name))
        and not (but and request.path.startswith(reverse(but)))
    )


NAVIGATION = [
    {
        "items": [
            {"title": _("Dashboard"), "icon": "monitoring", "link": reverse_lazy("admin:index")},
        ],
    },
    {
        "title": _("Members"),
        "items": [
            page(_("Members"), "group", "members.member"),
            page(_("Segments"), "groups_2", "members.segment"),
            page(_("Purchases"), "receipt_long", "members.purchase"),
            page(_("Returns"), "undo", "members.return"),
            page(_("Activities"), "task_alt", "rewards.activity"),
            page(_("Parked returns"), "hourglass_empty", "members.parkedreturn"),
            page(_("Approvals"), "approval_delegation", "members.approval")
            | {"badge": Badge("members.approvals.admin.waiting"), "badge_variant": "warning"},
            page(_("Adjustments"), "exposure", "members.adjustment"),
            page(_("Given tiers"), "workspace_premium", "members.tierplacement"),
            page(_("Uses of benefits"), "task_alt", "rewards.benefituse"),
            page(_("Benefits given"), "redeem", "rewards.benefitgrant"),
            page(_("Liability"), "account_balance", "members.liabilityreport"),
        ],
    },
    {
        "title": _("Programme"),
        "items": [
            page(_("Earning rules"), "calculate", "rewards.earningrule")
            | {
                "active": below(
                    "admin:rewards_earningrule_changelist", but="admin:earning_back_test"
                )
            },
            page(_("Back-tests"), "history", "rewards.earningrule")
            | {"link": reverse_lazy("admin:earning_back_test")},
            page(_("Activity types"), "checklist", "rewards.activitytype"),
            page(_("Ladder"), "stairs", "members.ladder"),
            page(_("Tiers"), "workspace_premium", "members.tier"),
            page(_("Benefits"), "featured_seasonal_and_gifts", "rewards.benefit"),
            page(_("Policies"), "gavel", "members.policy"),
            page(_("Stores"), "storefront", "members.store"),
            page(_("Channels"), "hub", "members.channel"),
            page(_("Categories"), "category", "members.category"),
            page(_("Programme"), "loyalty", "members.programme"),
        ],
    },
    {
        "title": _("Work and keys"),
        "items": [
            page(_("Jobs"), "hourglass_top", "members.jobrun"),
            page(_("Parked work"), "build_circle", "members.work"),
            page(_("Findings in the ledger"), "fact_check", "members.finding"),
            page(_("API keys"), "key", "members.apikey"),
        ],
    },
    {
        "title": _("Staff"),
        "items": [
            page(_("Users"), "badge", "auth.user"),
            page(_("Groups"), "groups", "auth.group"),
            page(_("Limits of adjustments"), "speed", "members.adjustmentlimit"),
            page(_("Memberships of staff"), "assignment_ind", "members.staffmember"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": "members.programme.admin.site_title",
    "SITE_HEADER": "members.programme.admin.site_title",
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("loyalty_program/icon.svg"),
        }
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "loyalty_program.admin.dashboard.dashboard",
    "STYLES": [lambda request: static("loyalty_program/staff.css")],
    "SCRIPTS": [lambda request: static("loyalty_program/staff.js")],
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": NAVIGATION},
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "oklch(0.977 0.014 195)",
            "100": "oklch(0.944 0.03 193)",
            "200": "oklch(0.893 0.06 190)",
            "300": "oklch(0.822 0.088 188)",
            "400": "oklch(0.725 0.105 187)",
            "500": "oklch(0.63 0.104 187)",
            "600": "oklch(0.54 0.093 188)",
            "700": "oklch(0.455 0.078 189)",
            "800": "oklch(0.388 0.063 191)",
            "900": "oklch(0.337 0.052 193)",
            "950": "oklch(0.225 0.04 196)",
        },
    },
}
