from django.db import connection

SEGMENTS = 4_015


def lock_segments() -> None:
    """
    Let nobody else define a segment until the end of this transaction.

    Two who each refer to what the other is defining would make a circle together.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEGMENTS])
