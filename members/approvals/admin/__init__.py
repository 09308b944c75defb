"""What waits for a second person, to read and to decide; and who of the staff is a member."""

from members.approvals.admin.pages import ApprovalPage
from members.approvals.admin.panels import REQUEST, waiting
from members.approvals.admin.staff import StaffMemberPage

__all__ = ["REQUEST", "ApprovalPage", "StaffMemberPage", "waiting"]
