"""
SQL follows the same arrows as imports.

A statement writes the tables of its own feature, and reads only tables its
feature may import. The ledger's tables are its own affair, even to read.
"""

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
STATEMENTS = sorted(ROOT.glob("*/*/sql/*.sql"))
FEATURE_BY_TABLE = {
    model._meta.db_table: ".".join(model.__module__.split(".")[:2])
    for label in ("members", "rewards")
    for model in apps.get_app_config(label).get_models()
    if not model._meta.proxy
}
WRITE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM)\s+((?:members|rewards)_\w+)")
# What a bracket follows is a function, and that is a door.
READ = re.compile(r"(?:FROM|JOIN)\s+((?:members|rewards)_\w+)\b(?!\()")


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_a_statement_stays_in_its_feature(path):
    feature = ".".join(path.relative_to(ROOT).parts[:2])
    text = path.read_text()

    assert {FEATURE_BY_TABLE[table] for table in WRITE.findall(text)} <= {feature}
    assert "members.ledger" not in {FEATURE_BY_TABLE[t] for t in READ.findall(text)} - {feature}
    assert text.startswith("-- "), "says what it does, what it needs, and why it is repeatable"
