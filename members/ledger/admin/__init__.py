"""What members hold, for the staff: on a member's page, the dashboard and the liability page."""

from members.ledger.admin.figures import POINTS_BY_MONTH
from members.ledger.admin.liability import LiabilityPage
from members.ledger.admin.panels import BALANCES, EXPIRING, STATEMENT

__all__ = ["BALANCES", "EXPIRING", "POINTS_BY_MONTH", "STATEMENT", "LiabilityPage"]
