from rewards.benefits.services.birthdays import start_birthdays, step_of_birthdays
from rewards.benefits.services.granting import derive, derive_due
from rewards.benefits.services.using import Used, consume, give_back

__all__ = [
    "Used",
    "consume",
    "derive",
    "derive_due",
    "give_back",
    "start_birthdays",
    "step_of_birthdays",
]
