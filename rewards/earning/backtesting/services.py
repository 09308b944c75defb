"""Asking for a back-test."""

from datetime import datetime

from django.db import transaction

from members import jobs
from members.programme import policy_in_force
from rewards.earning.backtesting.errors import RuleForActivities, SpanEmpty
from rewards.earning.backtesting.freezing import freeze
from rewards.earning.models import EarningRule

KIND = "earning.back_test"


@transaction.atomic
def start_back_test(
    *,
    draft_id: int | None,
    since: datetime,
    until: datetime,
    requested_by_id: int | None = None,
    at: datetime,
) -> jobs.JobRun:
    """
    Begin to judge again what was bought in [since, until), and return the job that does it.

    Without a draft by the rules that were live, each purchase by those of its moment; with
    one, as it stands now, in the place of its code over the whole span.

    :raises SpanEmpty: if the span does not run forward
    :raises RuleForActivities: if the draft is not about purchases
    """
    if until <= since:
        raise SpanEmpty(pointer="/until", since=since, until=until)
    draft = None if draft_id is None else EarningRule.objects.get(pk=draft_id)
    if draft and draft.activity_type_id:
        raise RuleForActivities(rule=draft.code)
    return jobs.start(
        kind=KIND,
        key=f"{draft_id or 'live'}:{since:%Y%m%d}:{until:%Y%m%d}:{at.isoformat()}",
        parameters={
            "draft": freeze(draft) if draft else None,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "point_value": str(policy_in_force(at=at).point_value),
        },
        requested_by_id=requested_by_id,
        at=at,
    )
