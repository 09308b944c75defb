from celery import shared_task
from django.utils import timezone

from members import verification


@shared_task(name="members.verification.verify", ignore_result=True)
def verify() -> None:
    verification.verify_next(at=timezone.now())


@shared_task(name="members.verification.anchor", ignore_result=True)
def anchor() -> None:
    verification.anchor(at=timezone.now())
