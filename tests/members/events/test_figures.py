from datetime import timedelta

from django.utils import timezone


def figures(client):
    lines = client.get("/metrics").content.decode().splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines)
        if name.startswith("loyalty_work_")
    }


def test_metrics_tell_how_far_behind_the_workers_are(queue, client):
    queue(2, queued_at=timezone.now() - timedelta(minutes=5))
    queue(3, parked_at=timezone.now())

    shown = figures(client)

    assert shown["loyalty_work_waiting"] == 2
    assert shown["loyalty_work_parked"] == 3
    assert shown["loyalty_work_oldest_seconds"] >= 300


def test_metrics_show_nothing_where_nothing_waits(db, client):
    assert figures(client) == {
        "loyalty_work_waiting": 0,
        "loyalty_work_oldest_seconds": 0,
        "loyalty_work_parked": 0,
    }
