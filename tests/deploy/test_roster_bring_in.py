"""A roster brought in, told by what the services are asked and answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from deploy.roster.admit import COLUMN
from deploy.roster.api import Api, Refusal
from deploy.roster.bring_in import NeedsSecond, NoAdministrator, bring_in, must_confirm
from deploy.roster.brought_in import BroughtIn
from deploy.roster.plan import plan
from deploy.roster.run import Hands
from deploy.roster.sheets import ORGANISATIONS
from services.members.membership.join_member import AlreadyMember, JoinsBeforeEnd
from services.members.organisation.establish_organisation import CodeTaken
from shared.kernel.refusal import Forbidden, Language, Refused
from tests.deploy.test_roster_plan import KNOWN, Rows, member, organisation, rows

TWO = Hands("ada", "ben")
Answers = Callable[[httpx.Request, Any], httpx.Response]


def done(subject: str = "s", *events: str) -> httpx.Response:
    found = [{"type": f"gonghui.members.{event}"} for event in events]
    return httpx.Response(201, json={"commit": "c", "subject": subject, "sequence": 1, "at": "", "events": found})


NOTHING = httpx.Response(200, json={"events": []})


def refuses(refusal: Refused, request: httpx.Request) -> httpx.Response:
    language: Language = "zh" if request.headers.get("accept-language") == "zh" else "en"
    return httpx.Response(refusal.status, json=refusal.problem(language))


class Members:
    """The service: answers by path, and remembers who asked what."""

    def __init__(self, **answers: Answers) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        actor = request.headers["authorization"].removeprefix("Bearer ")
        body = json.loads(request.content or b"null")
        self.asked.append((actor, f"{request.method} {request.url.path}", body))
        name = request.url.path.strip("/").split("/")[-1]
        answer = self.answers.get(f"{request.method.lower()}_{name}") or self.answers.get(name)
        return answer(request, body) if answer else done("s", "Something")

    def of(self, name: str) -> list[tuple[str, Any]]:
        return [(actor, body) for actor, path, body in self.asked if path.endswith(name)]

    async def takes(self, roster: Rows, hands: Hands = TWO) -> BroughtIn:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as client:
            api = Api(client, {"members": "http://members"}, lambda actor: actor)
            return await bring_in(plan(roster, KNOWN), roster, api, hands)


NEW = (organisation(2, "S1", "G", "subsidiary", "一公司工会", (30, 0, 9)), organisation(3, "B1", "S1"))


async def test_new_organisations_are_proposed_by_the_one_and_confirmed_by_the_other() -> None:
    members = Members()
    result = await members.takes(rows(*NEW))
    ((proposer, founding),) = members.of("/foundings")
    ((confirmer, _),) = members.of("/confirmation")
    assert (proposer, confirmer) == ("ada", "ben")
    assert founding["org_id"] == "G"
    assert [unit["org_id"] for unit in founding["units"]] == ["S1", "B1"]
    assert members.of("/headcount") == [
        ("ada", {"period": "2026-11", "headcount": 30, "dispatched": 0, "frontline": 9})
    ]
    assert result.organisations == {"created": 2}


async def test_without_a_second_nothing_is_begun() -> None:
    members = Members()
    with pytest.raises(NeedsSecond, match="gonghui grant ACTOR GROUP_ADMIN --org G --actor ada"):
        await members.takes(rows(*NEW), Hands("ada"))
    assert members.asked == []


@pytest.mark.parametrize("step", ["foundings", "confirmation"])
async def test_what_cannot_be_founded_falls_with_all_below_it_and_the_others_stand(step: str) -> None:
    taken = CodeTaken(org_id="S1")

    def answer(request: httpx.Request, body: Any) -> httpx.Response:
        units = [unit["org_id"] for unit in members.of("/foundings")[-1][1]["units"]]
        return refuses(taken, request) if "S1" in units else done()

    members = Members(**{step: answer})
    roster = rows(*NEW, organisation(4, "S2", "G", "subsidiary"), member(2, "B1"), member(3, "S2"))
    result = await members.takes(roster)
    told = {(fault.sheet, fault.row, fault.code) for fault in result.rejected}
    assert told == {
        ("组织", 2, "CodeTaken"),
        ("组织", 3, "ParentRefused"),
        ("会员", 2, "OrganisationRefused"),
        ("会员", 3, "HoldsNoMembers"),
    }
    assert (result.organisations["created"], result.counts(ORGANISATIONS)["rejected"]) == (1, 2)
    (first, *_) = result.rejected
    assert (first.en, first.zh) == (taken.sentence("en"), taken.sentence("zh"))


async def test_a_refusal_that_is_about_none_of_them_ends_it() -> None:
    members = Members(foundings=lambda request, body: httpx.Response(403, json={"code": "Forbidden", "detail": "No."}))
    with pytest.raises(Refusal, match="Forbidden: No"):
        await members.takes(rows(*NEW))


@pytest.mark.parametrize(
    ("held", "may"),
    [
        ([{"id": "1", "role": "GROUP_ADMIN", "org_id": "G"}], True),
        ([{"id": "1", "role": "CADRE", "org_id": "G"}, {"id": "2", "role": "SUBSIDIARY_ADMIN", "org_id": "S"}], False),
        ([], False),
        (None, False),
    ],
)
async def test_who_confirms_is_an_administrator_and_if_not_one_is_told_what_to_do(held: Any, may: bool) -> None:
    def roles(request: httpx.Request, body: Any) -> httpx.Response:
        return httpx.Response(200, json=held) if held is not None else refuses(Forbidden(), request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(Members(roles=roles))) as client:
        asked = must_confirm(
            Api(client, {"members": "http://members"}, lambda actor: actor), plan(rows(*NEW), KNOWN), "ben"
        )
        if may:
            return await asked
        with pytest.raises(NoAdministrator, match=r"ben.*is no administrator of G(.|\n)*ben 不是 G 的管理员"):
            await asked
    return None


def _told(*outcomes: dict[str, Any]) -> Answers:
    return lambda request, body: httpx.Response(200, json={"rows": list(outcomes)})


KNOWN_UNION = {"B": KNOWN["S"].__class__("basic", "S", "110000", path="/G/S/B/")}


async def _rows_told(*outcomes: dict[str, Any], hands: Hands = TWO, **more: Answers) -> tuple[BroughtIn, Members]:
    members = Members(
        post_admissions=lambda request, body: done("a", "MembersAdmitted"), get_a=_told(*outcomes), **more
    )
    roster = rows(*(member(number, "B") for number in range(2, 2 + len(outcomes))))
    async with httpx.AsyncClient(transport=httpx.MockTransport(members)) as client:
        api = Api(client, {"members": "http://members"}, lambda actor: actor)
        return await bring_in(plan(roster, {**KNOWN, **KNOWN_UNION}), roster, api, hands), members


async def test_each_outcome_of_a_batch_is_what_it_says() -> None:
    result, _ = await _rows_told(
        {"outcome": "joined", "member_id": "m"},
        {"outcome": "unchanged", "member_id": "m"},
        {"outcome": "refused", "code": "JoinsInFuture"},
    )
    assert result.document()["members"] == {"created": 1, "unchanged": 1, "changed": 0, "rejected": 1}
    (fault,) = result.rejected
    assert (fault.row, fault.column, fault.code) == (4, "入会日期", "JoinsInFuture")


async def test_every_refusal_of_a_row_is_told_in_whole_sentences() -> None:
    others = [refusal.__name__ for refusal in COLUMN if refusal is not JoinsBeforeEnd]
    result, _ = await _rows_told(*({"outcome": "refused", "code": code} for code in others))
    assert sorted(fault.code for fault in result.rejected) == sorted(others)
    assert not [fault.code for fault in result.rejected if "?" in fault.en + fault.zh]


async def test_who_is_elsewhere_is_transferred_by_two() -> None:
    elsewhere = {"outcome": "elsewhere", "member_id": "m", "org_id": "C"}
    result, members = await _rows_told(elsewhere)
    assert result.members == {"changed": 1}
    assert members.of("/members/m/transfer") == [("ada", {"to_org": "B"})]
    assert members.of("/members/m/transfer/acceptance") == [("ben", {"to_org": "B"})]
    assert members.of("/members/m/eligibility") == [("ada", {"worker_type": "regular", "frontline": True})]

    result, members = await _rows_told(elsewhere, hands=Hands("ada"))
    assert result.members == {"rejected": 1}
    assert [fault.code for fault in result.rejected] == ["AlreadyMember"]
    assert not members.of("/transfer")


async def test_a_transfer_that_is_refused_is_told_and_not_half_done() -> None:
    elsewhere = {"outcome": "elsewhere", "member_id": "m", "org_id": "C"}
    refused = AlreadyMember(org_id="C")
    result, members = await _rows_told(elsewhere, transfer=lambda request, body: refuses(refused, request))
    assert (result.members, [fault.zh for fault in result.rejected]) == ({"rejected": 1}, [refused.sentence("zh")])
    assert not members.of("/acceptance")


async def test_one_who_has_left_is_told_since_when() -> None:
    left = {"outcome": "refused", "code": "JoinsBeforeEnd", "member_id": "m"}
    result, _ = await _rows_told(left, get_m=lambda request, body: httpx.Response(200, json={"ended_on": "2026-10-01"}))
    assert "2026-10-01" in result.rejected[0].en


async def test_a_batch_that_is_refused_as_a_whole_goes_row_by_row() -> None:
    def single(request: httpx.Request, body: Any) -> httpx.Response:
        if request.url.path == "/members" and len(members.of("/members")) == 1:
            return done("m", "MemberJoined")
        return refuses(AlreadyMember(org_id="C"), request)

    members = Members(members=single, admissions=lambda request, body: refuses(AlreadyMember(org_id="C"), request))
    roster = rows(member(2, "B"), member(3, "B"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(members)) as client:
        api = Api(client, {"members": "http://members"}, lambda actor: actor)
        result = await bring_in(plan(roster, {**KNOWN, **KNOWN_UNION}), roster, api, TWO)
    assert result.document()["members"] == {"created": 1, "unchanged": 0, "changed": 0, "rejected": 1}


async def test_a_batch_in_which_nothing_is_new_is_unchanged() -> None:
    members = Members(admissions=lambda request, body: NOTHING)
    roster = rows(*(member(number, "B") for number in range(2, 452)))
    async with httpx.AsyncClient(transport=httpx.MockTransport(members)) as client:
        api = Api(client, {"members": "http://members"}, lambda actor: actor)
        counted: list[int] = []
        result = await bring_in(plan(roster, {**KNOWN, **KNOWN_UNION}), roster, api, TWO, counted.append)
    assert result.members == {"unchanged": 450}
    assert sorted(len(body["rows"]) for _, body in members.of("/admissions")) == [50, 200, 200]
    assert sum(counted) == 450
