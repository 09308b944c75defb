"""What the editor asks while somebody works in it."""

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.segments.conditions import Level, level_of, parse
from members.segments.errors import ConditionInvalid
from members.segments.forms.inputs import is_source
from members.segments.forms.values import written
from members.segments.queries import choices, get_context, members_who, problems_of, sentence


def preview_view(request: HttpRequest) -> JsonResponse:
    """
    Answer with the sentence of the condition in a form, and with how many members meet it.
    """
    over = request.GET.get("over", "")
    if over not in {str(int(level)) for level in Level}:
        raise Http404
    try:
        condition = parse(
            written(request.POST, request.GET.get("name", "")), over=Level(int(over))
        )
        context = get_context()
        if problems := problems_of(condition, context=context):
            raise ConditionInvalid(problems)
    except ConditionInvalid as invalid:
        return JsonResponse({"problem": _incomplete(invalid)})
    answer: dict[str, Any] = {"sentence": sentence(condition)}
    if level_of(condition) == Level.MEMBER:
        count = members_who(condition, at=timezone.now(), context=context).count()
        text = ngettext("%(count)s member now", "%(count)s members now", count)
        answer["members"] = text % {"count": f"{count:,}"}
    return JsonResponse(answer)


def choices_view(request: HttpRequest) -> JsonResponse:
    """
    Answer with what can be chosen from a long list, by a part of its code or name.
    """
    source = request.GET.get("source", "")
    if not is_source(source):
        raise Http404
    found = choices(source, search=request.GET.get("q", "")[:64])
    return JsonResponse({"choices": list(found.items())})


def _incomplete(invalid: ConditionInvalid) -> str:
    return _("Not complete yet: %(problem)s") % {"problem": invalid.problems[0].text}
