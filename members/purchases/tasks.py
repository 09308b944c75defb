from celery import shared_task
from django.utils import timezone

from members import purchases


@shared_task(name="members.purchases.retry_refused", ignore_result=True)
def retry_refused() -> None:
    purchases.retry_refused(at=timezone.now())
