"""The base of every request and response of the API."""

import functools
from collections.abc import Mapping
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

MOST_UNKNOWN = 20


class StrictSerializer(serializers.Serializer[Any]):
    """
    Knows its fields, and refuses all others.

    A field that is only shown is refused as well, so that nobody believes to have
    set it.
    """

    default_error_messages = {"unknown": _("This request has no such field.")}

    @classmethod
    def parse(cls, data: object, *, partial: bool = False) -> dict[str, Any]:
        """
        Return the validated values, `partial` for a correction that names some only.

        REST framework copies all fields for every serializer it makes, which costs
        more than the validation. Here one instance per class serves all requests.
        """
        values: dict[str, Any] = _shared(cls, partial=partial).run_validation(data)
        return values

    @classmethod
    def present(cls, instance: object) -> dict[str, Any]:
        """
        Return the instance, or a mapping, as the response shows it.
        """
        return _shared(cls).to_representation(instance)

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data)
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            raise serializers.ValidationError(_all_of(exc.detail, unknown)) from None
        if unknown:
            raise serializers.ValidationError(unknown)
        return values

    def _unknown(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, Mapping):
            return {}
        names = [str(name) for name in data if name not in self._accepted]
        if not names:
            return {}
        message = str(self.error_messages["unknown"])
        return {name: [message] for name in names[:MOST_UNKNOWN]}

    @cached_property
    def _accepted(self) -> frozenset[str]:
        return frozenset(name for name, field in self.fields.items() if not field.read_only)


@functools.cache
def _shared(cls: type[StrictSerializer], *, partial: bool = False) -> StrictSerializer:
    return cls(partial=partial)


def _all_of(known: Any, unknown: dict[str, list[str]]) -> Any:
    return {**known, **unknown} if isinstance(known, dict) else known
