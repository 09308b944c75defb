"""
A back-test of a year, against reading the rows that it judges.

What is measured is the whole job, with the live rules, as staff ask for it: the year of the
`earning` benchmark, which is replayed first where there is none. The floor only reads the
purchases, their lines and their receipts, one after the other.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from benchmarks.databases import connect
from benchmarks.figures import Figure
from benchmarks.measuring import say
from members import jobs
from members.models import Purchase
from rewards.earning.backtesting import Report, start_back_test
from rewards.management.commands.replay_journey import CHANNEL

ASKED = 60
A_YEAR = timedelta(days=366)
READ = (
    "SELECT * FROM members_purchase WHERE purchased_at >= %(since)s",
    "SELECT line.* FROM members_purchaseline AS line"
    " JOIN members_purchase AS purchase ON purchase.id = line.purchase_id"
    " WHERE purchase.purchased_at >= %(since)s",
    "SELECT receipt.* FROM rewards_earningreceipt AS receipt"
    " JOIN members_purchase AS purchase ON purchase.id = receipt.purchase_id"
    " WHERE purchase.purchased_at >= %(since)s",
)


def measure() -> Iterator[Figure]:
    if not Purchase.objects.filter(channel__code=CHANNEL).exists():
        say("replaying the year")
        call_command("setup_demo", secrets=Path(".data/bench-secrets.json"), stdout=StringIO())
        call_command("replay_journey")
    # What other benchmarks bought since is not of the year.
    until = Purchase.objects.filter(channel__code=CHANNEL).latest("purchased_at").purchased_at
    since = until - A_YEAR
    floor = _reading(since)
    say("judging the year again")
    ours, report = _judging(since, until)
    note = f"{report.purchases:,} purchases, {report.differing} differ; asked: under {ASKED} s"
    yield Figure("earning.back_test", ours, floor, floor / ours, "s", note)


def _judging(since: datetime, until: datetime) -> tuple[float, Report]:
    started, now = time.perf_counter(), timezone.now()
    job = start_back_test(draft_id=None, since=since, until=until, requested_by_id=None, at=now)
    job = jobs.run(job_id=job.pk, at=now)
    taken = time.perf_counter() - started
    assert job.status == jobs.JobRun.Status.DONE, job.problem
    return taken, Report(job)


def _reading(since: datetime) -> float:
    with connect() as server:
        started = time.perf_counter()
        for statement in READ:
            server.execute(statement, {"since": since}).fetchall()
        return time.perf_counter() - started
