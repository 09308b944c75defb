"""What waits for a second person: the inbox, and a page to read and decide each on."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from loyalty_program.admin.pages import Page, Unchangeable
from loyalty_program.admin.panels import Asked, Panel, show
from loyalty_program.admin.story import StoryPage
from loyalty_program.admin.verbs import ReasonForm, ask, done_or_refused, say
from members.approvals import services
from members.approvals.models import Approval, StaffMember, Status
from members.approvals.queries import is_own_account, open_approvals
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
    list_display = ["what", "whose", "asked_by", "reason", "standing", "until"]
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


def in_words(approval: Approval) -> str:
    """
    Return what is asked for, in the words of the feature that knows.
    """
    words: str = import_string(settings.APPROVAL_WORDS[approval.kind])(approval)
    return words


def requester(approval: Approval) -> str:
    if approval.requested_by is None:
        return str(approval.requested_with)
    return _name(approval.requested_by)


def waiting() -> int:
    """
    Return how many requests nobody has decided about yet, for the navigation.
    """
    return open_approvals(at=timezone.now()).count()


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _request(asked: Asked) -> Mapping[str, Any]:
    approval: Approval = asked.record
    status = approval.status(at=asked.at)
    user = asked.request.user
    is_open = status == Status.OPEN
    return {
        "approval": approval,
        "what": in_words(approval),
        "status": status,
        "is_open": is_open,
        "members": Member.objects.filter(id__in=approval.concerns),
        "requester": requester(approval),
        "decider": _name(approval.decided_by) if approval.decided_by else "",
        "is_own_request": is_open and approval.requested_by_id == user.pk,
        "is_own_account": is_open
        and is_own_account(user_id=user.pk, member_ids=approval.concerns),
    }


REQUEST = Panel(
    name="request",
    title="",
    template="panels/approval.html",
    permission="members.view_approval",
    facts=_request,
)


@admin.register(StaffMember)
class StaffMemberPage(Page):
    """Which memberships belong to the staff, who may not decide about them."""

    list_display = ["user", "member"]
    list_select_related = ["user", "member"]
    autocomplete_fields = ["user", "member"]

    def has_change_permission(self, request: HttpRequest, obj: StaffMember | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StaffMember | None = None) -> bool:
        """
        Nobody takes their own membership away from themselves.
        """
        may_delete: bool = super(Page, self).has_delete_permission(request, obj)
        return may_delete and (obj is None or obj.user_id != request.user.pk)
