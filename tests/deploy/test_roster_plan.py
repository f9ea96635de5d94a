"""In which order a roster goes in, and which rows have no place."""

from deploy.roster.bring_in import foreseen
from deploy.roster.plan import Plan, plan
from deploy.roster.workbook import MemberRow, OrganisationRow, Roster
from services.members.membership.join_member import JoinMember
from shared.values.words import OrgKind

KNOWN: dict[str, OrgKind] = {"G": "group", "S": "subsidiary"}


def organisation(row: int, org_id: str, parent_id: str | None, kind: OrgKind = "basic") -> OrganisationRow:
    return OrganisationRow(row, org_id, "", kind, parent_id, None, None)


def member(row: int, org_id: str) -> MemberRow:
    join = JoinMember(
        org_id=org_id, name="王小明", id_number="110000199001010013", worker_type="regular", frontline=True
    )
    return MemberRow(row, org_id, join)


def planned(*rows: OrganisationRow | MemberRow) -> Plan:
    organisations = tuple(row for row in rows if isinstance(row, OrganisationRow))
    return plan(Roster("digest", organisations, tuple(row for row in rows if isinstance(row, MemberRow)), ()), KNOWN)


def codes(found: Plan) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in found.faults]


def test_parents_come_before_what_stands_below_them() -> None:
    found = planned(
        organisation(2, "S1-1", "S1"), organisation(3, "S1", "G", "subsidiary"), organisation(4, "S-1", "S")
    )
    assert [[row.org_id for row in level] for level in found.levels] == [["S1", "S-1"], ["S1-1"]]
    assert not found.faults


def test_the_group_is_there_already_or_has_no_place() -> None:
    found = planned(organisation(2, "G", None, "group"), organisation(3, "H", None, "group"))
    assert [row.org_id for row in found.organisations] == ["G"]
    assert codes(found) == [(3, "GroupNotFounded")]


def test_an_unknown_parent_and_what_stands_below_it_are_told_apart() -> None:
    found = planned(organisation(2, "A", "nowhere"), organisation(3, "B", "A"), organisation(4, "C", "S"))
    assert codes(found) == [(2, "ParentUnknown"), (3, "ParentRefused")]
    assert "nowhere" in found.faults[0].en
    assert found.faults[0].column == "上级编码"


def test_a_circle_is_named_by_everyone_in_it_and_by_nobody_else() -> None:
    found = planned(
        organisation(2, "A", "B"), organisation(3, "B", "C"), organisation(4, "C", "A"), organisation(5, "D", "A")
    )
    assert codes(found) == [(2, "AboveItself"), (3, "AboveItself"), (4, "AboveItself"), (5, "ParentRefused")]


def test_members_need_an_organisation_that_holds_members() -> None:
    found = planned(organisation(2, "B", "S"), member(2, "B"), member(3, "S"), member(4, "nowhere"))
    assert [row.row for row in found.members] == [2]
    assert codes(found) == [(3, "HoldsNoMembers"), (4, "OrganisationUnknown")]


def test_what_is_foreseen_counts_rows_and_not_cells() -> None:
    found = planned(organisation(2, "S", "G", "subsidiary"), organisation(3, "B", "S"), member(2, "B"), member(3, "X"))
    seen = foreseen(found, KNOWN).document()
    assert seen["organisations"] == {"created": 1, "unchanged": 1, "changed": 0, "rejected": 0}
    assert seen["members"] == {"created": 1, "unchanged": 0, "changed": 0, "rejected": 1}
    assert [sorted(fault) for fault in seen["rejected"]] == [["code", "column", "en", "row", "sheet", "zh"]]
