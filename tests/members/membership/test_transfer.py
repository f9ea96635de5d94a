from services.members.membership.accept_transfer import AcceptTransfer, OwnTransfer, RequestedByYou, accept
from services.members.membership.accept_transfer import post as post_acceptance
from services.members.membership.member import Member, NoSuchTransfer, NotAMember
from services.members.membership.recall_transfer import post as post_recall
from services.members.membership.recall_transfer import recall
from services.members.membership.refuse_transfer import RefuseTransfer, refuse
from services.members.membership.refuse_transfer import post as post_refusal
from services.members.membership.request_transfer import AlreadyThere, RequestTransfer, TransferOpen, request
from services.members.membership.request_transfer import post as post_request
from services.members.organisation.organisation import HoldsNoMembers, NotEstablished, Organisation
from shared.kernel.work import Actor
from tests.members.membership.examples import ENDED, JOINED, RECALLED, REJOINED, REQUESTED, TRANSFERRED
from tests.members.organisation.examples import OTHER_BASIC, SUBSIDIARY
from tests.story import SUBJECT, TODAY, Desk, given

RECEIVER = given(Organisation, OTHER_BASIC, id="G0201").state
CADRE = Actor("cadre")
CHAIR = Actor("chair of G0201")
ASK = RequestTransfer(to_org="G0201")
ACCEPT = AcceptTransfer(to_org="G0201")
REFUSE = RefuseTransfer(to_org="G0201", reason_code="not_employed_here")
REFUSED = RECALLED.model_copy(update={"reason_code": "not_employed_here"})


def test_a_transfer_is_requested_and_the_member_stays() -> None:
    asked = given(Member, JOINED).when(request, ASK, RECEIVER, CADRE, TODAY).then(REQUESTED)
    assert (asked.state.org_id, asked.state.status) == ("G0101", "transferring")


def test_the_same_request_twice_is_one() -> None:
    given(Member, JOINED, REQUESTED).when(request, ASK, RECEIVER, CADRE, TODAY).then_nothing()


def test_one_transfer_at_a_time() -> None:
    elsewhere = RequestTransfer(to_org="G0301")
    given(Member, JOINED, REQUESTED).when(request, elsewhere, RECEIVER, CADRE, TODAY).then_refused(TransferOpen)


def test_only_members_are_transferred() -> None:
    given(Member).when(request, ASK, RECEIVER, CADRE, TODAY).then_refused(NotAMember)
    given(Member, JOINED, ENDED).when(request, ASK, RECEIVER, CADRE, TODAY).then_refused(NotAMember)


def test_a_transfer_leads_somewhere_else() -> None:
    here = RequestTransfer(to_org="G0101")
    given(Member, JOINED).when(request, here, RECEIVER, CADRE, TODAY).then_refused(AlreadyThere)


def test_a_transfer_leads_to_where_members_are_held() -> None:
    subsidiary = given(Organisation, SUBSIDIARY, id="G01").state
    given(Member, JOINED).when(request, ASK, subsidiary, CADRE, TODAY).then_refused(HoldsNoMembers)
    given(Member, JOINED).when(request, ASK, Organisation("G0201"), CADRE, TODAY).then_refused(NotEstablished)


def test_acceptance_moves_the_membership_in_one_event() -> None:
    moved = given(Member, JOINED, REQUESTED).when(accept, ACCEPT, CHAIR, TODAY).then(TRANSFERRED)
    assert (moved.state.org_id, moved.state.to_org, moved.state.status) == ("G0201", None, "active")
    moved.when(accept, ACCEPT, CHAIR, TODAY).then_nothing()


def test_what_was_not_requested_is_not_accepted() -> None:
    given(Member, JOINED).when(accept, ACCEPT, CHAIR, TODAY).then_refused(NoSuchTransfer)
    given(Member).when(accept, ACCEPT, CHAIR, TODAY).then_refused(NoSuchTransfer)
    given(Member, JOINED, ENDED).when(accept, ACCEPT, CHAIR, TODAY).then_refused(NoSuchTransfer)
    elsewhere = AcceptTransfer(to_org="G0301")
    given(Member, JOINED, REQUESTED).when(accept, elsewhere, CHAIR, TODAY).then_refused(NoSuchTransfer)


def test_nobody_accepts_ones_own_transfer() -> None:
    given(Member, JOINED, REQUESTED).when(accept, ACCEPT, Actor(SUBJECT), TODAY).then_refused(OwnTransfer)


def test_whoever_requested_a_transfer_does_not_accept_it() -> None:
    asked = given(Member, JOINED, REQUESTED)
    asked.when(accept, ACCEPT, CADRE, TODAY).then_refused(RequestedByYou)
    anew = given(Member, JOINED, REQUESTED, RECALLED, REQUESTED.model_copy(update={"requested_by": None}))
    anew.when(accept, ACCEPT, CADRE, TODAY).then(TRANSFERRED)


def test_a_refused_transfer_leaves_the_member_where_it_was() -> None:
    stays = given(Member, JOINED, REQUESTED).when(refuse, REFUSE).then(REFUSED)
    assert (stays.state.org_id, stays.state.status, stays.state.to_org) == ("G0101", "active", None)
    stays.when(refuse, REFUSE).then_nothing()
    stays.when(refuse, REFUSE.model_copy(update={"reason_code": "papers_missing"})).then_refused(NoSuchTransfer)
    given(Member, JOINED, REQUESTED).when(refuse, REFUSE.model_copy(update={"to_org": "G0301"})).then_refused(
        NoSuchTransfer
    )


def test_a_refusal_of_before_is_none_of_what_came_after() -> None:
    given(Member, JOINED, REQUESTED, REFUSED, REQUESTED, RECALLED).when(refuse, REFUSE).then_refused(NoSuchTransfer)
    given(Member, JOINED, REQUESTED, REFUSED, ENDED).when(refuse, REFUSE).then_refused(NoSuchTransfer)
    given(Member, JOINED, REQUESTED, REFUSED, ENDED, REJOINED).when(refuse, REFUSE).then_refused(NoSuchTransfer)


def test_a_request_can_be_recalled_and_made_again() -> None:
    stays = given(Member, JOINED, REQUESTED).when(recall).then(RECALLED)
    stays.when(recall).then_nothing()
    stays.when(request, ASK, RECEIVER, CADRE, TODAY).then(REQUESTED)


def test_who_joins_again_has_no_transfer_left_over() -> None:
    again = given(Member, JOINED, REQUESTED, ENDED, REJOINED)
    again.when(accept, AcceptTransfer(to_org="G0101"), CHAIR, TODAY).then_refused(NoSuchTransfer)
    again.when(recall).then_nothing()


async def test_a_transfer_through_its_routes() -> None:
    desk = Desk()
    await desk.knows(Organisation, OTHER_BASIC, id="G0201")
    await desk.knows(Member, JOINED)
    await desk.does(SUBJECT, post_request, SUBJECT, ASK)
    await desk.does(SUBJECT, post_recall, SUBJECT)
    await desk.does(SUBJECT, post_request, SUBJECT, ASK)
    await desk.does("chair", post_refusal, SUBJECT, REFUSE)
    await desk.does("cadre", post_request, SUBJECT, ASK)
    await desk.does("chair", post_acceptance, SUBJECT, ACCEPT)
    own = REQUESTED.model_copy(update={"requested_by": SUBJECT})
    assert desk.events(after=2) == [own, RECALLED, own, REFUSED, REQUESTED, TRANSFERRED]
