import json
import stat

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from members.models import AdjustmentLimit, ApiKey, Channel, Ladder, Policy, Programme, Rung, Tier
from rewards.models import EarningRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def secrets(tmp_path):
    return tmp_path / "kept" / "secrets.json"


@pytest.fixture
def set_up(secrets, capsys):
    """
    Set the demo up, and return what is printed, which is JSON and nothing else.
    """

    def run():
        call_command("setup_demo", secrets=secrets)
        return json.loads(capsys.readouterr().out)

    return run


def test_the_programme_is_the_one_of_the_demo(set_up):
    set_up()

    programme = Programme.objects.get()
    assert (programme.name, programme.currency, programme.time_zone) == (
        "Complete Journey",
        "USD",
        "America/New_York",
    )
    assert Policy.objects.get().expiry_months == 12
    assert set(Channel.objects.values_list("code", flat=True)) == {"journey", "till", "web", "app"}
    rungs = Rung.objects.values_list("tier__name", "points_required", "earning_multiplier")
    assert list(rungs.order_by("points_required")) == [
        ("Bronze", 0, 1),
        ("Silver", 1000, 1.25),
        ("Gold", 3000, 1.5),
        ("Platinum", 6000, 2),
    ]
    ladder = Ladder.objects.get()
    assert (ladder.window_days, ladder.upgrade) == (365, Ladder.Upgrade.NEXT_DAY)
    rules = EarningRule.objects.values_list("code", "kind", "points_per_unit", "factor")
    assert set(rules) == {
        ("base-points", "BASE", 1, None),
        ("base-qualifying", "BASE", 1, None),
        ("fresh-wednesday", "MULTIPLIER", 0, 2),
        ("early-bird", "BONUS", 1, None),
    }


def test_its_staff_can_log_in_with_what_is_printed(set_up):
    told = set_up()

    for name in ("admin", "marketer", "clerk"):
        user = User.objects.get(username=told[name]["username"])
        assert user.is_staff
        assert user.check_password(told[name]["password"])
    assert User.objects.get(username="admin").is_superuser


@pytest.mark.parametrize(
    ("name", "may", "may_not"),
    [
        (
            "marketer",
            [
                "members.view_member",
                "members.add_ladder",
                "members.add_tierplacement",
                "members.change_category",
                "members.change_jobrun",
                "rewards.change_earningrule",
            ],
            ["members.change_member", "rewards.delete_earningrule", "auth.change_user"],
        ),
        (
            "clerk",
            [
                "members.view_purchase",
                "members.change_member",
                "members.add_member",
                "members.add_return",
                "members.add_tierplacement",
                "members.change_tierplacement",
            ],
            ["rewards.change_earningrule", "members.change_ladder", "members.change_apikey"],
        ),
    ],
)
def test_staff_may_do_what_is_theirs(set_up, name, may, may_not):
    set_up()

    user = User.objects.get(username=name)
    assert user.has_perms(may)
    assert not any(user.has_perm(ability) for ability in may_not)


def test_staff_and_the_key_may_adjust_points_up_to_a_limit(set_up):
    set_up()

    limits = AdjustmentLimit.objects.values_list("group__name", "per_adjustment", "per_day")
    assert set(limits) == {
        ("owner", 100_000, 500_000),
        ("marketer", 5_000, 20_000),
        ("clerk", 500, 2_000),
        (None, 500, 2_000),
    }
    assert AdjustmentLimit.objects.get(group=None).api_key == ApiKey.objects.get()


def test_the_key_opens_every_door(set_up, client):
    key = set_up()["api_key"]

    response = client.get("/v1/members/900000000000", headers={"Authorization": f"Bearer {key}"})

    assert response.json()["code"] == "member-not-found"
    assert set(ApiKey.objects.get().scopes) >= {"members:write", "purchases:write"}


def test_again_it_changes_nothing_and_prints_the_same(set_up):
    first = set_up()

    assert set_up() == first

    for model in (Programme, Policy, Ladder, ApiKey):
        assert model.objects.count() == 1
    assert EarningRule.objects.count() == 4
    assert Tier.objects.count() == 4
    assert User.objects.count() == 3


def test_only_its_owner_may_read_the_secrets(set_up, secrets):
    set_up()

    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def test_without_the_file_there_are_new_secrets(set_up, secrets):
    first = set_up()
    secrets.unlink()

    second = set_up()

    assert second["admin"]["password"] != first["admin"]["password"]
    assert User.objects.get(username="admin").check_password(second["admin"]["password"])
    assert second["api_key"] != first["api_key"]


def test_what_staff_has_changed_meanwhile_stays(set_up):
    set_up()
    Programme.objects.update(name="Our own")
    EarningRule.objects.filter(code="base-points").update(ends_at="2030-01-01T00:00:00Z")

    set_up()

    assert Programme.objects.get().name == "Our own"
    assert EarningRule.objects.filter(ends_at=None).count() == 3


def test_another_programme_is_left_alone(set_up):
    Programme.objects.create(name="Real shop", currency="EUR", time_zone="Europe/Paris")

    with pytest.raises(CommandError, match="Real shop"):
        set_up()

    assert not Policy.objects.exists()
    assert not User.objects.exists()
