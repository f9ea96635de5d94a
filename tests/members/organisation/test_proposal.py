"""An organisation is proposed, and approved by somebody else at its parent's level (INV-M4)."""

import pytest

from services.members import service
from services.members.organisation.approve_organisation import NotProposed, OwnProposal, approve
from services.members.organisation.approve_organisation import post as post_approval
from services.members.organisation.establish_organisation import CodeTaken, ProposalOpen, WrongLevel
from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.organisation.proposals import OrganisationProposal, organisation_proposals
from services.members.organisation.propose_organisation import ProposeOrganisation, propose
from services.members.organisation.propose_organisation import post as post_proposal
from services.members.organisation.reject_organisation import NotYourProposal, RejectOrganisation, reject
from services.members.organisation.reject_organisation import post as post_rejection
from shared.events.members.organisation import OrganisationProposalRejected
from shared.kernel.authority import authorise
from shared.kernel.refusal import Forbidden
from shared.kernel.work import Actor, Work
from shared.values.roles import Role
from tests.kernel.fakes import KnownDirectory
from tests.members.organisation.examples import BASIC, GROUP, NAMED, PROPOSED, SUBSIDIARY, D
from tests.story import Desk, given, shown

ADA, BEN = Actor("ada"), Actor("ben")
PARENT = given(Organisation, SUBSIDIARY, id="G01").state
COMMAND = ProposeOrganisation(
    org_id="G0101", parent_id="G01", kind="basic", jurisdiction="110000", unit_id="U0101", called="一厂工会"
)
REJECT = RejectOrganisation(reason_code="papers_missing")
REJECTED = OrganisationProposalRejected(org_id="G0101", parent_id="G01", reason_code="papers_missing", by="ben", on=D)


def test_an_organisation_is_proposed_and_belongs_to_its_parent_until_it_exists() -> None:
    proposed = given(Organisation, id="G0101").when(propose, COMMAND, PARENT, ADA, D).then(PROPOSED)
    assert (proposed.state.org_id, proposed.state.org_path()) == ("G01", None)
    approved = proposed.when(approve, PARENT, BEN, D).then(BASIC, NAMED)
    assert (approved.state.org_id, approved.state.org_path()) == ("G0101", "/G/G01/G0101/")


def test_the_same_proposal_twice_is_one_and_another_one_waits() -> None:
    proposed = given(Organisation, PROPOSED, id="G0101")
    proposed.when(propose, COMMAND, PARENT, ADA, D).then_nothing()
    proposed.when(propose, COMMAND, PARENT, BEN, D).then_refused(ProposalOpen)
    renamed = COMMAND.model_copy(update={"called": "总装厂工会"})
    proposed.when(propose, renamed, PARENT, ADA, D).then_refused(ProposalOpen)


def test_what_exists_is_not_proposed() -> None:
    given(Organisation, BASIC, id="G0101").when(propose, COMMAND, PARENT, ADA, D).then_refused(CodeTaken)


def test_a_proposal_has_a_place_that_exists_and_is_higher() -> None:
    new = given(Organisation, id="G0101")
    new.when(propose, COMMAND, Organisation("G01"), ADA, D).then_refused(NotEstablished)
    basic = given(Organisation, BASIC, id="G01").state
    new.when(propose, COMMAND, basic, ADA, D).then_refused(WrongLevel)


def test_nobody_approves_ones_own_proposal() -> None:
    given(Organisation, PROPOSED, id="G0101").when(approve, PARENT, ADA, D).then_refused(OwnProposal)


def test_only_what_is_proposed_is_approved() -> None:
    given(Organisation, id="G0101").when(approve, PARENT, BEN, D).then_refused(NotProposed)
    given(Organisation, PROPOSED, REJECTED, id="G0101").when(approve, PARENT, BEN, D).then_refused(NotProposed)
    given(Organisation, PROPOSED, BASIC, id="G0101").when(approve, PARENT, BEN, D).then_nothing()


