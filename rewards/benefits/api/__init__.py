from rewards.benefits.api.views import MemberBenefitList, MemberBenefitUndo, MemberBenefitUses

__all__ = ["MemberBenefitList", "MemberBenefitUndo", "MemberBenefitUses"]
