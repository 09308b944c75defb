from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.segments.conditions import Level, dump, parse
from members.segments.errors import ConditionInvalid
from members.segments.forms.widget import ConditionWidget
from members.segments.queries import get_context, problems_of


class ConditionField(forms.Field):
    """
    A condition, put together in rows. Gives its JSON, for a model's JSONField.

    `over` is the deepest level whose fields may be used. What is wrong is said at the rows.
    """

    widget: ConditionWidget
    default_error_messages = {"invalid": _("Correct the condition where it says so.")}

    def __init__(self, *, over: Level, **kwargs: Any) -> None:
        self.over = over
        kwargs.setdefault("label", _("condition"))
        super().__init__(**kwargs, widget=ConditionWidget(over=over))

    def clean(self, value: Any) -> Any:
        if value in self.empty_values:
            return super().clean(None)
        try:
            condition = parse(value, over=self.over)
            if problems := problems_of(condition, context=get_context()):
                raise ConditionInvalid(problems)
        except ConditionInvalid as invalid:
            raise self.refusal(invalid) from invalid
        return dump(condition)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != data)

    def refusal(self, invalid: ConditionInvalid) -> ValidationError:
        """
        Say what is wrong at the rows, and return what to raise.
        """
        self.widget.problems = invalid.problems
        return ValidationError(self.error_messages["invalid"], code="invalid")
