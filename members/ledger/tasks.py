from celery import shared_task
from django.utils import timezone

from members import ledger


@shared_task(name="members.ledger.settle_due", ignore_result=True)
def settle_due() -> None:
    ledger.settle_due(at=timezone.now())


@shared_task(name="members.ledger.roll_up", ignore_result=True)
def roll_up() -> None:
    ledger.roll_up(at=timezone.now())
