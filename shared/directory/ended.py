"""What a reaction has to know before it undoes what a former member had begun."""

from shared.events.members.membership import MembershipEnded
from shared.kernel.work import NotYet, Work


async def has_ended(event: MembershipEnded, work: Work) -> bool:
    """Whether this membership is over for good here: the directory refuses whatever the person would begin now. False
    if the person has joined again since; NotYet while the directory trails."""
    membership = await work.directory.membership(event.member_id, fresh=True)
    if membership is None or membership.since < event.membership_seq:
        raise NotYet("the directory does not know this membership")
    if membership.since > event.membership_seq:
        return False
    if membership.active:
        raise NotYet("the directory has not heard of its end")
    return True
