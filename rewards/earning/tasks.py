from celery import shared_task
from django.utils import timezone

from rewards import earning


@shared_task(name="rewards.earning.net_late_returns", ignore_result=True)
def net_late_returns() -> None:
    earning.net_late_returns(at=timezone.now())
