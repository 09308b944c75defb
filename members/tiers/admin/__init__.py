"""Where members stand, the ladder they climb, and the tiers they are given."""

from members.tiers.admin.jobs import in_words
from members.tiers.admin.ladders import LadderPage, TierPage
from members.tiers.admin.panels import MEMBERS_BY_TIER, STANDING, links
from members.tiers.admin.placements import TierPlacementPage

__all__ = [
    "MEMBERS_BY_TIER",
    "STANDING",
    "LadderPage",
    "TierPage",
    "TierPlacementPage",
    "in_words",
    "links",
]
