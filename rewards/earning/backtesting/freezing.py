"""A rule as it was when a back-test was asked for, kept in its job: drafts go on being edited."""

from collections.abc import Mapping
from typing import Any

from rewards.earning.models import EarningRule

FIELDS = EarningRule._meta.concrete_fields


def freeze(rule: EarningRule) -> dict[str, Any]:
    """
    Return the columns of a rule as JSON can hold them.
    """
    return {
        field.attname: None
        if getattr(rule, field.attname) is None
        else field.value_to_string(rule)
        for field in FIELDS
    }


def thaw(columns: Mapping[str, Any]) -> EarningRule:
    """
    Return the rule that was frozen. It is not to be saved.
    """
    known = {field.attname: field for field in FIELDS if field.attname in columns}
    return EarningRule(
        **{
            name: None if columns[name] is None else field.to_python(columns[name])
            for name, field in known.items()
        }
    )
