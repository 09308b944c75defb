"""Staff build the ladder; the one in force is fixed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members.models import Ladder, Rung, Tier
from tests.factories import LadderFactory, ProgrammeFactory, RungFactory, TierFactory
from tests.staff import log_in, page_of

LADDERS = "/admin/members/ladder/"


@pytest.fixture
def owner(db):
    return log_in("owner")


@pytest.fixture
def ladder(db):
    made = LadderFactory()
    RungFactory(ladder=made, tier__rank=0, points_required=0)
    RungFactory(ladder=made, tier__rank=1, points_required=100, earning_multiplier="1.25")
    return made


def test_a_ladder_in_force_is_only_looked_at(owner, ladder):
    owner.post(page_of(ladder), _form(ladder) | {"note": "Mine"})
    deletion = owner.post(page_of(ladder, "delete"), {"post": "yes"})

    ladder.refresh_from_db()
    assert ladder.note == ""
    assert deletion.status_code == 403
    assert Rung.objects.count() == 2


def test_a_new_version_takes_the_rungs_along(owner, ladder):
    add = owner.get(page_of(ladder, "new_version")).url
    page = owner.get(add)
    (rungs,) = page.context["inline_admin_formsets"]
    shown = [form.initial for form in rungs.formset.forms]

    owner.post(add, _form(ladder) | {"rungs-1-points_required": "150"})

    assert [rung["points_required"] for rung in shown] == [0, 100]
    new = Ladder.objects.latest("starts_at")
    assert (new.pk != ladder.pk, new.is_draft) == (True, True)
    assert list(new.rungs.values_list("points_required", "earning_multiplier")) == [
        (0, Decimal("1.00")),
        (150, Decimal("1.25")),
    ]
    assert list(ladder.rungs.values_list("points_required", flat=True)) == [0, 100]


def test_a_draft_is_taken_back_with_its_rungs(owner, ladder):
    to_come = LadderFactory(starts_at=timezone.now() + timedelta(days=1), is_draft=True)
    RungFactory(ladder=to_come, tier=Tier.objects.first())

    owner.post(page_of(to_come, "delete"), {"post": "yes"})

    assert Ladder.objects.get() == ladder
    assert Rung.objects.count() == 2


def test_a_tier_on_a_ladder_in_force_keeps_its_code_and_height(owner, ladder):
    tier = Tier.objects.first()

    owner.post(page_of(tier), {"name": "Bronze", "code": "OTHER", "rank": "9"})

    renamed = Tier.objects.get(pk=tier.pk)
    assert (renamed.name, renamed.code, renamed.rank) == ("Bronze", tier.code, tier.rank)


def test_a_tier_on_no_ladder_may_still_change(owner):
    tier = TierFactory()

    owner.post(page_of(tier), {"name": "Bronze", "code": "BRONZE", "rank": "9"})

    assert Tier.objects.get().code == "BRONZE"


def test_a_published_ladder_to_come_is_only_looked_at(owner, ladder):
    to_come = LadderFactory(starts_at=timezone.now() + timedelta(days=1))
    RungFactory(ladder=to_come, tier=Tier.objects.first())

    deletion = owner.post(page_of(to_come, "delete"), {"post": "yes"})

    assert deletion.status_code == 403
    assert Ladder.objects.count() == 2


REFUSED = [
    ({"rungs-1-points_to_keep": "101"}, "points_to_keep", "at most 100"),
    ({"rungs-1-visits_to_keep": "1"}, "visits_to_keep", "keeping it cannot"),
    ({"rungs-1-points_required": ""}, "points_required", "Say what it takes"),
    ({"rungs-1-earning_multiplier": "-1"}, "earning_multiplier", "Zero or more"),
]


@pytest.mark.parametrize(("change", "field", "sentence"), REFUSED)
def test_what_makes_no_sense_in_a_tier_is_refused_at_its_field(
    owner, ladder, change, field, sentence
):
    page = owner.post("/admin/members/ladder/add/", _form(ladder) | change)

    (rungs,) = page.context["inline_admin_formsets"]
    assert sentence in str(rungs.formset.forms[1].errors[field])
    assert Ladder.objects.count() == 1


def test_a_lowest_tier_that_asks_for_something_is_refused(owner, ladder):
    page = owner.post(
        "/admin/members/ladder/add/", _form(ladder) | {"rungs-0-points_required": "5"}
    )

    (rungs,) = page.context["inline_admin_formsets"]
    assert "Everybody begins" in str(rungs.formset.forms[0].errors["points_required"])
    assert Ladder.objects.count() == 1


def test_a_higher_tier_that_asks_for_less_is_refused(owner, ladder):
    tier = TierFactory(rank=7)
    change = {
        "rungs-TOTAL_FORMS": "3",
        "rungs-2-tier": str(tier.pk),
        "rungs-2-points_required": "99",
        "rungs-2-earning_multiplier": "1",
    }
    page = owner.post("/admin/members/ladder/add/", _form(ladder) | change)

    (rungs,) = page.context["inline_admin_formsets"]
    assert "which asks for 100" in str(rungs.formset.forms[2].errors["points_required"])
    assert Ladder.objects.count() == 1


def test_a_ladder_without_a_lowest_tier_is_refused(owner, ladder):
    form = _form(ladder) | {"rungs-TOTAL_FORMS": "0"}
    page = owner.post("/admin/members/ladder/add/", form)

    (rungs,) = page.context["inline_admin_formsets"]
    assert "needs a lowest tier" in str(rungs.formset.non_form_errors())
    assert Ladder.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"window_days": "0"}, "window_days", "greater than or equal to 1"),
        ({"period_days": "0"}, "period_days", "greater than or equal to 1"),
        ({"grace_days": "365"}, "grace_days", "Fewer days"),
        ({"step_down": "NEVER", "grace_days": "3"}, "grace_days", "needs no grace"),
    ],
)
def test_what_makes_no_sense_in_a_ladder_is_refused_at_its_field(
    owner, ladder, change, field, sentence
):
    page = owner.post("/admin/members/ladder/add/", _form(ladder) | change)

    assert sentence in str(page.context["adminform"].form.errors[field])
    assert Ladder.objects.count() == 1


def test_two_ladders_that_begin_together_are_refused(owner, ladder):
    form = _form(ladder)
    owner.post("/admin/members/ladder/add/", form)

    page = owner.post("/admin/members/ladder/add/", form)

    assert "Another ladder begins" in str(page.context["adminform"].form.errors["starts_at"])
    assert Ladder.objects.count() == 2


def _form(ladder):
    day = timezone.now().date() + timedelta(days=2)
    rungs = ladder.rungs.order_by("tier__rank")
    form = {
        "starts_at_0": f"{day:%Y-%m-%d}",
        "starts_at_1": "00:00:00",
        "window_kind": "ROLLING",
        "window_days": "365",
        "matching": "ALL",
        "period_days": "365",
        "period_years": "0",
        "grace_days": "0",
        "step_down": "ONE_STEP",
        "upgrade": "AT_ONCE",
        "rungs-TOTAL_FORMS": "2",
        "rungs-INITIAL_FORMS": "0",
    }
    for n, rung in enumerate(rungs):
        form |= {
            f"rungs-{n}-tier": str(rung.tier_id),
            f"rungs-{n}-points_required": str(rung.points_required),
            f"rungs-{n}-earning_multiplier": str(rung.earning_multiplier),
        }
    return form


def test_a_ladder_goes_by_the_day_on_which_it_begins_where_the_programme_runs(owner):
    ProgrammeFactory(time_zone="Asia/Tokyo")
    # Midnight in Tokyo.
    ladder = LadderFactory(starts_at=datetime(2026, 4, 30, 15, tzinfo=UTC))

    page = owner.get(page_of(ladder)).content.decode()

    assert "2026-05-01" in page
    assert "2026-04-30" not in page
