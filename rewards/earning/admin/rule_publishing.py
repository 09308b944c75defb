"""What happens to versions of a rule: each is asked for on a page, and done by a verb."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from loyalty_program.admin.verbs import ask, done_or_refused, explain, say
from loyalty_program.admin.versions import next_day
from loyalty_program.errors import LoyaltyError
from rewards.earning import checks
from rewards.earning.admin.back_tests import BackTests
from rewards.earning.admin.rule_list import series_of
from rewards.earning.admin.rule_timeline import changes
from rewards.earning.models import EarningRule
from rewards.earning.services import publishing
from rewards.earning.versions import is_withdrawn
from rewards.earning.wording import say_rule

CHANGE = "rewards.change_earningrule"
VERSION_OF = "version_of"


class EndForm(forms.Form):
    ends_at = forms.SplitDateTimeField(
        label=gettext_lazy("until"), widget=UnfoldAdminSplitDateTimeWidget
    )


class Publishing(BackTests):
    """The verbs of a version, from its page."""

    actions_list = ["try_rules"]
    actions_detail = ["edit", "publish", "discard", "withdraw", "end", "try_it", "back_test"]

    @action(
        description=gettext_lazy("Edit"),
        url_path="edit",
        icon="edit",
        permissions=["next_version"],
    )
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """
        Lead to the draft of the next version: the one there is, or a form filled in as it.
        """
        rule = self._rule(request, object_id)
        draft = publishing.draft_next(code=rule.code, at=timezone.now())
        if draft.pk:
            return HttpResponseRedirect(page_of(draft))
        add = reverse("admin:rewards_earningrule_add")
        return HttpResponseRedirect(f"{add}?{VERSION_OF}={rule.code}")

    @action(
        description=gettext_lazy("Publish"),
        url_path="publish",
        icon="rocket_launch",
        permissions=["draft"],
    )
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule, now = self._rule(request, object_id), timezone.now()
        if request.method == "POST":
            return self._publish(request, rule)
        series = series_of([rule.code], at=now)[rule.code]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": rule,
            "title": _("Publish this rule"),
            "rule": rule,
            "sentence": say_rule(rule),
            "sentence_now": say_rule(series.now) if series.now else "",
            "changes": list(changes(rule, series.versions)),
            "problems": checks.problems(rule, at=now),
            "warnings": checks.warnings(rule, at=now),
            "back": page_of(rule),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/publish_rule.html", context)

    @action(
        description=gettext_lazy("Discard draft"),
        url_path="discard",
        icon="delete",
        permissions=["draft"],
    )
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self._rule(request, object_id)
        return self._confirm(
            request,
            rule,
            partial(publishing.discard, rule_id=rule.pk),
            title=_("Discard draft"),
            explanation=_("Version %(version)s of “%(rule)s” was never in force. It is forgotten.")
            % {"version": rule.version, "rule": rule.name},
            done=_("The draft is gone."),
            leads_to=lambda: _last_page(rule.code),
        )

    @action(
        description=gettext_lazy("Withdraw"),
        url_path="withdraw",
        icon="undo",
        permissions=["to_come"],
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self._rule(request, object_id)
        return self._confirm(
            request,
            rule,
            partial(publishing.withdraw, rule_id=rule.pk, at=timezone.now()),
            title=_("Withdraw"),
            explanation=_(
                "Version %(version)s of “%(rule)s” does not begin on %(moment)s. What holds until "
                "then goes on."
            )
            % {"version": rule.version, "rule": rule.name, "moment": _moment(rule.starts_at)},
            done=_("Withdrawn: it will not begin."),
            leads_to=lambda: page_of(rule),
        )

    @action(
        description=gettext_lazy("End"), url_path="end", icon="event_busy", permissions=["end"]
    )
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self._rule(request, object_id)
        form = EndForm(request.POST or None, initial={"ends_at": next_day()})
        if form.is_valid():
            ends_at = form.cleaned_data["ends_at"]
            if done_or_refused(
                form,
                lambda: publishing.end(rule_id=rule.pk, ends_at=ends_at, at=timezone.now()),
            ):
                told = _("It ends on %(moment)s.") % {"moment": _moment(ends_at)}
                self.log_change(request, rule, told)
                say(self, request, told)
                return HttpResponseRedirect(page_of(rule))
        return ask(
            self,
            request,
            record=rule,
            form=form,
            title=_("End this rule"),
            explanation=_("What was earned until then stays. It is not earlier than now."),
            button=_("End"),
            is_final=True,
        )

    @action(
        description=gettext_lazy("Try it"), url_path="try-it", icon="science", permissions=["try"]
    )
    def try_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        page = reverse("admin:rewards_earningrule_simulator")
        return HttpResponseRedirect(f"{page}?rule={object_id}")

    @action(description=gettext_lazy("Try rules on a purchase"), url_path="try", icon="science")
    def try_rules(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:rewards_earningrule_simulator"))

    def has_next_version_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        rule = _find(object_id)
        return self._may(request) and rule is not None and not rule.is_draft

    def has_draft_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        rule = _find(object_id)
        return self._may(request) and rule is not None and rule.is_draft

    def has_to_come_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        rule = _find(object_id)
        if rule is None or rule.is_draft or is_withdrawn(rule):
            return False
        return self._may(request) and rule.starts_at > timezone.now()

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        rule, now = _find(object_id), timezone.now()
        if rule is None or rule.is_draft or is_withdrawn(rule):
            return False
        return self._may(request) and (rule.ends_at is None or rule.ends_at > now)

    def has_try_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(self.has_view_permission(request))

    def _publish(self, request: HttpRequest, rule: EarningRule) -> HttpResponse:
        try:
            publishing.publish(rule_id=rule.pk, at=timezone.now())
        except LoyaltyError as refusal:
            self.message_user(request, explain(refusal), messages.ERROR)
            return HttpResponseRedirect(page_of(rule))
        self.log_change(request, rule, _("Published."))
        begins = date_format(timezone.localtime(rule.starts_at), "DATETIME_FORMAT")
        say(self, request, _("Published: it holds from %(moment)s.") % {"moment": begins})
        return HttpResponseRedirect(page_of(rule))

    def _confirm(
        self,
        request: HttpRequest,
        rule: EarningRule,
        verb: Callable[[], object],
        *,
        title: str,
        explanation: str,
        done: str,
        leads_to: Callable[[], str],
    ) -> HttpResponse:
        """
        Ask whether a verb shall be done, and do it where the answer is yes.
        """
        form = forms.Form(request.POST if request.method == "POST" else None)
        if form.is_valid():
            done_or_refused(form, verb)
            if form.is_valid():
                self.log_change(request, rule, done)
                say(self, request, done)
                return HttpResponseRedirect(leads_to())
        return ask(
            self,
            request,
            record=rule,
            form=form,
            title=title,
            explanation=explanation,
            button=title,
            is_final=True,
        )

    def _rule(self, request: HttpRequest, object_id: str) -> EarningRule:
        if not self._may(request):
            raise PermissionDenied
        rule: EarningRule | None = self.get_object(request, object_id)
        if rule is None:
            raise Http404
        return rule

    def _may(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE)


def page_of(rule: EarningRule) -> str:
    return reverse("admin:rewards_earningrule_change", args=[rule.pk])


def _last_page(code: str) -> str:
    """
    Return the page of the last version that is left of a rule, or else that of all rules.
    """
    last = EarningRule.objects.filter(code=code).order_by("-version").first()
    return page_of(last) if last else reverse("admin:rewards_earningrule_changelist")


def _find(object_id: Any) -> EarningRule | None:
    return EarningRule.objects.filter(pk=object_id).first() if object_id else None


def _moment(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
