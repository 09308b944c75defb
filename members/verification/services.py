"""Verifying the ledger step by step, and what a finding brings about."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain

import structlog
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from members import ledger
from members.ledger import Violation, Wallet
from members.profiles import Member
from members.programme import ProgrammeNotSetUp, get_programme
from members.verification.anchors import check_anchors, is_written, write_anchor
from members.verification.models import Finding, Verification
from members.verification.queries import open_findings

STEP = 2_000  # members at a time: seconds, also where each has hundreds of entries
NIGHT_HOUR = 2
SLICES_A_DAY = 288  # as often as the clock wakes this up
SLICES_KEPT = timedelta(days=30)
# A message that is doubled brings no second one.
PAUSE = timedelta(minutes=4)
LOCK = 20_261_122

logger = structlog.get_logger(__name__)


def verify_next(*, at: datetime, seconds: float = 60) -> None:
    """
    Go on with the verification of the whole ledger if one is due, and verify a slice if not.

    Each step is committed, so an interrupted run goes on where it was. Whoever comes while
    another is at it leaves it to them.
    """
    deadline = time.monotonic() + seconds
    while _step(at=at):
        if time.monotonic() > deadline:
            break


def anchor(*, at: datetime) -> None:
    """
    Once a day, compare the ledger with the last anchor and write the next one.
    """
    with transaction.atomic():
        if not _is_alone() or is_written(at=at):
            return
        found = note(check_anchors(newest=1), at=at)
        if written := write_anchor(at=at):
            Verification.objects.create(
                kind=Verification.Kind.ANCHOR,
                started_at=at,
                finished_at=at,
                wallets=written.wallets,
                findings=found,
                anchor=written.name,
            )


def note(violations: Iterable[Violation], *, at: datetime) -> int:
    """
    Keep what was found, freeze the wallets it is about and raise the alarm; return how many.

    What is known already and not resolved is only seen again.
    """
    count = 0
    for violation in violations:
        count += 1
        about = {
            "member_id": violation.member_id or None,
            "currency": violation.currency,
            "rule": violation.rule[:250],
        }
        told = {"expected": violation.expected, "actual": violation.actual, "seen_at": at}
        if not open_findings().filter(**about).update(**told):
            Finding.objects.create(**about, **told, found_at=at)
            _alarm(violation)
        _freeze(violation, at=at)
    return count


def resolve(
    *, finding_id: int, by: AbstractBaseUser | AnonymousUser, what_was_done: str, at: datetime
) -> None:
    """
    Note that a person has dealt with a finding. What was resolved before stays as it was.

    The wallet stays frozen: allowing it to spend again is a decision of its own.
    """
    found = open_findings().filter(id=finding_id)
    found.update(resolved_at=at, resolved_by=by, resolution=what_was_done)


def _step(*, at: datetime) -> bool:
    """
    Do one step, and return whether another should follow at once.
    """
    with transaction.atomic():
        if not _is_alone():
            return False
        run = _whole_run(at=at)
        if run is None:
            _verify_slice(at=at)
            return False
        last = min(run.next_member + STEP, run.end_member)
        _verify(run, run.next_member, last, at=at)
        run.next_member = last
        if run.next_member >= run.end_member:
            run.finished_at = max(at, run.started_at)
        run.save()
    return run.finished_at is None


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        is_alone: bool = cursor.fetchone()[0]
    return is_alone


def _whole_run(*, at: datetime) -> Verification | None:
    """
    Return the verification of the whole ledger that is under way, or begin the night's.
    """
    runs = Verification.objects.filter(kind=Verification.Kind.WHOLE).order_by("-id")
    last = runs.first()
    if last is not None and last.finished_at is None:
        return last
    if last is not None and last.started_at >= _last_night(at):
        return None
    end = ledger.last_member() + 1
    return Verification(kind=Verification.Kind.WHOLE, started_at=at, end_member=end)


def _last_night(at: datetime) -> datetime:
    """
    Return the moment of the last night at which the shops are sure to be closed.
    """
    try:
        zone: tzinfo = get_programme().zone
    except ProgrammeNotSetUp:
        zone = UTC
    local = at.astimezone(zone)
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night <= local else night - timedelta(days=1)


def _verify_slice(*, at: datetime) -> None:
    """
    Verify the slice after the last one, so that a day goes round all of them.
    """
    looks = Verification.objects.exclude(kind=Verification.Kind.ANCHOR)
    if looks.filter(finished_at__gt=at - PAUSE).exists():
        return
    slices = Verification.objects.filter(kind=Verification.Kind.SLICE)
    slices.filter(started_at__lt=at - SLICES_KEPT).delete()
    end = ledger.last_member() + 1
    before = slices.order_by("-id").first()
    first = before.next_member if before and before.next_member < end else 0
    last = min(first + max(STEP, end // SLICES_A_DAY), end)
    run = Verification(kind=Verification.Kind.SLICE, started_at=at, finished_at=at)
    run.next_member, run.end_member = last, end
    _verify(run, first, last, at=at)
    run.save()


def _verify(run: Verification, first: int, last: int, *, at: datetime) -> None:
    found = chain(
        ledger.violations(from_member=first, to_member=last),
        ledger.broken_links(from_member=first, to_member=last),
    )
    run.findings += note(found, at=at)
    run.wallets += Wallet.objects.filter(member_id__gte=first, member_id__lt=last).count()


def _freeze(violation: Violation, *, at: datetime) -> None:
    wallet = Wallet.objects.filter(member_id=violation.member_id, currency=violation.currency)
    # Where there is no wallet there is nothing to spend.
    if wallet.exists():
        ledger.freeze(
            member_id=violation.member_id,
            currency=violation.currency,
            because=_("The ledger is wrong here: %(rule)s.") % {"rule": violation.rule[:200]},
            at=at,
        )


def _alarm(violation: Violation) -> None:
    number = Member.objects.filter(id=violation.member_id).values_list("number", flat=True)
    logger.error(
        "ledger_finding",
        member=number.first(),
        currency=violation.currency,
        rule=violation.rule,
        expected=violation.expected,
        actual=violation.actual,
    )
