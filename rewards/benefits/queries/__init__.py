from rewards.benefits.queries.catalogue import Catalogue, Version, catalogue, in_force
from rewards.benefits.queries.holding import (
    Counted,
    Holding,
    MemberBenefits,
    benefits_of,
    early_access_hours,
    holding,
    use_of,
    uses_of,
)
from rewards.benefits.queries.standings import standing_at, standings_of

__all__ = [
    "Catalogue",
    "Counted",
    "Holding",
    "MemberBenefits",
    "Version",
    "benefits_of",
    "catalogue",
    "early_access_hours",
    "holding",
    "in_force",
    "standing_at",
    "standings_of",
    "use_of",
    "uses_of",
]
