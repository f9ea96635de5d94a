import pytest

from services.members import service
from services.members.organisation.organisation_tree import OrganisationNode, organisation_tree
from shared.events.members.organisation import HeadcountReported
from tests.members.organisation.examples import BASIC, GROUP, NAMED, SUBSIDIARY, D
from tests.story import shown

OCTOBER = HeadcountReported(org_id="G0101", period="2026-10", headcount=100, dispatched=10, frontline=60)
NOVEMBER = HeadcountReported(org_id="G0101", period="2026-11", headcount=120, dispatched=20, frontline=80)


def test_a_child_may_be_heard_of_before_its_parent() -> None:
    tree = shown(service, OrganisationNode, [BASIC, OCTOBER, NOVEMBER], [SUBSIDIARY], [GROUP])
    assert set(tree) == {"G", "G01", "G0101"}
    assert tree["G01"].parent_id == "G"
    assert tree["G"].parent_id is None


def test_a_headcount_of_nobody_is_poison() -> None:
    with pytest.raises(ValueError, match="never established"):
        organisation_tree(None, OCTOBER)


def test_the_last_headcount_stands() -> None:
    tree = shown(service, OrganisationNode, [BASIC, OCTOBER, NOVEMBER], [GROUP])
    assert tree["G0101"] == OrganisationNode(
        id="G0101",
        org_id="G0101",
        kind="basic",
        path="/G/G01/G0101/",
        jurisdiction="110000",
        established_on=D,
        parent_id="G01",
        unit_id="U0101",
        period="2026-11",
        headcount=120,
        dispatched=20,
        frontline=80,
    )
    assert tree["G"].headcount == 0


def test_an_organisation_is_shown_by_its_last_name() -> None:
    renamed = NAMED.model_copy(update={"called": "总装厂工会"})
    tree = shown(service, OrganisationNode, [BASIC, NAMED, OCTOBER, renamed])
    assert (tree["G0101"].called, tree["G0101"].headcount) == ("总装厂工会", 100)
    assert shown(service, OrganisationNode, [BASIC])["G0101"].called == ""
