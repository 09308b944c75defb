from dataclasses import dataclass
from typing import Self

from members.access import ApiKey


@dataclass(frozen=True, slots=True)
class Actor:
    """
    Who asks for something: a person of the staff, or a shop through its API key.

    `scope` names them where requests are kept. A key and the one that replaces it are
    one shop.
    """

    scope: str
    user_id: int | None = None
    key_id: int | None = None

    @classmethod
    def staff(cls, user_id: int) -> Self:
        return cls(scope=f"staff:{user_id}", user_id=user_id)

    @classmethod
    def shop(cls, key: ApiKey) -> Self:
        return cls(scope=str(key.credential), key_id=key.pk)
