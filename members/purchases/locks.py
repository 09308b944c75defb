from members.purchases.models import Purchase


def lock_purchase(*, channel_id: int, reference: str) -> Purchase | None:
    """
    Lock a purchase, so that its returns come one after the other; None if there is none.

    Taken before any wallet.
    """
    return (
        Purchase.objects.select_for_update(no_key=True, of=["self"])
        .select_related("channel", "member")
        .filter(channel_id=channel_id, reference=reference)
        .first()
    )
