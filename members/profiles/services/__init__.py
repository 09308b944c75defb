from members.profiles.services.corrections import Correction, correct
from members.profiles.services.enrolment import NewMember, enrol, enrol_many
from members.profiles.services.standing import close, reinstate, suspend

__all__ = [
    "Correction",
    "NewMember",
    "close",
    "correct",
    "enrol",
    "enrol_many",
    "reinstate",
    "suspend",
]
