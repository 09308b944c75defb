"""The form in which people put conditions together, for whichever page asks for one."""

from members.segments.forms.field import ConditionField
from members.segments.forms.preview import choices_view, preview_view

__all__ = ["ConditionField", "choices_view", "preview_view"]
