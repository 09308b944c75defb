from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from members.approvals.errors import ApprovalNotFound
from members.approvals.models import Approval

IS_OWN = "SELECT members_approvals_is_own(%s, %s::bigint[])"


def get_approval(*, approval_id: UUID, scope: str | None = None) -> Approval:
    """
    Return an approval; with a scope, only what was asked for there.

    :raises ApprovalNotFound: if there is none
    """
    asked = {"id": approval_id} if scope is None else {"id": approval_id, "scope": scope}
    try:
        return Approval.objects.get(**asked)
    except Approval.DoesNotExist:
        raise ApprovalNotFound(approval=str(approval_id)) from None


def find_approval(*, scope: str, key: str) -> Approval | None:
    """
    Return what was asked for under this key, if anything was.
    """
    return Approval.objects.filter(scope=scope, key=key).first()


def open_approvals(*, at: datetime) -> QuerySet[Approval]:
    return Approval.objects.filter(decision="", expires_at__gt=at)


def is_own_account(*, user_id: int | None, member_ids: Collection[int]) -> bool:
    """
    Whether one of the members is this person of the staff, or linked to them.

    The database asks the same before it takes a decision down.
    """
    with connection.cursor() as cursor:
        cursor.execute(IS_OWN, [user_id, list(member_ids)])
        is_own: bool = cursor.fetchone()[0]
    return is_own
