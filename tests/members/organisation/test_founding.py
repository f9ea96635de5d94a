"""Many organisations at once: proposed by one administrator, confirmed by another, all or none."""

import pytest
from pydantic import ValidationError

from services.members.organisation.approve_organisation import OwnProposal
from services.members.organisation.confirm_founding import NoSuchFounding, confirm, get
from services.members.organisation.confirm_founding import post as post_confirmation
from services.members.organisation.establish_organisation import (
    CodeTaken,
    EstablishOrganisation,
    ProposalOpen,
    WrongLevel,
)
from services.members.organisation.founding import Founding
from services.members.organisation.organisation import NotEstablished, Organisation
from services.members.organisation.propose_founding import (
    LARGEST,
    InACircle,
    OutsideFounding,
    ProposeFounding,
    TwiceInFounding,
    propose,
)
from services.members.organisation.propose_founding import post as post_proposal
from shared.events.members.organisation import FoundingConfirmed, FoundingProposed, ProposedUnit
from shared.kernel.refusal import Refused
from shared.kernel.work import Actor, Work
from tests.members.organisation.examples import BASIC, GROUP, NAMED, OTHER_SUBSIDIARY, PROPOSED, SUBSIDIARY
from tests.story import SUBJECT, TODAY, Desk, given

ADA, BEN = Actor("ada"), Actor("ben")
TOP = given(Organisation, GROUP, id="G").state
SUB = EstablishOrganisation(org_id="G01", parent_id="G", kind="subsidiary", jurisdiction="110000")
UNION = EstablishOrganisation(
    org_id="G0101", parent_id="G01", kind="basic", jurisdiction="110000", unit_id="U0101", called="一厂工会"
)
COMMAND = ProposeFounding(org_id="G", units=(UNION, SUB))
UNITS = tuple(ProposedUnit(**unit.model_dump()) for unit in (SUB, UNION))
PROPOSAL = FoundingProposed(founding_id=SUBJECT, org_id="G", units=UNITS, proposed_by="ada", on=TODAY)
CONFIRMED = FoundingConfirmed(founding_id=SUBJECT, org_id="G", confirmed_by="ben", on=TODAY)


def proposing(*units: EstablishOrganisation, top: str = "G", **parents: Organisation) -> tuple[object, ...]:
    return ProposeFounding(org_id=top, units=units), {"G": TOP, **parents}, ADA, TODAY


def test_parents_stand_before_what_is_below_them() -> None:
    given(Founding).when(propose, COMMAND, {"G": TOP}, ADA, TODAY).then(PROPOSAL)


def test_the_same_founding_twice_is_one() -> None:
    given(Founding, PROPOSAL).when(propose, COMMAND, {"G": TOP}, ADA, TODAY).then_nothing()
    given(Founding, PROPOSAL, CONFIRMED).when(propose, COMMAND, {"G": TOP}, ADA, TODAY).then_nothing()


def test_a_code_stands_in_it_once() -> None:
    given(Founding).when(propose, *proposing(SUB, SUB)).then_refused(TwiceInFounding)


def test_nothing_stands_below_itself() -> None:
    a = SUB.model_copy(update={"org_id": "A", "parent_id": "B"})
    b = SUB.model_copy(update={"org_id": "B", "parent_id": "A"})
    given(Founding).when(propose, *proposing(a, b)).then_refused(InACircle)
    given(Founding).when(propose, *proposing(SUB.model_copy(update={"parent_id": "G01"}))).then_refused(InACircle)


def test_kinds_stand_where_they_may() -> None:
    below_basic = SUB.model_copy(update={"org_id": "N", "parent_id": "G0101"})
    given(Founding).when(propose, *proposing(SUB, UNION, below_basic)).then_refused(WrongLevel)
    below_subsidiary = SUB.model_copy(update={"org_id": "N", "parent_id": "G01"})
    assert given(Founding).when(propose, *proposing(SUB, below_subsidiary)).events


