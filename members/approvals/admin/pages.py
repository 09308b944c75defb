"""What waits for a second person: the inbox, and a page to read and decide each on."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty_program.admin.pages import Unchangeable
from loyalty_program.admin.panels import Asked, show
from loyalty_program.admin.story import StoryPage
from loyalty_program.admin.verbs import ReasonForm, ask, done_or_refused, say
from members.approvals import services
from members.approvals.admin.panels import in_words, requester
from members.approvals.models import Approval, Status
from members.approvals.queries import is_own_account
from members.approvals.types import Actor
from members.profiles import Member

COLOURS = {
    Status.OPEN: "warning",
    Status.APPROVED: "success",
    Status.REJECTED: "danger",
    Status.WITHDRAWN: "default",
    Status.EXPIRED: "default",
}


class ApproveForm(forms.Form):
    """The fingerprint of what the person reads, who may say something about it."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    note = forms.CharField(
        label=gettext_lazy("note"),
        required=False,
        max_length=250,
        widget=UnfoldAdminTextInputWidget,
    )

    def clean_digest(self) -> bytes:
        try:
            return bytes.fromhex(self.cleaned_data["digest"])
        except ValueError:
            return b""


@admin.register(Approval)
class ApprovalPage(Unchangeable, StoryPage):
    story = "approval"
    list_display = ["what", "whose", "asked_by", "reason", "standing", "until", "decide"]
    list_display_links = ["what"]
    list_select_related = ["requested_by", "requested_with"]
    list_filter = [("decision", ChoicesDropdownFilter)]
    list_filter_submit = False
    sortable_by: list[str] = []
    actions_detail = ["approve", "reject", "withdraw"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        concerned = Member.objects.filter(id=OuterRef("concerns__0"))
        approvals: QuerySet[Approval] = super().get_queryset(request)
        return approvals.annotate(
            member_name=Subquery(concerned.values("name")),
            member_number=Subquery(concerned.values("number")),
            reader=Value(_user_id(request)),
            may_decide=Value(self.has_decide_permission(request)),
        )

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """
        Put first what can still be decided.
        """
        is_open = Q(decision="", expires_at__gt=timezone.now())
        return [ExpressionWrapper(is_open, BooleanField()).desc(), "-requested_at"]

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("members.decide_approval")

    @display(description=gettext_lazy("what"))
    def what(self, approval: Approval) -> str:
        return in_words(approval)

    @display(description=gettext_lazy("member"))
    def whose(self, approval: Any) -> str:
        if not approval.member_number:
            return "–"
        page = reverse("admin:members_member_change", args=[approval.concerns[0]])
        name = approval.member_name or approval.member_number
        return format_html('<a href="{}">{}</a>', page, name)

    @display(description=gettext_lazy("requested by"))
    def asked_by(self, approval: Approval) -> str:
        return requester(approval)

    @display(description=gettext_lazy("status"), label=COLOURS)
    def standing(self, approval: Approval) -> tuple[str, str]:
        status = approval.status(at=timezone.now())
        return status, str(status.label)

    @display(description=gettext_lazy("decide before"))
    def until(self, approval: Approval) -> str:
        return date_format(timezone.localtime(approval.expires_at), "SHORT_DATETIME_FORMAT")

    @display(description="")
    def decide(self, approval: Any) -> str:
        """
        Offer to decide, where it is not too late and not what the reader asked for.
        """
        if approval.status(at=timezone.now()) != Status.OPEN:
            return ""
        if approval.requested_by_id == approval.reader:
            return _("your own request")
        if not approval.may_decide:
            return ""
        verbs = [("approve", _("Approve")), ("reject", _("Reject"))]
        return format_html_join(
            " · ",
            '<a class="decide" href="{}">{}</a>',
            (
                (reverse(f"admin:members_approval_{verb}", args=[approval.pk]), label)
                for verb, label in verbs
            ),
        )

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """
        Offer to decide about what somebody else asked for, and to withdraw what is one's own.
        """
        approval = self._record(request, str(object_id))
        possible = _possible(approval, request.user)
        return [
            action
            for action in super().get_actions_detail(request, object_id)
            if action.method.original_function_name in possible
        ]

    @action(
        description=gettext_lazy("Approve"),
        icon="check",
        permissions=["decide"],
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        approval = self._record(request, object_id)
        initial = {"digest": bytes(approval.digest).hex()}
        form = ApproveForm(request.POST or None, initial=initial)
        return self._decide(
            request,
            approval,
            form,
            lambda: services.approve(
                approval_id=approval.pk,
                **form.cleaned_data,
                decided_by=_user_id(request),
                at=timezone.now(),
            ),
            done=_("Approved, and done."),
            title=_("Approve this?"),
            explanation=_("It is done at once, in your name and that of who asked for it."),
            button=_("Approve"),
        )

    @action(description=gettext_lazy("Reject"), icon="close", permissions=["decide"])
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        approval = self._record(request, object_id)
        form = ReasonForm(request.POST or None, label=_("reason"))
        return self._decide(
            request,
            approval,
            form,
            lambda: services.reject(
                approval_id=approval.pk,
                decided_by=_user_id(request),
                note=form.cleaned_data["reason"],
                at=timezone.now(),
            ),
            done=_("Rejected."),
            title=_("Reject this?"),
            explanation=_("Nothing will be done. Whoever asked for it reads your reason."),
            button=_("Reject"),
            is_final=True,
        )

    @action(description=gettext_lazy("Withdraw"), icon="undo")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        approval = self._record(request, object_id)
        return self._decide(
            request,
            approval,
            forms.Form(request.POST if request.method == "POST" else None),
            lambda: services.withdraw(
                approval_id=approval.pk,
                requested_by=Actor.staff(_user_id(request)),
                at=timezone.now(),
            ),
            done=_("Withdrawn."),
            title=_("Withdraw this?"),
            explanation=_("Nothing will be done, and nobody has to decide any more."),
            button=_("Withdraw"),
        )

    def _decide(
        self,
        request: HttpRequest,
        approval: Approval,
        form: forms.Form,
        verb: Callable[[], Approval],
        *,
        done: str,
        **page: Any,
    ) -> HttpResponse:
        """
        Show what is asked for and what it would do, and a button to decide about it.
        """
        if form.is_valid() and done_or_refused(form, verb) is not None:
            self.log_change(request, approval, done)
            say(self, request, done)
            return HttpResponseRedirect(reverse("admin:members_approval_changelist"))
        response: Any = ask(self, request, record=approval, form=form, **page)
        asked = Asked(record=approval, request=request, at=timezone.now())
        response.template_name = "admin/decision.html"
        response.context_data["panels"] = show(self.story, asked)
        return response


def _user_id(request: HttpRequest) -> int:
    user: Any = request.user
    user_id: int = user.pk
    return user_id


def _possible(approval: Approval, user: Any) -> set[str]:
    status = approval.status(at=timezone.now())
    if approval.requested_by_id == user.pk:
        return {"withdraw"} if status == Status.OPEN else set()
    is_own = is_own_account(user_id=user.pk, member_ids=approval.concerns)
    return {"approve", "reject"} if status == Status.OPEN and not is_own else set()
