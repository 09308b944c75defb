"""
The pages that staff work with: what all of them have in common.

Each feature brings its own pages and panels, in its `admin.py`; which panels make up
a page is one table, `ADMIN_PANELS`. Nothing here knows a feature.
"""

from loyalty_program.admin.staff import GroupPage, UserPage

__all__ = ["GroupPage", "UserPage"]