def test_a_parent_outside_is_established_and_below_the_top() -> None:
    given(Founding).when(propose, *proposing(UNION, G01=Organisation("G01"))).then_refused(NotEstablished)
    sister = given(Organisation, OTHER_SUBSIDIARY, id="G02").state
    mine = given(Organisation, SUBSIDIARY, id="G01").state
    stray = UNION.model_copy(update={"parent_id": "G02"})
    given(Founding).when(propose, *proposing(stray, top="G01", G01=mine, G02=sister)).then_refused(OutsideFounding)
    given(Founding).when(propose, *proposing(stray, top="N", N=Organisation("N"), G02=sister)).then_refused(
        NotEstablished
    )


def test_a_founding_has_a_bound() -> None:
    units = [SUB.model_copy(update={"org_id": f"G{number}"}) for number in range(LARGEST + 1)]
    with pytest.raises(ValidationError):
        ProposeFounding(org_id="G", units=tuple(units))


def test_the_largest_founding_fits_into_an_event() -> None:
    """With codes, numbers and names as long as they may be."""
    units = [
        ProposedUnit(
            org_id=f"{number:0>64}",
            parent_id="P" * 64,
            kind="joint_basic",
            jurisdiction="110000",
            unit_id="U" * 32,
            called="工" * 60,
        )
        for number in range(LARGEST)
    ]
    event = PROPOSAL.model_copy(update={"units": tuple(units)})
    assert len(event.model_dump_json().encode()) < 256 * 1024


def test_a_founding_is_confirmed_by_somebody_else() -> None:
    proposed = given(Founding, PROPOSAL)
    proposed.when(confirm, ADA, TODAY).then_refused(OwnProposal)
    proposed.when(confirm, BEN, TODAY).then(CONFIRMED).when(confirm, BEN, TODAY).then_nothing()


def test_there_must_be_a_founding() -> None:
    given(Founding).when(confirm, BEN, TODAY).then_refused(NoSuchFounding)


async def _proposed() -> tuple[Desk, str]:
    desk = Desk()
    await desk.knows(Organisation, GROUP, id="G")
    outcome = await desk.does("ada", post_proposal, COMMAND)
    return desk, outcome.commits[0].events[0].headers["ce_subject"]


async def test_all_of_them_are_established_at_once() -> None:
    desk, founding_id = await _proposed()
    outcome = await desk.does("ben", post_confirmation, founding_id)
    assert desk.events(after=2) == [
        CONFIRMED.model_copy(update={"founding_id": founding_id}),
        SUBSIDIARY.model_copy(update={"on": TODAY}),
        BASIC.model_copy(update={"on": TODAY}),
        NAMED,
    ]
    assert {commit.unit for commit in outcome.commits} == {outcome.commits[0].id}
    assert not (await desk.does("ben", post_confirmation, founding_id)).commits


async def test_what_waits_is_shown_to_whoever_is_to_confirm_it() -> None:
    desk, founding_id = await _proposed()
    seen: list[Founding] = []

    async def look(work: Work) -> None:
        seen.append(await get(founding_id, work))

    await desk.does("ben", look)
    assert (seen[0].status, seen[0].units, seen[0].org_id) == ("proposed", UNITS, "G")


@pytest.mark.parametrize(
    ("history", "refusal"),
    [
        (PROPOSED, ProposalOpen),
        (BASIC.model_copy(update={"jurisdiction": "310000"}), CodeTaken),
    ],
)
async def test_if_one_of_them_cannot_be_none_is(history: object, refusal: type[Refused]) -> None:
    desk, founding_id = await _proposed()
    await desk.knows(Organisation, history, id="G0101")  # type: ignore[arg-type]
    before = len(desk.log.commits)
    with pytest.raises(refusal):
        await desk.does("ben", post_confirmation, founding_id)
    assert len(desk.log.commits) == before
    assert (await desk.state(Founding, founding_id)).status == "proposed"


async def test_what_has_come_into_being_meanwhile_is_left_as_it_is() -> None:
    desk, founding_id = await _proposed()
    await desk.knows(Organisation, SUBSIDIARY, id="G01")
    await desk.does("ben", post_confirmation, founding_id)
    assert [type(event).__name__ for event in desk.events(after=3)] == [
        "FoundingConfirmed",
        "OrganisationEstablished",
        "OrganisationNamed",
    ]
