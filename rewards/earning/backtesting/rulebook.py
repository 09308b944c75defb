"""By which rules each purchase of the history is judged."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from django.db.models import Q

from members.segments import AllOf, AnyOf, Context
from rewards.earning.deciding import ReadyRule, candidates
from rewards.earning.models import EarningRule

EVERYBODY, NOBODY = AllOf(()), AnyOf(())
# Of segments, whether a member was in them.
Known = frozenset[tuple[str, bool]]
NOTHING_KNOWN: Known = frozenset()


class Rulebook:
    """
    The rules that were live in a span, each version in its time.

    A draft takes the place of all versions of its code. A segment is what it is today,
    unless it is known who was in it then.
    """

    def __init__(
        self, rules: Collection[EarningRule], *, draft: EarningRule | None, context: Context
    ) -> None:
        self.context = context
        self._rules, self._draft = rules, draft
        # Between two of these moments the same rules are in force.
        self._moments = sorted(
            {rule.starts_at for rule in rules} | {rule.ends_at for rule in rules if rule.ends_at}
        )
        self._in_force: dict[tuple[int, Known], list[ReadyRule]] = {}
        self._ready: dict[tuple[int | None, Known], ReadyRule] = {}

    @classmethod
    def of_span(
        cls, since: datetime, until: datetime, *, draft: EarningRule | None, context: Context
    ) -> "Rulebook":
        live = EarningRule.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=since), is_draft=False, starts_at__lt=until
        )
        return cls(list(live), draft=draft, context=context)

    def in_force(self, at: datetime, *, known: Mapping[str, bool]) -> Sequence[ReadyRule]:
        """
        Return the rules that a purchase of this moment is judged by.

        :param known: of segments, whether the member was in them then
        """
        segments = frozenset(known.items()) if known else NOTHING_KNOWN
        key = bisect_right(self._moments, at), segments
        if key not in self._in_force:
            rules = candidates(self._rules, at=at, draft=self._draft)
            self._in_force[key] = [self._made_ready(rule, segments) for rule in rules]
        return self._in_force[key]

    @cached_property
    def asks_visit(self) -> bool:
        return any(self._made_ready(rule).asks_visit for rule in self._all)

    @cached_property
    def asks_member(self) -> bool:
        return any(self._made_ready(rule).asks_member for rule in self._all)

    @cached_property
    def capped(self) -> list[EarningRule]:
        """
        The versions whose caps count what was given before the span, too.
        """
        measures = EarningRule.Measure
        return [
            rule for rule in self._all if rule.is_capped_across or rule.measure == measures.VISIT
        ]

    @property
    def has_cap_in_all(self) -> bool:
        return any(rule.cap_in_all is not None for rule in self._all)

    @property
    def _all(self) -> list[EarningRule]:
        if self._draft is None:
            return [rule for rule in self._rules if rule.activity_type_id is None]
        code = self._draft.code
        others = [rule for rule in self._rules if rule.code != code]
        return [self._draft, *(rule for rule in others if rule.activity_type_id is None)]

    def _made_ready(self, rule: EarningRule, known: Known = NOTHING_KNOWN) -> ReadyRule:
        key = (None if rule is self._draft else rule.pk, known)
        if key not in self._ready:
            was = {code: EVERYBODY if was_in else NOBODY for code, was_in in known}
            context = replace(self.context, segments={**self.context.segments, **was})
            self._ready[key] = ReadyRule.of(rule, context)
        return self._ready[key]
