import pytest
from django.db import connection

from loyalty_program import preflight, sql
from tests.database import acting_as

pytestmark = pytest.mark.django_db


def test_the_migrations_install_the_functions_as_the_files_have_them():
    assert sql.outdated_functions() == []
    preflight.refuse_other_functions()


def test_a_shop_is_told_to_take_from_the_application_what_is_not_its_own():
    assert not any("may write" in caution for caution in preflight.cautions())

    with acting_as("admin"):
        [caution] = [told for told in preflight.cautions() if "may write" in told]

    assert "members_entry, members_hold, members_lot, members_refusal, members_wallet" in caution


def test_a_shop_is_told_of_a_database_that_forgets_what_it_has_acknowledged():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    assert any("synchronous_commit = off" in caution for caution in preflight.cautions())


def test_a_function_that_is_not_this_releases_is_refused_by_name():
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION members_ledger_save(w members_wallet) RETURNS void"
            " LANGUAGE plpgsql AS $$ BEGIN RETURN; END $$"
        )

    with pytest.raises(preflight.NotReady, match="members_ledger_save"):
        preflight.refuse_other_functions()
