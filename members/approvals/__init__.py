"""
What one person of the staff asks for and a second one decides about.

A kind of request has a verb, named in the settings, which carries it out in the
transaction of the approval. Nobody decides about what they asked for, nor about
what concerns their own account.
"""

from members.approvals.errors import (
    ApprovalAltered,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalNotFound,
    OwnAccount,
    OwnRequest,
)
from members.approvals.models import Approval, Kind, StaffMember, Status
from members.approvals.queries import get_approval, is_own_account, open_approvals
from members.approvals.services import (
    approve,
    refuse_own_account,
    reject,
    request,
    same_request,
    withdraw,
)
from members.approvals.types import Actor

__all__ = [
    "Actor",
    "Approval",
    "ApprovalAltered",
    "ApprovalDecided",
    "ApprovalExpired",
    "ApprovalNotFound",
    "Kind",
    "OwnAccount",
    "OwnRequest",
    "StaffMember",
    "Status",
    "approve",
    "get_approval",
    "is_own_account",
    "open_approvals",
    "refuse_own_account",
    "reject",
    "request",
    "same_request",
    "withdraw",
]
