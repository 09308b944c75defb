"""Every field that a condition can test, by its key."""

from collections.abc import Mapping

from members.segments.conditions.field import Field
from members.segments.conditions.member_fields import MEMBER_FIELDS
from members.segments.conditions.purchase_fields import LINE_FIELDS, PURCHASE_FIELDS

FIELDS: Mapping[str, Field] = {
    field.key: field for field in [*MEMBER_FIELDS, *PURCHASE_FIELDS, *LINE_FIELDS]
}
