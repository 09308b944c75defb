"""Operations at the same moment, over real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_the_same_moment(operation: Callable[[int], Any], *, times: int) -> list[Any]:
    """
    Run the operation in parallel, and return what each run returned or raised.
    """
    start = Barrier(times)

    def run(number: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait()
            return operation(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(run, range(times)))