def test_a_rejected_proposal_leaves_the_code_free() -> None:
    rejected = given(Organisation, PROPOSED, id="G0101").when(reject, REJECT, BEN, D).then(REJECTED)
    rejected.when(reject, REJECT, BEN, D).then_nothing()
    rejected.when(propose, COMMAND, PARENT, ADA, D).then(PROPOSED)


def test_a_proposal_is_withdrawn_by_whoever_made_it() -> None:
    withdrawal = RejectOrganisation(reason_code="withdrawn")
    proposed = given(Organisation, PROPOSED, id="G0101")
    proposed.when(reject, withdrawal, BEN, D).then_refused(NotYourProposal)
    gone = REJECTED.model_copy(update={"reason_code": "withdrawn", "by": "ada"})
    proposed.when(reject, withdrawal, ADA, D).then(gone)


def test_only_what_is_proposed_is_rejected() -> None:
    given(Organisation, id="G0101").when(reject, REJECT, BEN, D).then_refused(NotProposed)
    given(Organisation, BASIC, id="G0101").when(reject, REJECT, BEN, D).then_refused(NotProposed)


async def _desk() -> Desk:
    desk = Desk()
    await desk.knows(Organisation, GROUP, id="G")
    await desk.knows(Organisation, SUBSIDIARY, id="G01")
    return desk


async def test_the_routes_propose_reject_and_approve() -> None:
    desk = await _desk()
    await desk.does("ada", post_proposal, COMMAND)
    await desk.does("ben", post_rejection, "G0101", REJECT)
    await desk.does("ada", post_proposal, COMMAND)
    await desk.does("ben", post_approval, "G0101")
    names = [type(event).__name__ for event in desk.events(after=2)]
    assert names == [
        "OrganisationProposed",
        "OrganisationProposalRejected",
        "OrganisationProposed",
        "OrganisationEstablished",
        "OrganisationNamed",
    ]


@pytest.mark.parametrize(
    ("held_at", "may"), [("/G/", True), ("/G/G01/", True), ("/G/G01/G0101/", False), ("/G/G02/", False)]
)
async def test_approval_is_given_at_the_level_of_the_parent(held_at: str, may: bool) -> None:
    desk = await _desk()
    await desk.knows(Organisation, PROPOSED, id="G0101")
    route = next(route for route in service.routes if route.path == "/organisations/{org_id}/approval")
    asked: list[bool] = []

    async def ask(work: Work) -> None:
        work.directory = KnownDirectory(desk.directory.paths, [("ben", Role.SUBSIDIARY_ADMIN, held_at)])
        try:
            await authorise(route, {"org_id": "G0101"}, work)
            asked.append(True)
        except Forbidden:
            asked.append(False)

    await desk.commands.run(ask, actor=BEN)
    assert set(asked) == {may}


def test_proposals_are_listed_where_they_are_decided() -> None:
    open_ = OrganisationProposal(
        id="G0101",
        org_id="G01",
        kind="basic",
        jurisdiction="110000",
        proposed_on=D,
        proposed_by="ada",
        unit_id="U0101",
        called="一厂工会",
    )
    assert shown(service, OrganisationProposal, [PROPOSED], [SUBSIDIARY])["G0101"] == open_
    rejected = shown(service, OrganisationProposal, [PROPOSED, REJECTED])["G0101"]
    assert (rejected.status, rejected.reason_code, rejected.decided_on) == ("rejected", "papers_missing", D)
    approved = shown(service, OrganisationProposal, [PROPOSED, REJECTED, PROPOSED, BASIC, NAMED])["G0101"]
    assert (approved.status, approved.reason_code) == ("established", None)
    founded = shown(service, OrganisationProposal, [BASIC])["G0101"]
    assert (founded.status, founded.proposed_by, founded.org_id) == ("established", "", "G01")


def test_a_rejection_of_nothing_is_poison() -> None:
    with pytest.raises(ValueError, match="never made"):
        organisation_proposals(None, REJECTED)
