from django.contrib import admin
from django.http import HttpRequest

from loyalty_program.admin.pages import Page
from members.approvals.models import StaffMember


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
