"""What all pages of the staff have in common."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth.models import Group, User
from django.test import RequestFactory
from django.urls import reverse

from loyalty_program.admin.panels import panels_of
from members import access
from tests.factories import (
    TODAY,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)
from tests.staff import PASSWORD, log_in, page_of

MODELS = sorted(admin.site._registry, key=lambda model: model.__name__)
KEPT_FROM_CLERKS = {"ApiKey", "Finding", "StaffMember", "Work", "User", "Group", "LiabilityReport"}
CLERKS_ADD = {"Member"}


@pytest.fixture
def shop(db):
    """
    One row of everything that has a page.
    """
    ProgrammeFactory()
    PolicyFactory()
    RungFactory(tier__rank=0)
    EarningRuleFactory()
    ChannelFactory()
    MemberFactory(home_store=StoreFactory())
    access.create_key(name="Till", scopes=["members:read"], at=TODAY)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_page_opens_in_both_languages(shop, model, language):
    owner = log_in("owner")
    headers = {"accept-language": language}

    page = owner.get(page_of(model, "changelist"), headers=headers, follow=True)

    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.content.decode()
    for row in model.objects.all()[:1]:
        assert owner.get(page_of(row), headers=headers, follow=True).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_page_to_add_opens_where_adding_makes_sense(shop, model):
    page = log_in("owner").get(page_of(model, "add"))

    adds_nothing = {"Adjustment", "Approval", "Purchase", "Work", "Category", "Programme"}
    adds_nothing |= {"Finding", "JobRun", "LiabilityReport", "ParkedReturn", "Return"}
    adds_nothing |= {"Activity", "BenefitGrant", "BenefitUse", "TierPlacement"}
    assert page.status_code == (403 if model.__name__ in adds_nothing else 200)


@pytest.mark.parametrize("model", MODELS)
def test_clerks_see_members_and_the_rules_and_nothing_behind_the_scenes(shop, model):
    clerk = log_in("clerk")

    seen = clerk.get(page_of(model, "changelist")).status_code
    added = clerk.get(page_of(model, "add")).status_code

    assert (seen == 403) == (model.__name__ in KEPT_FROM_CLERKS)
    assert (added == 200) == (model.__name__ in CLERKS_ADD)


@pytest.mark.parametrize("model", MODELS)
def test_nobody_else_sees_anything(shop, client, model):
    User.objects.create_user("customer", password=PASSWORD)
    client.login(username="customer", password=PASSWORD)

    assert reverse("admin:login") in client.get(page_of(model, "changelist")).url


@pytest.mark.parametrize("model", MODELS)
def test_no_field_offers_to_delete_the_record_it_names(shop, model):
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    page = admin.site._registry[model]

    fields = [page.formfield_for_dbfield(field, request) for field in model._meta.fields]
    fields += [page.formfield_for_dbfield(field, request) for field in model._meta.many_to_many]

    wrappers = [f.widget for f in fields if f and isinstance(f.widget, RelatedFieldWidgetWrapper)]
    assert not [wrapper for wrapper in wrappers if wrapper.can_delete_related]


@pytest.mark.parametrize("role", ["owner", "marketer", "clerk"])
def test_the_navigation_leads_only_where_one_may_go(shop, role):
    person = log_in(role)
    page = person.get("/admin/").content.decode()

    links = set(re.findall(r'href="(/admin/\w+/\w+/)"', page))

    assert len(links) > 8
    assert {person.get(link, follow=True).status_code for link in links} == {200}


def test_pages_load_nothing_from_elsewhere(shop):
    page = log_in("owner").get("/admin/").content.decode()

    sources = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page)
    assert sources
    assert not [source for source in sources if not source.startswith("/static/")]


@pytest.mark.parametrize("name", ["member", "purchase"])
def test_panels_have_names_of_their_own(name):
    names = [panel.name for panel in panels_of(name)]

    assert len(names) == len(set(names))


def test_the_login_page_changes_its_language(client, db):
    ProgrammeFactory(name="Corner Shop")
    login = reverse("admin:login")

    assert "Corner Shop" in client.get(login).content.decode()
    client.post(reverse("set_language"), {"language": "zh-hans", "next": login})

    assert '<html lang="zh-hans"' in client.get(login).content.decode()


def test_one_who_manages_staff_makes_nobody_a_superuser(db):
    log_in("owner")
    group = Group.objects.get(name="owner")
    manager = User.objects.create_user("manager", password=PASSWORD, is_staff=True)
    manager.groups.add(group)
    client = log_in("clerk")
    client.force_login(manager)

    told = {"username": "boss", "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    client.post(page_of(manager), told)
    boss = User.objects.get(username="admin")
    refused = client.post(page_of(boss), told)

    manager.refresh_from_db()
    assert (manager.username, manager.is_superuser) == ("boss", False)
    assert refused.status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_who_may_not_or_is_lost_is_told_so_on_a_page(db, language):
    headers = {"accept": "text/html", "accept-language": language}
    clerk = log_in("clerk")

    refused = clerk.get("/admin/members/apikey/", headers=headers)
    lost = clerk.get("/admin/members/member/7/change/", headers=headers)

    for answer, status in [(refused, 403), (lost, 404)]:
        assert answer.status_code == status
        assert f'<html lang="{language}">' in answer.content.decode()
        assert 'href="/admin/"' in answer.content.decode()


def test_a_role_may_be_given_what_pages_ask_for_in_the_words_of_the_reader(db):
    page = log_in("owner").get(
        reverse("admin:auth_group_add"), headers={"accept-language": "zh-hans"}
    )

    offered = re.findall(r"<option[^>]*>([^<]*)</option>", page.content.decode())
    assert {"会员: 查看", "会员: 新增", "积分明细: 查看"} <= set(offered)
    assert [name for name in offered if re.search("Can|Daily total|event", name)] == []


def test_staff_are_never_deleted(db):
    owner = log_in("owner")
    clerk = User.objects.get(username="clerk")

    assert owner.post(page_of(clerk, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=clerk.pk).exists()
