from rewards.benefits.models.catalogue import Benefit
from rewards.benefits.models.held import BenefitCount, BenefitGrant, BenefitRecheck, BenefitUse

__all__ = ["Benefit", "BenefitCount", "BenefitGrant", "BenefitRecheck", "BenefitUse"]
