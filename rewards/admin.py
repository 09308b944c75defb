"""Registers the app's admin pages. Each feature owns its own."""

from rewards.benefits import admin as benefits_admin
from rewards.earning import admin as earning_admin

__all__ = ["benefits_admin", "earning_admin"]
