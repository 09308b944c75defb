"""How a test is said: as it stands, and denied. By field where there are better words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.segments.conditions.tree import Operator

Phrases = dict[Operator, tuple[str | Promise, str | Promise]]

AT_LEAST = _("%(field)s at least %(value)s")
MORE_THAN = _("%(field)s more than %(value)s")
AT_MOST = _("%(field)s at most %(value)s")
LESS_THAN = _("%(field)s less than %(value)s")
IS = _("%(field)s %(value)s")
IS_NOT = _("%(field)s not %(value)s")
SINCE = _("%(field)s from %(value)s on")
BEFORE = _("%(field)s before %(value)s")

USUAL: Phrases = {
    Operator.AT_LEAST: (AT_LEAST, LESS_THAN),
    Operator.MORE_THAN: (MORE_THAN, AT_MOST),
    Operator.AT_MOST: (AT_MOST, MORE_THAN),
    Operator.LESS_THAN: (LESS_THAN, AT_LEAST),
    Operator.EQUALS: (_("%(field)s exactly %(value)s"), _("%(field)s other than %(value)s")),
    Operator.EVERY: (
        _("%(field)s a multiple of %(value)s"),
        _("%(field)s not a multiple of %(value)s"),
    ),
    Operator.ONE_OF: (IS, IS_NOT),
    Operator.NONE_OF: (IS_NOT, IS),
    Operator.STARTS_WITH: (
        _("%(field)s starting with %(value)s"),
        _("%(field)s not starting with %(value)s"),
    ),
    Operator.HAS_ANY: (_("tagged %(value)s"), _("not tagged %(value)s")),
    Operator.HAS_ALL: (_("tagged %(value)s"), _("not tagged with all of %(value)s")),
    Operator.HAS_NONE: (_("not tagged %(value)s"), _("tagged %(value)s")),
}
OF_TIME: Phrases = {
    Operator.AT_LEAST: (SINCE, BEFORE),
    Operator.LESS_THAN: (BEFORE, SINCE),
    Operator.EQUALS: (IS, IS_NOT),
}
BY_KIND: dict[str, Phrases] = {"date": OF_TIME, "time": OF_TIME}

TIER_FROM = _("%(value)s tier or above")
TIER_UP_TO = _("%(value)s tier or below")
TIER = _("%(value)s tier")
NOT_TIER = _("not %(value)s tier")
IN_SEGMENT = _("in the segment %(value)s")
NOT_IN_SEGMENT = _("not in the segment %(value)s")
ON = _("on %(value)s")
NOT_ON = _("not on %(value)s")
BOUGHT_AT = _("bought at %(value)s")
NOT_BOUGHT_AT = _("not bought at %(value)s")
BIRTHDAY_MONTH = _("in the birthday month")
NOT_BIRTHDAY_MONTH = _("not in the birthday month")
FIRST_PURCHASE = _("on the first purchase")
NOT_FIRST_PURCHASE = _("not on the first purchase")

BY_FIELD: dict[str, Phrases] = {
    "member.tier": {
        Operator.AT_LEAST: (TIER_FROM, _("below %(value)s tier")),
        Operator.AT_MOST: (TIER_UP_TO, _("above %(value)s tier")),
        Operator.ONE_OF: (TIER, NOT_TIER),
        Operator.NONE_OF: (NOT_TIER, TIER),
    },
    "member.segment": {
        Operator.ONE_OF: (IN_SEGMENT, NOT_IN_SEGMENT),
        Operator.NONE_OF: (NOT_IN_SEGMENT, IN_SEGMENT),
    },
    "member.is_birthday_month": {Operator.IS: (BIRTHDAY_MONTH, NOT_BIRTHDAY_MONTH)},
    "purchase.is_first": {Operator.IS: (FIRST_PURCHASE, NOT_FIRST_PURCHASE)},
    "purchase.weekday": {Operator.ONE_OF: (ON, NOT_ON), Operator.NONE_OF: (NOT_ON, ON)},
    "purchase.store": {
        Operator.ONE_OF: (BOUGHT_AT, NOT_BOUGHT_AT),
        Operator.NONE_OF: (NOT_BOUGHT_AT, BOUGHT_AT),
    },
}
