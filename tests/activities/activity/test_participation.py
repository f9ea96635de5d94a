from datetime import date

from services.activities import service
from services.activities.activity.participation import ActiveMembers, Participation, ParticipationRate, get
from shared.events.members.membership import MemberJoined, MembershipEnded, MemberTransferred
from tests.activities.activity.examples import HELD, OPEN, attended
from tests.story import ANN, BEN, SUBJECT, Desk, shown

OTHER = "00000000-0000-7000-8000-000000000002"


def _joined(member_id: str, org_id: str = "G0101") -> MemberJoined:
    return MemberJoined(
        member_id=member_id, org_id=org_id, joined_on=OPEN, worker_type="regular", frontline=True, membership_seq=1
    )


def test_one_row_for_each_member_and_activity() -> None:
    rows = shown(service, Participation, [attended(ANN), attended(BEN)], [attended(ANN, OTHER, date(2027, 1, 3))])
    assert {(row.member_id, row.activity_id, row.month, row.year) for row in rows.values()} == {
        (ANN, SUBJECT, "2026-11", "2026"),
        (BEN, SUBJECT, "2026-11", "2026"),
        (ANN, OTHER, "2027-01", "2027"),
    }


def test_active_members_are_counted_where_they_are() -> None:
    moved = MemberTransferred(member_id=ANN, from_org="G0101", to_org="G0201", effective_on=HELD, membership_seq=1)
    ended = MembershipEnded(member_id=BEN, org_id="G0101", reason="resigned", on=HELD, membership_seq=1)
    counts = shown(service, ActiveMembers, [_joined(ANN), moved], [_joined(BEN), ended], [_joined(SUBJECT)])
    assert {org: row.active for org, row in counts.items()} == {"G0101": 1, "G0201": 1}
    assert {org: row.org_id for org, row in counts.items()} == {"G0101": "G0101", "G0201": "G0201"}


async def test_a_member_who_came_twice_is_one_participant() -> None:
    desk = Desk()
    desk.views.put(*shown(service, Participation, [attended(ANN), attended(BEN)], [attended(ANN, OTHER)]).values())
    desk.views.put(*shown(service, ActiveMembers, [_joined(ANN)], [_joined(BEN)], [_joined(OTHER, "G0201")]).values())
    answers: list[list[ParticipationRate]] = []

    async def ask(work: object) -> None:
        answers.append(await get("2026-11", work))  # type: ignore[arg-type]

    await desk.does("cadre", ask)
    assert answers[-1] == [
        ParticipationRate("G0101", "G0101", "2026-11", participants=2, active=2),
        ParticipationRate("G0201", "G0201", "2026-11", participants=0, active=1),
    ]


async def test_more_participants_than_fit_on_a_page_are_all_counted() -> None:
    desk = Desk()
    for number in range(2_001):
        desk.views.put(Participation(f"{SUBJECT}:{number:05}", SUBJECT, str(number), "G0101", "2026-11", "2026"))
    desk.views.put(Participation(f"{OTHER}:0", OTHER, "0", "G0101", "2026-12", "2026"))
    answers: list[list[ParticipationRate]] = []

    async def ask(work: object) -> None:
        answers.append(await get("2026-11", work))  # type: ignore[arg-type]

    await desk.does("cadre", ask)
    assert answers[-1] == [ParticipationRate("G0101", "G0101", "2026-11", participants=2_001, active=0)]
