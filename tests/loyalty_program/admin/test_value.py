"""Nothing on the staff's pages moves value but the verbs."""

import pytest
from django.contrib import admin
from django.test import RequestFactory

from members import models
from tests.staff import log_in

VALUE = {
    models.Adjustment,
    models.Approval,
    models.DailyTotal,
    models.Entry,
    models.Hold,
    models.Lot,
    models.Refusal,
    models.Wallet,
}
PAGES = admin.site._registry


@pytest.fixture
def request_of_a_superuser(db):
    request = RequestFactory().get("/")
    request.user = log_in("owner").get("/admin/").wsgi_request.user
    assert request.user.is_superuser
    return request


@pytest.mark.parametrize("model", sorted(VALUE & set(PAGES), key=lambda model: model.__name__))
def test_what_holds_or_moves_value_is_only_looked_at(request_of_a_superuser, model):
    page = PAGES[model]

    for may in (page.has_add_permission, page.has_change_permission, page.has_delete_permission):
        assert not may(request_of_a_superuser)
    assert "delete_selected" not in page.get_actions(request_of_a_superuser)


def test_wallets_and_entries_have_no_pages_of_their_own():
    assert VALUE & set(PAGES) == {models.Adjustment, models.Approval}


@pytest.mark.parametrize("model", sorted(PAGES, key=lambda model: model.__name__))
def test_no_list_is_edited_in_place_and_no_rows_of_value_within_a_page(model):
    page = PAGES[model]

    assert not page.list_editable
    assert not {inline.model for inline in page.inlines} & VALUE
