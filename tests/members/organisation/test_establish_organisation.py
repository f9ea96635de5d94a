import pytest

from services.members.organisation.establish_organisation import (
    CodeTaken,
    EstablishOrganisation,
    ProposalOpen,
    WrongLevel,
    establish,
)
from services.members.organisation.organisation import NotEstablished, Organisation
from shared.values.words import OrgKind
from tests.members.organisation.examples import BASIC, GROUP, NAMED, PROPOSED, SUBSIDIARY, D
from tests.story import given

GROUP_STATE = given(Organisation, GROUP, id="G").state
SUBSIDIARY_STATE = given(Organisation, SUBSIDIARY, id="G01").state
BASIC_STATE = given(Organisation, BASIC, id="G0101").state
COMMAND = EstablishOrganisation(org_id="G0101", parent_id="G01", kind="basic", jurisdiction="110000", unit_id="U0101")


def test_an_organisation_is_established_below_its_parent_who_approved_it() -> None:
    given(Organisation, id="G0101").when(establish, COMMAND, SUBSIDIARY_STATE, D).then(BASIC)


def test_the_same_organisation_twice_is_one() -> None:
    given(Organisation, BASIC, id="G0101").when(establish, COMMAND, SUBSIDIARY_STATE, D).then_nothing()


@pytest.mark.parametrize(
    "other", [{"kind": "joint_basic"}, {"parent_id": "G"}, {"jurisdiction": "310000"}, {"unit_id": None}]
)
def test_a_code_names_one_organisation_for_ever(other: dict[str, str | None]) -> None:
    command = COMMAND.model_copy(update=other)
    given(Organisation, BASIC, id="G0101").when(establish, command, SUBSIDIARY_STATE, D).then_refused(CodeTaken)


def test_a_parent_must_exist() -> None:
    nobody = Organisation("G01")
    given(Organisation, id="G0101").when(establish, COMMAND, nobody, D).then_refused(NotEstablished)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [("basic", BASIC_STATE), ("joint_basic", BASIC_STATE), ("subsidiary", BASIC_STATE)],
)
def test_a_parent_stands_higher(kind: OrgKind, parent: Organisation) -> None:
    command = COMMAND.model_copy(update={"org_id": "N", "kind": kind, "parent_id": parent.id})
    given(Organisation, id="N").when(establish, command, parent, D).then_refused(WrongLevel)


@pytest.mark.parametrize(
    ("kind", "parent"),
    [("basic", GROUP_STATE), ("subsidiary", SUBSIDIARY_STATE), ("branch", BASIC_STATE), ("union_group", BASIC_STATE)],
)
def test_levels_may_be_left_out(kind: OrgKind, parent: Organisation) -> None:
    command = COMMAND.model_copy(update={"org_id": "N", "kind": kind, "parent_id": parent.id})
    when = given(Organisation, id="N").when(establish, command, parent, D)
    assert [type(event).__name__ for event in when.events] == ["OrganisationEstablished"]
    assert when.events[0].path == f"{parent.path}N/"  # type: ignore[attr-defined]


def test_an_organisation_may_have_a_name_from_the_beginning() -> None:
    command = COMMAND.model_copy(update={"called": "一厂工会"})
    named = given(Organisation, id="G0101").when(establish, command, SUBSIDIARY_STATE, D).then(BASIC, NAMED)
    assert named.state.called == "一厂工会"


def test_what_is_proposed_otherwise_is_not_established() -> None:
    command = COMMAND.model_copy(update={"jurisdiction": "310000"})
    proposed = given(Organisation, PROPOSED, id="G0101")
    proposed.when(establish, command, SUBSIDIARY_STATE, D).then_refused(ProposalOpen)


def test_a_parent_that_is_only_proposed_does_not_exist_yet() -> None:
    parent = given(Organisation, PROPOSED, id="G0101").state
    branch = COMMAND.model_copy(update={"org_id": "N", "parent_id": "G0101", "kind": "branch"})
    given(Organisation, id="N").when(establish, branch, parent, D).then_refused(NotEstablished)
