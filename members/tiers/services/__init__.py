from members.tiers.services.evaluating import evaluate, evaluate_many
from members.tiers.services.placing import place, renew, withdraw
from members.tiers.services.previewing import preview_of, start_preview, step_of_preview
from members.tiers.services.publishing import publish, step_of_apply, unpublish
from members.tiers.services.reviewing import review_due
from members.tiers.services.stepping import start_review, step_of_review

__all__ = [
    "evaluate",
    "evaluate_many",
    "place",
    "preview_of",
    "publish",
    "renew",
    "review_due",
    "start_preview",
    "start_review",
    "step_of_apply",
    "step_of_preview",
    "step_of_review",
    "unpublish",
    "withdraw",
]
