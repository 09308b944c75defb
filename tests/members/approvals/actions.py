"""What approvals of the tests carry out: an event about the first member they concern."""

from datetime import datetime

from loyalty_program.errors import Refused
from members import events
from members.approvals import Approval


class NotNow(Refused):
    code = "not-now"
    title = "Not now."


def note(*, approval: Approval, at: datetime) -> None:
    if approval.payload.get("refused"):
        raise NotNow
    events.record(
        member_id=approval.concerns[0],
        type=events.EventType.MEMBER_CORRECTED,
        payload={"fields": approval.payload["fields"]},
        at=at,
    )
