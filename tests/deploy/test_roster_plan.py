"""In which order a roster goes in, and which rows have no place."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from deploy.roster.bring_in import foreseen
from deploy.roster.plan import Known, Plan, plan, without_place
from deploy.roster.workbook import MemberRow, OrganisationRow, Roster
from services.members.membership.join_member import JoinMember
from services.members.organisation.establish_organisation import EstablishOrganisation
from services.members.organisation.report_headcount import ReportHeadcount
from shared.values.words import OrgKind
from tests.story import TODAY

OCTOBER = ReportHeadcount(period="2026-10", headcount=30)
KNOWN = {
    "G": Known("group", None, "110000", "集团工会", path="/G/"),
    "S": Known("subsidiary", "G", "110000", "子公司工会", "2026-11", (30, 2, 9), "/G/S/"),
}


def organisation(
    row: int,
    org_id: str,
    parent_id: str | None,
    kind: OrgKind = "basic",
    name: str = "",
    headcount: tuple[int, int, int] | None = None,
) -> OrganisationRow:
    fields = {"org_id": org_id, "parent_id": parent_id, "kind": kind, "jurisdiction": "110000"}
    establish = EstablishOrganisation.model_validate(fields) if kind != "group" else None
    counts = dict(zip(("headcount", "dispatched", "frontline"), headcount or (), strict=False))
    report = ReportHeadcount.model_validate({"period": "2026-11", **counts}) if counts else None
    return OrganisationRow(row, org_id, name, kind, parent_id, establish, report)


def member(row: int, org_id: str, joined_on: date | None = None) -> MemberRow:
    join = JoinMember(
        org_id=org_id,
        name="王小明",
        id_number="110000199001010013",
        worker_type="regular",
        frontline=True,
        joined_on=joined_on,
    )
    return MemberRow(row, org_id, join)


@dataclass(frozen=True)
class Rows(Roster):
    """A roster whose members are at hand."""

    joining: tuple[MemberRow, ...] = ()

    def members(self):  # type: ignore[no-untyped-def]
        return iter(self.joining)


def rows(*rows: OrganisationRow | MemberRow) -> Rows:
    organisations = tuple(row for row in rows if isinstance(row, OrganisationRow))
    return Rows({}, organisations, (), joining=tuple(row for row in rows if isinstance(row, MemberRow)))


def planned(*given: OrganisationRow) -> Plan:
    return plan(rows(*given), KNOWN)


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


def test_kinds_stand_where_they_may() -> None:
    found = planned(
        organisation(2, "S2", "S", "subsidiary"),
        organisation(3, "B", "S2"),
        organisation(4, "N", "B", "subsidiary"),
        organisation(5, "M", "N"),
    )
    assert codes(found) == [(4, "WrongLevel"), (5, "ParentRefused")]
    assert [row.org_id for row in found.organisations] == ["S2", "B"]


def test_what_is_known_otherwise_is_not_founded_anew() -> None:
    found = planned(organisation(2, "S", "G"), organisation(3, "G", None, "group"))
    assert codes(found) == [(2, "CodeTaken")]
    assert not list(found.new)
    assert found.top == "G"


def test_a_parent_above_what_the_asker_may_see_is_no_fault_of_what_is_known() -> None:
    roster = rows(organisation(2, "S", "G", "subsidiary"), organisation(3, "B", "S"))
    found = plan(roster, {"S": KNOWN["S"]})
    assert not found.faults
    assert (found.top, [row.org_id for row in found.new]) == ("S", ["B"])


def test_members_need_an_organisation_that_holds_members() -> None:
    found = planned(organisation(2, "B", "S"))
    told = [without_place(member(row, org_id), found) for row, org_id in enumerate(("B", "S", "nowhere"))]
    assert [fault and (fault.row, fault.code) for fault in told] == [
        None,
        (1, "HoldsNoMembers"),
        (2, "OrganisationUnknown"),
    ]


def test_whoever_belongs_to_a_row_that_was_refused_is_told_so() -> None:
    roster = replace(rows(organisation(2, "N", "S", "group"), organisation(3, "A", "R")), refused=frozenset({"R"}))
    found = plan(roster, KNOWN)
    assert codes(found) == [(2, "GroupNotFounded"), (3, "ParentRefused")]
    told = [without_place(member(row, org_id), found) for row, org_id in enumerate(("N", "A", "R"))]
    assert [fault and fault.code for fault in told] == ["OrganisationRefused"] * 3


def test_what_stands_outside_what_the_asker_sees_is_no_wrong_code() -> None:
    found = planned(organisation(2, "A", "elsewhere"))
    told = (found.faults[0], without_place(member(2, "elsewhere"), found))
    assert all(fault and "let an administrator of the whole group import it" in fault.en for fault in told)
    assert all(fault and "由集团工会管理员导入" in fault.zh for fault in told)


def test_what_the_service_would_refuse_is_foreseen() -> None:
    known = {
        **KNOWN,
        "B": Known("basic", "S", "110000", path="/G/S/B/"),
        "C": Known("basic", "X", "110000", path="/H/X/C/"),
    }
    roster = rows(
        replace(organisation(2, "S", "G", "subsidiary", headcount=(30, 2, 9)), headcount=OCTOBER),
        member(2, "B", TODAY + timedelta(days=1)),
        member(3, "B", date(2005, 12, 31)),
        member(4, "C"),
        member(5, "B", date(2006, 1, 1)),
    )
    seen = foreseen(plan(roster, known), roster, TODAY)
    assert [(fault.row, fault.column, fault.code) for fault in seen.rejected] == [
        (2, "职工数", "ReportedLater"),
        (2, "入会日期", "JoinsInFuture"),
        (3, "入会日期", "JoinsTooYoung"),
        (4, "组织编码", "OutsideBatch"),
    ]
    assert seen.members["created"] == 1


def test_what_is_foreseen_counts_rows_and_not_cells() -> None:
    roster = rows(
        organisation(2, "S", "G", "subsidiary", "子公司工会", (30, 2, 9)),
        organisation(3, "B", "S"),
        member(2, "B"),
        member(3, "X"),
    )
    seen = foreseen(plan(roster, KNOWN), roster, TODAY).document()
    assert seen["organisations"] == {"created": 1, "unchanged": 1, "changed": 0, "rejected": 0}
    assert seen["members"] == {"created": 1, "unchanged": 0, "changed": 0, "rejected": 1}
    assert [sorted(fault) for fault in seen["rejected"]] == [["code", "column", "en", "row", "sheet", "zh"]]


def test_another_name_or_headcount_is_a_change() -> None:
    for row in (
        organisation(2, "S", "G", "subsidiary", "新名称"),
        organisation(2, "S", "G", "subsidiary", headcount=(31, 2, 9)),
    ):
        roster = rows(row)
        assert foreseen(plan(roster, KNOWN), roster, TODAY).organisations == {"changed": 1}
