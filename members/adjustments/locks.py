from django.contrib.auth.models import User

from members.access import ApiKey
from members.approvals import Actor


def lock_actor(actor: Actor) -> None:
    """
    Let nobody else use this actor's limit until the transaction ends.

    A key that replaces another locks that one too, so a shop with two keys has one limit.
    """
    if actor.user_id is not None:
        staff = User.objects.select_for_update(no_key=True)
        list(staff.filter(id=actor.user_id).values_list("id"))
    else:
        keys = ApiKey.objects.select_for_update(no_key=True)
        list(keys.filter(credential=actor.scope).order_by("id").values_list("id"))
