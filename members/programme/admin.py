"""The ground rules and the places, for those who set them up."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty_program.admin.pages import LargePage, Page
from loyalty_program.admin.versions import VersionPage
from members.programme.models import Channel, Policy, Programme, Store


class StaffTime:
    """
    Lets staff read and write times as they are where the programme runs.

    Leaves the programme on the request, or None if nobody has set it up yet.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pages = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(self.pages):
            return self.get_response(request)
        programme = Programme.objects.first()
        request.programme = programme  # type: ignore[attr-defined]
        with timezone.override(programme.zone if programme else None):
            return self.get_response(request)


def site_title(request: HttpRequest) -> str:
    programme = getattr(request, "programme", None)
    return programme.name if programme else _("Loyalty programme")


@admin.register(Programme)
class ProgrammePage(Page):
    """There is one, so its page is reached without a list."""

    list_display = ["name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Programme.objects.exists()

    def get_readonly_fields(self, request: HttpRequest, obj: Programme | None = None) -> list[str]:
        """
        Points were earned by the money and the days of this programme, once it runs.
        """
        runs = obj is not None and Policy.objects.filter(starts_at__lte=timezone.now()).exists()
        return ["currency", "currency_digits", "time_zone"] if runs else []

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, str] | None = None
    ) -> HttpResponse:
        programme = Programme.objects.first()
        if programme is None or not self.has_view_permission(request, programme):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:members_programme_change", args=[programme.pk]))


@admin.register(Policy)
class PolicyPage(VersionPage):
    list_display = ["begins", "stage", "expiry", "expiry_months", "note"]


@admin.register(Store)
class StorePage(LargePage):
    list_display = ["code", "name", "region", "opened_on", "closed_on"]
    list_filter = ["region"]
    search_fields = ["code__startswith", "name"]
    search_help_text = gettext_lazy("Code or name")


@admin.register(Channel)
class ChannelPage(Page):
    list_display = ["code", "name"]
