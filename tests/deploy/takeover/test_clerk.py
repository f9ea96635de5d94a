"""What a clerk asks the services, and what becomes of the answers. The services are played by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from deploy.roster.api import Answer
from deploy.takeover.clerk import TRIES, Clerk, Declined
from deploy.takeover.lines import BalanceLine, CaseLine, FileLine
from tests.deploy.takeover.test_lines import BALANCE, CASE, FILE, ID_NUMBER, TODAY
from tests.story import ANN

FILE_ID = "00000000-0000-7000-8000-0000000000f7"
DONE = Answer(201, {"subject": FILE_ID, "events": [{"type": "gonghui.x.Y"}]})
AGAIN = Answer(201, DONE.body, replayed=True)
NOTHING = Answer(200, {"events": []})
FOUND = Answer(201, {"subject": ANN, "events": [{"type": "gonghui.members.MemberLookedUp"}]})
PROPOSE = f"/members/{ANN}/hardship-takeover"
CONFIRM = f"/hardship-files/{FILE_ID}/takeover-confirmation"


def refusal(code: str, **details: str) -> Answer:
    return Answer(409, {"code": code, "detail": "No.", **details})


@dataclass
class Services:
    """Answers by path; what is asked again gets the next one."""

    answers: Mapping[str, list[Answer]]
    asked: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def post(
        self, actor: str, service: str, path: str, body: Mapping[str, Any], *, key: str, language: str = "en"
    ) -> Answer:
        self.asked.append((actor, path, body))
        self.keys.append(key)
        left = self.answers[path]
        answer = left.pop(0) if len(left) > 1 else left[0]
        return Answer(answer.status, answer.body | {"detail": "不行。"}) if language == "zh" else answer

    async def get(self, actor: str, service: str, path: str) -> Answer:
        return self.answers[path][0]

    def clerk(self) -> Clerk:
        return Clerk(self, "ada", "file", "ben", breath=0.0)  # type: ignore[arg-type]


async def test_a_balance_is_created_once() -> None:
    line = BalanceLine.read(BALANCE, TODAY)
    services = Services({"/accounts/balances": [DONE, NOTHING, AGAIN]})
    assert [await services.clerk().balance(2, line) for _ in range(3)] == ["created", "unchanged", "unchanged"]
    assert services.asked[0] == (
        "ada",
        "/accounts/balances",
        {"org_id": "G01", "purpose": "aid", "source": "dues", "year": 2026, "opening_fen": 100},
    )
    assert len(set(services.keys)) == 1


async def test_what_differs_is_asked_under_another_key() -> None:
    services = Services({"/accounts/balances": [DONE]})
    for changes in ({}, {"opening_fen": 101}, {"purpose": "prize"}):
        await services.clerk().balance(2, BalanceLine.read(BALANCE | changes, TODAY))
    assert len(set(services.keys)) == 3


async def test_a_person_may_be_named_by_the_pseudonym() -> None:
    services = Services({PROPOSE: [DONE], CONFIRM: [DONE]})
    assert await services.clerk().file(7, FileLine.read(FILE | {"member_id": ANN}, TODAY)) == "created"
    assert "member_id" not in services.asked[0][2], "it stands in the path"


async def test_a_refusal_is_told_in_both_languages() -> None:
    services = Services({"/accounts/balances": [refusal("OtherBalance", amount="7")]})
    with pytest.raises(Declined) as declined:
        await services.clerk().balance(2, BalanceLine.read(BALANCE, TODAY))
    assert (declined.value.code, declined.value.en, declined.value.zh) == ("OtherBalance", "No.", "不行。")


async def test_a_person_is_found_and_the_number_goes_nowhere_else() -> None:
    services = Services({"/members/lookup": [FOUND], "/cases/imports": [DONE]})
    assert await services.clerk().case(7, CaseLine.read(CASE | {"id_number": ID_NUMBER}, TODAY)) == "created"
    (_, _, looked_up), (_, _, imported) = services.asked
    assert looked_up == {"org_id": "G0101", "id_number": ID_NUMBER}
    assert imported["member_id"] == ANN
    assert ID_NUMBER not in repr(imported) + repr(services.keys)


async def test_a_case_of_nobody_is_brought_in_without_looking() -> None:
    services = Services({"/cases/imports": [DONE]})
    assert await services.clerk().case(7, CaseLine.read(CASE, TODAY)) == "created"
    assert "member_id" not in services.asked[0][2]


async def test_who_is_not_found_is_told_at_the_number() -> None:
    services = Services({"/members/lookup": [Answer(404, {"code": "NobodyHere", "detail": "Nobody."})]})
    with pytest.raises(Declined) as declined:
        await services.clerk().file(7, FileLine.read(FILE, TODAY))
    assert (declined.value.code, declined.value.field) == ("NobodyHere", "id_number")


async def test_a_file_is_proposed_by_one_and_confirmed_by_the_other() -> None:
    services = Services({"/members/lookup": [FOUND], PROPOSE: [DONE, AGAIN], CONFIRM: [DONE, AGAIN]})
    line = FileLine.read(FILE, TODAY)
    assert [await services.clerk().file(7, line) for _ in range(2)] == ["created", "unchanged"]
    assert [(actor, path) for actor, path, _ in services.asked[:3]] == [
        ("ada", "/members/lookup"),
        ("ada", PROPOSE),
        ("ben", CONFIRM),
    ]
    assert services.asked[1][2] == {
        "org_id": "G0101",
        "hardship_class": "DEEP",
        "opened_on": "2026-03-01",
        "review_due_on": "2027-03-01",
    }


async def test_what_was_proposed_before_the_program_was_killed_is_confirmed() -> None:
    services = Services({"/members/lookup": [AGAIN_FOUND], PROPOSE: [AGAIN], CONFIRM: [DONE]})
    assert await services.clerk().file(7, FileLine.read(FILE, TODAY)) == "created"


AGAIN_FOUND = Answer(201, FOUND.body, replayed=True)


async def test_a_file_that_has_gone_on_stays_as_it_is() -> None:
    gone_on = refusal("FileNotInThisState", status="closed")
    services = Services({"/members/lookup": [FOUND], PROPOSE: [AGAIN], CONFIRM: [gone_on]})
    assert await services.clerk().file(7, FileLine.read(FILE, TODAY)) == "unchanged"


@pytest.mark.parametrize(("difference", "same"), [({}, True), ({"hardship_class": "RELATIVE"}, False)])
async def test_one_who_has_a_file_already(difference: dict[str, str], same: bool) -> None:
    """The very same one, as somebody else brought it in; or another."""
    there = {"org_id": "G0101", "hardship_class": "DEEP", "opened_on": "2026-03-01", "review_due_on": "2027-03-01"}
    services = Services(
        {
            "/members/lookup": [FOUND],
            PROPOSE: [refusal("FiledAlready", file_id=FILE_ID)],
            f"/hardship-files/{FILE_ID}": [Answer(200, there | difference)],
        }
    )
    if same:
        assert await services.clerk().file(7, FileLine.read(FILE, TODAY)) == "unchanged"
    else:
        with pytest.raises(Declined, match="FiledAlready"):
            await services.clerk().file(7, FileLine.read(FILE, TODAY))


async def test_the_confirmation_of_the_same_person_is_refused() -> None:
    own = Answer(403, {"code": "NotHisHands", "detail": "No."})
    services = Services({"/members/lookup": [FOUND], PROPOSE: [DONE], CONFIRM: [own]})
    with pytest.raises(Declined, match="NotHisHands"):
        await services.clerk().file(7, FileLine.read(FILE, TODAY))


async def test_whoever_has_just_come_in_is_waited_for() -> None:
    unknown = refusal("MemberUnknownHere")
    services = Services({"/members/lookup": [FOUND], PROPOSE: [unknown, unknown, DONE], CONFIRM: [DONE]})
    assert await services.clerk().file(7, FileLine.read(FILE, TODAY)) == "created"
    services = Services({"/members/lookup": [FOUND], PROPOSE: [unknown]})
    with pytest.raises(Declined, match="MemberUnknownHere"):
        await services.clerk().file(7, FileLine.read(FILE, TODAY))
    assert len(services.asked) == 1 + TRIES + 1
