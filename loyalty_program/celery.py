"""
The Celery application. Tasks live with the feature they belong to.

PostgreSQL holds the to-do list, so a message that Redis loses or doubles costs
a few seconds and nothing else; see `members.events`.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_program.settings")

app = Celery("loyalty_program")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["members.events", "members.ledger", "members.tiers"])
