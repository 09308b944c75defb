"""Members: found by what people say at the till, shown on one page, corrected by verbs."""

from members.profiles.admin.page import MemberPage
from members.profiles.admin.panels import HEADER, HISTORY

__all__ = ["HEADER", "HISTORY", "MemberPage"]
