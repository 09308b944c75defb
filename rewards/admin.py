"""Registers the app's admin pages. Each feature owns its own."""

from rewards.earning import admin as earning_admin

__all__ = ["earning_admin"]
