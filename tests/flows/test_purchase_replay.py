"""A replay that is killed, and started again."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from members import ledger
from members.models import Purchase

DAYS = 12
BASKETS = 4912

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def replay(tmp_path):
    """
    Start the replay of some days as a program of its own, in this test's database.
    """
    call_command("setup_demo", secrets=tmp_path / "secrets.json")
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)

    def start():
        return subprocess.Popen(
            [
                sys.executable,
                "manage.py",
                "replay_journey",
                "--keep-dates",
                f"--limit-days={DAYS}",
            ],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": url, "DEBUG": "true"},
        )

    return start


def wait_for(purchases, *, of):
    while Purchase.objects.count() < purchases and of.poll() is None:
        time.sleep(0.01)


def test_killed_again_and_again_it_ends_as_if_it_never_was(replay):
    for purchases in (1, 1000, 2500):
        program = replay()
        wait_for(purchases, of=program)
        program.send_signal(signal.SIGKILL)
        program.wait()

    assert replay().wait() == 0

    assert Purchase.objects.count() == BASKETS
    assert list(ledger.violations()) == []
