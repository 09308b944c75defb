"""Benefits: the catalogue of those who plan them, and a member's at the counter."""

from rewards.benefits.admin.catalogue import BenefitPage
from rewards.benefits.admin.jobs import in_words
from rewards.benefits.admin.panels import BENEFITS
from rewards.benefits.admin.uses import BenefitGrantPage, BenefitUsePage

__all__ = ["BENEFITS", "BenefitGrantPage", "BenefitPage", "BenefitUsePage", "in_words"]
