"""
Who changed what: the history that pghistory's triggers keep of some tables.

pghistory's own context puts a second statement before each one, which the server
cannot prepare. This says it once for the transaction.
"""

import json
from uuid import uuid4

from django.db import connection

SAY_WHO = """
SELECT
    set_config('pghistory.context_id', %s, true),
    set_config('pghistory.context_metadata', %s, true)
"""


def changed_by(**who: str | int) -> None:
    """
    Note who makes the changes in the rest of this transaction.
    """
    assert connection.in_atomic_block, "it would be forgotten before the change"
    with connection.cursor() as cursor:
        cursor.execute(SAY_WHO, [str(uuid4()), json.dumps(who)])
