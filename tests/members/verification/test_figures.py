"""What Prometheus is told of the ledger."""

import re

from loyalty_program.http import metrics
from members import verification
from tests.factories import TODAY


def told(name):
    lines = metrics.exposition().decode().splitlines()
    return [line for line in lines if re.match(rf"{name}\b", line)]


def test_how_long_ago_how_much_was_verified_and_what_was_found(lived, as_worker, time_machine):
    time_machine.move_to(TODAY, tick=False)
    lived()
    assert told("loyalty_ledger_verified_seconds") == []

    verification.verify_next(at=TODAY)

    assert told("loyalty_ledger_findings") == ["loyalty_ledger_findings 0.0"]
    seconds = 'loyalty_ledger_verified_seconds{kind="WHOLE"} 0.0'
    assert told("loyalty_ledger_verified_seconds") == [seconds]
    wallets = 'loyalty_ledger_verified_wallets{kind="WHOLE"} 1.0'
    assert told("loyalty_ledger_verified_wallets") == [wallets]
