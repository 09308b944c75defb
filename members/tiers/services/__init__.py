from members.tiers.services.evaluating import evaluate, evaluate_many
from members.tiers.services.placing import place, renew, withdraw
from members.tiers.services.reviewing import review_due
from members.tiers.services.stepping import start_review, step_of_review

__all__ = [
    "evaluate",
    "evaluate_many",
    "place",
    "renew",
    "review_due",
    "start_review",
    "step_of_review",
    "withdraw",
]
