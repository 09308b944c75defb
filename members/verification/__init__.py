"""
Whether the ledger is right, asked all day, and what happens if it is not.

The worker verifies the whole ledger every night and a slice of it every few minutes, and
anchors what it found outside the database.
"""

from members.verification.anchors import check_anchors
from members.verification.models import Finding, Verification
from members.verification.queries import Health, health
from members.verification.services import anchor, resolve, verify_next

__all__ = [
    "Finding",
    "Health",
    "Verification",
    "anchor",
    "check_anchors",
    "health",
    "resolve",
    "verify_next",
]
