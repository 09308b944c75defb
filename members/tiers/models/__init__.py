from members.tiers.models.ladders import Ladder, Rung, Tier
from members.tiers.models.standing import LadderMove, TierPeriod, TierPlacement

__all__ = ["Ladder", "LadderMove", "Rung", "Tier", "TierPeriod", "TierPlacement"]
