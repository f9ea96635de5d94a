"""K1, and the warning of INV-M3."""

from services.members.organisation.organisation_rate import OrganisationRate, get, rates
from services.members.organisation.organisation_tree import OrganisationNode
from shared.kernel.work import Work
from shared.values.words import OrgKind
from tests.members.organisation.examples import D
from tests.story import Desk


def node(path: str, kind: OrgKind, headcount: int = 0, unit_id: str | None = None) -> OrganisationNode:
    codes = path.strip("/").split("/")
    parent = codes[-2] if len(codes) > 1 else None
    return OrganisationNode(
        codes[-1], codes[-1], kind, path, "110000", D, parent, unit_id, called=f"{codes[-1]}工会", headcount=headcount
    )


def test_a_unit_of_25_must_have_a_union_and_is_counted_once() -> None:
    found = rates(
        [
            node("/G/", "group", 9_000),
            node("/G/A/", "subsidiary", 25),
            node("/G/B/", "subsidiary", 24),
            node("/G/C/", "subsidiary", 30),
            node("/G/C/C1/", "basic", 20),
            node("/G/C/C2/", "basic", 15),
            node("/G/C/C2/X/", "branch", 15),
        ]
    )
    assert found == [
        OrganisationRate("A", "A", "A工会", reported=25, must=1, has=0),
        OrganisationRate("B", "B", "B工会", reported=24),
        OrganisationRate("C", "C", "C工会", reported=30, in_unions=35, unions=2, must=1, has=1),
    ]
    assert (sum(row.has for row in found), sum(row.must for row in found)) == (1, 2)


def test_a_groups_policy_may_ask_for_less() -> None:
    nodes = [node("/G/B/", "subsidiary", 10)]
    assert [row.must for row in rates(nodes, 10)] == [1]
    assert [row.must for row in rates(nodes, 11)] == [0]


def test_a_union_of_a_lower_subsidiary_is_not_that_of_the_one_above() -> None:
    above, below = rates(
        [
            node("/G/A/", "subsidiary", 40),
            node("/G/A/B/", "subsidiary", 40),
            node("/G/A/B/B1/", "basic", 40),
        ]
    )
    assert (above.has, above.in_unions, below.has) == (0, 0, 1)


def test_a_joint_union_whose_units_have_grown_is_named() -> None:
    (row,) = rates(
        [
            node("/G/A/", "subsidiary"),
            node("/G/A/J/", "joint_basic", 60),
            node("/G/A/J/J1/", "branch", 25),
            node("/G/A/J/J2/", "branch", 24),
            node("/G/A/K/", "joint_basic", 25, unit_id="K-UNIT"),
            node("/G/A/L/", "joint_basic", 24, unit_id="L-UNIT"),
        ]
    )
    assert row.too_large == ("J1", "K")


async def test_the_query_goes_by_pages_over_all_organisations() -> None:
    desk = Desk()
    desk.views.put(*(node(f"/G/S{number:04}/", "subsidiary", 30) for number in range(1_050)))
    answers: list[list[OrganisationRate]] = []

    async def ask(work: Work) -> None:
        answers.append(await get(work))
        answers.append(await get(work, after="S0998", limit=2))

    await desk.does("admin", ask)
    assert len(answers[0]) == 1_000
    assert [row.id for row in answers[1]] == ["S0999", "S1000"]
