from members.profiles.errors import MemberNotFound
from members.profiles.models import Member


def lock_member(*, member_id: int) -> Member:
    """
    Return the member, who changes for nobody else until this transaction ends.

    :raises MemberNotFound: if there is none with this id
    """
    try:
        return Member.objects.select_for_update(no_key=True).get(id=member_id)
    except Member.DoesNotExist:
        raise MemberNotFound(member_id=member_id) from None
