"""What a clerk types, and whom they find."""

import json

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import profiles
from tests.database import acting_as
from tests.factories import MemberFactory


@pytest.fixture
def people(db):
    return {
        "ann": MemberFactory(
            number="912345678905", name="Ann Lee", phone="+8613800138000", email="a@example.com"
        ),
        "zhang": MemberFactory(number="987654321090", name="张伟", phone="+8613900139000"),
        "jose": MemberFactory(
            number="987000000008", name="José Álvarez-Gómez", phone="+34612345678"
        ),
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("912345678905", "ann"),
        ("9123 4567", "ann"),
        ("987", "zhang jose"),
        ("+86 138-0013-8000", "ann"),
        ("0086 138 0013 8000", "ann"),
        ("13800138000", "ann"),
        ("8000", "ann"),
        ("+86138", "ann"),
        ("+86", "ann zhang"),
        ("86139", "zhang"),
        ("ann", "ann"),
        ("LEE", "ann"),
        ("le an", "ann"),
        ("张", "zhang"),
        ("jos", "jose"),
        ("gómez", "jose"),
        ("ann zhang", ""),
        ("A@Example.com", "ann"),
        ("@example.com", ""),
        ("", ""),
        ("  ", ""),
        ("80", ""),
        ("5555", ""),
        ("' | 'ann", "ann"),
        ("ann:*", "ann"),
        ("%", ""),
        ("___", ""),
        ("9%", ""),
        ("\\", ""),
    ],
)
def test_search_finds(people, text, found):
    assert set(profiles.search(text)) == {people[name] for name in found.split()}


def test_search_knows_whose_national_numbers_are_meant(people, settings):
    settings.DEFAULT_PHONE_REGION = "CN"

    assert set(profiles.search("138001")) == {people["ann"]}
    assert set(profiles.search("138 0013 8000")) == {people["ann"]}


@given(st.text(max_size=300) | st.text("'\\:*&|!<->() aé%_@+0123456789", max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_searched_for(db, text):
    assert list(profiles.search(text)) == []


MANY_MEMBERS = """
INSERT INTO members_member
    (number, phone, name, status, status_reason, language, time_zone, enrolled_at)
SELECT
    '9' || lpad(n::text, 11, '0'), '+861380' || lpad(n::text, 7, '0'),
    'Name' || n % 1000 || ' Family' || n, 'ACTIVE', '', '', '', now()
FROM generate_series(1, 8000) AS n
"""
INDEX_BY_TEXT = {
    "90000012": "members_member_number",
    "+8613800001234": "member_phone",
    "1234": "member_phone_backwards",
    "+861380000123": "member_phone_beginning",
    "name123 fam": "member_name_words",
    "ann@example.com": "email_belongs_to_one_member",
}


def scans(node):
    yield node["Node Type"], node.get("Index Name", "")
    for inner in node.get("Plans", []):
        yield from scans(inner)


def test_search_asks_indexes_and_never_the_table(db):
    with acting_as("owner"), connection.cursor() as cursor:
        cursor.execute(MANY_MEMBERS)
        cursor.execute("ANALYZE members_member")

    for text, index in INDEX_BY_TEXT.items():
        found = profiles.search(text)
        for question in (found, found.order_by("-enrolled_at", "-id")[:50]):
            [plan] = json.loads(question.explain(format="json"))
            used = list(scans(plan["Plan"]))
            assert "Seq Scan" not in {kind for kind, _name in used}, text
        [plan] = json.loads(found.explain(format="json"))
        assert any(name.startswith(index) for _kind, name in scans(plan["Plan"])), text
