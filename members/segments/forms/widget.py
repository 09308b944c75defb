"""The editor of a condition: rows of field, operator and value, in groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.forms import Media, Widget
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES

from members.programme import Programme
from members.segments.conditions import FIELDS, Field, Level
from members.segments.errors import Problem
from members.segments.forms.inputs import inputs_of, operators_of
from members.segments.forms.values import as_group, written

NEW: dict[str, Any] = {"field": "", "operator": "", "value": ""}
GROUP_NAMES = [
    ("all", _("all of these hold")),
    ("any", _("at least one of these holds")),
    ("none", _("none of these holds")),
    ("not_all", _("not all of these hold")),
]
LEVEL_NAMES = [
    (Level.MEMBER, _("Member")),
    (Level.PURCHASE, _("Purchase")),
    (Level.LINE, _("Line of the purchase")),
]


class ConditionWidget(Widget):
    """
    Shows a condition's JSON as rows, and reads it back from them.

    `problems` are shown at the rows they are about. The field sets them when it cleans.
    """

    template_name = "conditions/editor.html"

    def __init__(self, *, over: Level, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.over = over
        self.problems: Sequence[Problem] = ()

    @property
    def media(self) -> Media:
        return Media(
            css={"all": ["loyalty_program/conditions.css"]},
            js=["loyalty_program/conditions.js"],
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return written(data, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return written(data, name) is None

    def id_for_label(self, id_: str | None) -> str:
        return ""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        return render_to_string(self.template_name, self.context_of(name, value))

    def context_of(self, name: str, value: Any) -> dict[str, Any]:
        rows = _Rows(name, self.problems)
        known = [field for field in FIELDS.values() if field.level <= self.over]
        programme = Programme.objects.first()
        return {
            "name": name,
            "root": rows.root(value),
            "new_test": rows.node(NEW, "", "__path__"),
            "new_group": rows.node({"all": [NEW]}, "", "__path__"),
            "templates": [
                rows.rest(field, {}, "__path__") | {"key": field.key} for field in known
            ],
            "fields": [
                (label, [field for field in known if field.level == level])
                for level, label in LEVEL_NAMES
                if level <= self.over
            ],
            "groups": GROUP_NAMES,
            "problems": rows.elsewhere(),
            "currency": programme.currency if programme else "",
            "input_classes": " ".join(INPUT_CLASSES),
            "select_classes": " ".join(SELECT_CLASSES),
            "preview": f"{reverse('admin:members_segment_preview')}?name={name}&over={self.over}",
            "choices": reverse("admin:members_segment_choices"),
        }


class _Rows:
    """Rows as the templates take them."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        self.name = name
        self.problems = problems
        self.shown: set[Problem] = set()

    def root(self, value: Any) -> dict[str, Any]:
        """
        Return the outermost group. A test that stands alone is put into one.
        """
        if not value:
            return self.node({"all": [NEW]}, "", "0")
        if as_group(value):
            return self.node(value, "", "0")
        alone = self.node(value, "", "0.0")
        return self._group("all", "", "0", [alone])

    def node(self, value: Any, pointer: str, path: str) -> dict[str, Any]:
        group = as_group(value)
        if group is None:
            return self._test(value if isinstance(value, Mapping) else {}, pointer, path)
        kind, inside = group
        children = [
            self.node(part, pointer + end, f"{path}.{index}")
            for index, (end, part) in enumerate(inside)
        ]
        return self._group(kind, pointer, path, children)

    def rest(self, field: Field, value: Mapping[str, Any], path: str) -> dict[str, Any]:
        """
        Return what stands behind the field in a row: the operators and the input.
        """
        operator = value.get("operator") or field.kind.operators[0]
        return {
            "prefix": f"{self.name}.{path}",
            "label": field.label,
            "operators": operators_of(field),
            "operator": operator,
            "inputs": inputs_of(field, operator, value.get("value", "")),
        }

    def elsewhere(self) -> list[str]:
        """
        Return the problems that no row shows.
        """
        return [problem.text for problem in self.problems if problem not in self.shown]

    def _group(
        self, kind: str, pointer: str, path: str, children: list[dict[str, Any]]
    ) -> dict[str, Any]:
        ends = ["", "/all", "/any", "/not", "/not/any", "/not/all"]
        return {
            "is_group": True,
            "path": path,
            "prefix": f"{self.name}.{path}",
            "kind": kind,
            "children": children,
            "is_root": path == "0",
            "problems": self._problems([pointer + end for end in ends]) if pointer else [],
        }

    def _test(self, value: Mapping[str, Any], pointer: str, path: str) -> dict[str, Any]:
        name = value.get("field")
        field = FIELDS.get(name) if isinstance(name, str) else None
        ends = ["", "/field", "/operator", "/value"]
        is_new = "__path__" in path
        return {
            "path": path,
            "prefix": f"{self.name}.{path}",
            "field": field.key if field else "",
            "rest": self.rest(field, value, path) if field else None,
            "problems": [] if is_new else self._problems([pointer + end for end in ends]),
        }

    def _problems(self, pointers: Sequence[str]) -> list[str]:
        found = [problem for problem in self.problems if problem.pointer in pointers]
        self.shown.update(found)
        return [problem.text for problem in found]
