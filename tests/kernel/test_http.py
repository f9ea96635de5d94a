"""The way of a request: from the wire to the handler and back."""

import asyncio
import importlib
import json
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.types import Message

from shared.kernel import incoming
from shared.kernel.door import Door
from shared.kernel.endpoints import Serving
from shared.kernel.health import Probes
from shared.kernel.http import create_app
from shared.kernel.incoming import LARGEST, Asked, body_of
from shared.kernel.log import Log
from shared.kernel.metrics import Metrics
from shared.kernel.ports import Commit, StoreFault
from shared.kernel.problem import TooLarge
from shared.kernel.room import Room, Share
from shared.kernel.service import Service
from shared.kernel.tokens import TokenNotAccepted
from shared.kernel.work import Actor, Commands, Minted, Work
from shared.values.roles import Role
from tests.kernel.fakes import CountedIds, KnownDirectory, MemoryLog, MemoryViews, StoppedClock
from tests.kernel.lending import Loan, service

MEMBER = "00000000-0000-7000-8000-000000000001"
OTHER = "00000000-0000-7000-8000-000000000002"
NOWHERE = "00000000-0000-7000-8000-00000000dead"
A_BOOK = {"org_id": "G01", "title": "平凡的世界"}


class NamedTokens:
    """A token is the name of its actor."""

    async def actor(self, token: str) -> str:
        if token == "forged":
            raise TokenNotAccepted()
        return token


@dataclass
class Waiting:
    visible: bool = True
    asked: list[float] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def wait(self, commits: Sequence[Commit], seconds: float) -> bool:
        self.asked.append(seconds)
        if self.meanwhile:
            await self.meanwhile()
        return self.visible


@dataclass
class Desk:
    """A service of three organisations, and a client that speaks to it."""

    client: httpx.AsyncClient
    log: MemoryLog
    views: MemoryViews
    directory: KnownDirectory
    waiting: Waiting
    metrics: Metrics
    door: Door
    clock: StoppedClock
    """Of the door."""
    unready: dict[str, str | None]

    async def post(self, path: str, body: Any, *, actor: str = "cadre", **headers: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers=_headers(actor, headers))

    async def get(self, path: str, *, actor: str = "cadre", **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=_headers(actor, headers))

    async def bought(self) -> str:
        answer = await self.post("/books", A_BOOK)
        return str(answer.json()["subject"])

    def counted(self, command: str, outcome: str) -> float:
        labels = {"service": "lending", "command": command, "outcome": outcome}
        return self.metrics.registry.get_sample_value("gonghui_commands_total", labels) or 0.0


def _headers(actor: str, more: dict[str, str]) -> dict[str, str]:
    return {"authorization": f"Bearer {actor}"} | {name.replace("_", "-"): value for name, value in more.items()}


def serving_of(
    name: str,
    log: MemoryLog,
    views: MemoryViews,
    directory: KnownDirectory,
    waiting: Waiting,
    metrics: Metrics,
    door: Door | None = None,
) -> Serving:
    ids = CountedIds()
    commands = Commands(
        log=Log(log),
        clock=StoppedClock(),
        ids=ids,
        directory=directory,
        views=views,
        topic=f"gonghui.{name}",
        source=f"urn:gonghui:{name}:test",
    )
    return Serving(
        service=name,
        commands=commands,
        reading=lambda actor: Work(commands, Actor(actor.id), Minted(ids)),
        waiters=waiting,
        verifier=NamedTokens(),
        metrics=metrics,
        ids=ids,
        door=door or Door(StoppedClock()),
    )


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    log, views, waiting, metrics = MemoryLog(), MemoryViews(), Waiting(), Metrics()
    directory = KnownDirectory({"G": "/G/", "G01": "/G/G01/", "G02": "/G/G02/"}, [("cadre", Role.CADRE, "/G/G01/")])
    clock = StoppedClock()
    door = Door(clock, at_once=1, per_second=25)
    serving = serving_of("lending", log, views, directory, waiting, metrics, door)
    unready: dict[str, str | None] = {"api": None}

    async def api() -> str | None:
        return unready["api"]

    async def status() -> dict[str, Any]:
        return {"service": "lending", "roles": ["api"]}

    app = create_app(service, serving, Probes({"api": api}, status))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Desk(client, log, views, directory, waiting, metrics, door, clock, unready)


async def test_a_command_answers_with_what_happened(desk: Desk) -> None:
    answer = await desk.post("/books", A_BOOK)
    assert answer.status_code == 201
    told = answer.json()
    assert told["sequence"] == 1
    assert [event["type"] for event in told["events"]] == ["gonghui.lending.BookBought"]
    assert told["commit"] == desk.log.commits[0].id
    assert told["subject"] == desk.log.commits[0].stream.removeprefix("Book:")
    assert desk.counted("lending", "accepted") == 1


async def test_a_command_that_changes_nothing_answers_without_events(desk: Desk) -> None:
    book = await desk.bought()
    await desk.post(f"/books/{book}/loan", {"member_id": MEMBER})
    again = await desk.post(f"/books/{book}/loan", {"member_id": MEMBER})
    assert (again.status_code, again.json()) == (200, {"events": []})
    assert desk.counted("lending", "unchanged") == 1


async def test_the_same_key_takes_effect_once_and_is_answered_the_same(desk: Desk) -> None:
    first = await desk.post("/books", A_BOOK, idempotency_key="k1")
    again = await desk.post("/books", A_BOOK, idempotency_key="k1")
    assert len(desk.log.commits) == 1
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_a_key_belongs_to_the_content_however_its_json_is_written(desk: Desk) -> None:
    await desk.post("/books", A_BOOK, idempotency_key="k1")
    rewritten = json.dumps(dict(reversed(A_BOOK.items())), indent=3)
    headers = {"authorization": "Bearer cadre", "content-type": "application/json", "idempotency-key": "k1"}
    again = await desk.client.post("/books", content=rewritten, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    other = await desk.post("/books", A_BOOK | {"title": "活着"}, idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "KeyReused")


async def test_a_key_that_no_header_should_carry_is_refused(desk: Desk) -> None:
    answer = await desk.post("/books", A_BOOK, idempotency_key="k" * 201)
    assert (answer.status_code, answer.json()["code"]) == (422, "BadIdempotencyKey")


async def test_without_a_token_nobody_is_let_in(desk: Desk) -> None:
    answer = await desk.client.post("/books", json=A_BOOK)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "NoToken"
    assert (await desk.post("/books", A_BOOK, actor="forged")).status_code == 401
    assert desk.log.commits == []


async def test_who_has_no_role_there_may_not(desk: Desk) -> None:
    elsewhere = await desk.post("/books", A_BOOK | {"org_id": "G02"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "Forbidden")
    assert (await desk.post("/books", A_BOOK, actor="stranger")).status_code == 403
    assert desk.log.commits == []
    assert desk.counted("lending", "forbidden") == 2


async def test_a_rule_that_says_no_is_told_in_the_language_that_is_preferred(desk: Desk) -> None:
    book = await desk.bought()
    await desk.post(f"/books/{book}/loan", {"member_id": MEMBER})
    english = await desk.post(f"/books/{book}/loan", {"member_id": OTHER}, accept_language="fr, en;q=0.8, zh;q=0.3")
    chinese = await desk.post(f"/books/{book}/loan", {"member_id": OTHER}, accept_language="en;q=0.1,zh-CN;q=0.9")
    assert english.status_code == chinese.status_code == 409
    assert english.headers["content-type"] == "application/problem+json"
    assert english.json()["detail"] == "Somebody else has the book."
    assert (chinese.json()["detail"], chinese.headers["content-language"]) == ("该书已被借出。", "zh")


async def test_every_wrong_field_is_named_with_a_plain_sentence(desk: Desk) -> None:
    wrong = {"org_id": "?", "title": "", "copies": 0, "kind": "comic", "colour": "red"}
    english = (await desk.post("/books", wrong)).json()
    chinese = (await desk.post("/books", wrong, accept_language="zh")).json()
    assert english["code"] == "InvalidRequest"
    assert {error["field"]: error["detail"] for error in english["errors"]} == {
        "org_id": "An organisation's code is 1 to 64 letters, digits, - or _, a letter or digit first, such as G01-2.",
        "title": "Use 1 or more characters.",
        "copies": "It must be at least 1.",
        "kind": "It must be one of: novel, textbook.",
        "colour": "There is no such field.",
    }
    assert {error["field"]: error["detail"] for error in chinese["errors"]}[
        "kind"
    ] == "必须为以下之一：novel、textbook。"


async def test_what_was_sent_is_never_repeated_in_a_refusal(desk: Desk) -> None:
    answer = await desk.post("/books", {"org_id": "G01", "title": {"id_number": "11010519491231002X"}})
    assert answer.status_code == 422
    assert "11010519491231002X" not in answer.text


async def test_a_wrong_parameter_of_the_address_is_named_too(desk: Desk) -> None:
    assert (await desk.post("/books/7/loan", {"member_id": MEMBER})).json()["errors"][0]["field"] == "book_id"
    errors = (await desk.get("/loans?limit=0&colour=red")).json()["errors"]
    assert {error["field"] for error in errors} == {"limit", "colour"}
    assert (await desk.get("/loans?limit=7")).status_code == 200


async def test_only_json_is_read(desk: Desk) -> None:
    headers = {"authorization": "Bearer cadre"}
    form = await desk.client.post("/books", data={"title": "x"}, headers=headers)
    assert (form.status_code, form.json()["code"]) == (415, "NotJson")
    broken = await desk.client.post(
        "/books", content=b'{"title"', headers=headers | {"content-type": "application/json; charset=utf-8"}
    )
    assert (broken.status_code, broken.json()["errors"][0]["detail"]) == (422, "The content is not valid JSON.")


async def test_a_body_that_turns_out_too_long_is_refused(desk: Desk) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    headers = {"authorization": "Bearer cadre", "content-type": "application/json"}
    answer = await desk.client.post("/books", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["limit"]) == (413, 1024 * 1024)


async def test_a_body_that_says_it_is_too_long_is_not_even_read() -> None:
    async def unread() -> Message:
        raise AssertionError("the body was read")

    headers = {b"content-length": str(LARGEST + 1).encode()}
    with pytest.raises(TooLarge):
        await body_of(Asked({}, unread, headers, "c-1", None), Share(Room()))


async def test_a_refusal_is_no_larger_than_what_it_is_about(desk: Desk) -> None:
    fields = await desk.post("/books", {f"f{number}": 1 for number in range(9_000)})
    assert (fields.status_code, len(fields.json()["errors"])) == (422, 200)
    name = await desk.post("/books", {"x" * 100_000: 1})
    assert name.status_code == 422
    assert len(name.content) < 2_000


async def test_more_values_than_anybody_needs_are_not_even_looked_at(desk: Desk) -> None:
    answer = await desk.post("/books", [0] * 10_001)
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "TooManyValues", 10_000)


async def test_a_body_that_does_not_come_in_time_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(incoming, "PATIENCE", 0.05)
    headers = {"authorization": "Bearer cadre", "content-type": "application/json"}
    answer = await desk.client.post("/books", content=stuck(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (408, "TooSlow")


async def test_addresses_and_methods_that_are_not_there_are_problems_as_well(desk: Desk) -> None:
    missing = await desk.get("/boks", accept_language="zh")
    assert (missing.status_code, missing.json()["code"]) == (404, "NoSuchPath")
    assert missing.headers["content-type"] == "application/problem+json"
    assert "地址" in missing.json()["detail"]
    wrong = await desk.client.delete("/books")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "WrongMethod", "POST")


async def test_a_defect_shows_nothing_but_the_correlation_id(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    book = await desk.bought()
    answer = await desk.post(f"/books/{book}/dusting", {}, x_correlation_id="night-shift-7")
    assert answer.status_code == 500
    assert answer.json()["correlation"] == answer.headers["x-correlation-id"] == "night-shift-7"
    assert "duster" not in answer.text
    assert desk.counted("lending", "failed") == 1


async def test_a_database_that_does_not_answer_is_worth_another_try(desk: Desk) -> None:
    desk.log.fault = StoreFault("no primary")
    answer = await desk.post(f"/books/{NOWHERE}/loan", {"member_id": MEMBER})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert desk.counted("lending", "unavailable") == 1


async def test_a_closed_log_says_why(desk: Desk) -> None:
    desk.log.closed_for = "fork"
    answer = await desk.post("/books", A_BOOK)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "LogClosed", "30")


async def test_who_asks_too_fast_is_told_when_to_come_back(desk: Desk) -> None:
    answers = [await desk.get("/loans") for _ in range(51)]
    assert [answer.status_code for answer in answers] == [200] * 50 + [429]
    refused = await desk.post("/books", A_BOOK, accept_language="zh")
    assert (refused.status_code, refused.headers["retry-after"], refused.json()["code"]) == (429, "1", "TooMany")
    assert "频繁" in refused.json()["detail"]
    assert (await desk.get("/loans", actor="somebody")).status_code == 200, "others are not slowed down"
    assert desk.counted("lending", "shed") == 1
    desk.clock.pass_by(1)
    assert (await desk.post("/books", A_BOOK)).status_code == 201
    assert len(desk.log.commits) == 1


async def test_more_at_once_than_there_may_be_is_refused_before_anything_is_done(desk: Desk) -> None:
    with desk.door:
        refused = [await desk.post("/books", A_BOOK), await desk.get("/loans")]
    assert {answer.status_code for answer in refused} == {503}
    assert {(answer.json()["code"], answer.headers["retry-after"]) for answer in refused} == {("Overloaded", "1")}
    assert desk.log.commits == []
    assert (await desk.post("/books", A_BOOK)).status_code == 201, "and it recovers by itself"


async def test_who_waits_for_the_views_keeps_nobody_out(desk: Desk) -> None:
    async def another() -> None:
        desk.waiting.meanwhile = None
        assert (await desk.post("/books", A_BOOK)).status_code == 201

    desk.waiting.meanwhile = another
    assert (await desk.post("/books", A_BOOK, prefer="wait=30")).status_code == 201


async def test_a_body_that_is_slow_to_come_keeps_nobody_out(desk: Desk) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        assert (await desk.post("/books", A_BOOK)).status_code == 201
        yield json.dumps(A_BOOK).encode()[1:]

    headers = {"authorization": "Bearer cadre", "content-type": "application/json"}
    assert (await desk.client.post("/books", content=slow(), headers=headers)).status_code == 201


async def test_who_would_rather_wait_learns_whether_it_shows(desk: Desk) -> None:
    seen = await desk.post("/books", A_BOOK, prefer="respond-async, wait=2")
    assert (seen.status_code, seen.headers["preference-applied"]) == (201, "wait=2")
    desk.waiting.visible = False
    unseen = await desk.post("/books", A_BOOK, prefer="wait=99")
    assert (unseen.status_code, unseen.headers["preference-applied"]) == (202, "wait=30")
    assert desk.waiting.asked == [2, 30]
    assert (await desk.post("/books", A_BOOK)).status_code == 201


async def test_the_correlation_id_travels_with_the_events(desk: Desk) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await desk.post("/books", A_BOOK, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    headers = desk.log.commits[0].events[0].headers
    assert answer.headers["x-correlation-id"] == headers["ce_correlationid"] == trace
    assert headers["traceparent"].startswith(f"00-{trace}")


async def test_a_correlation_id_that_may_be_a_person_is_not_taken_over(desk: Desk) -> None:
    for given in ("13800138000", "11010519491231002X", "张三", "a b"):
        headers = [(b"authorization", b"Bearer cadre"), (b"x-correlation-id", given.encode())]
        answer = await desk.client.post("/books", json=A_BOOK, headers=headers)
        assert answer.headers["x-correlation-id"].encode() != given.encode()


async def test_a_view_is_shown_where_the_actor_has_a_role(desk: Desk) -> None:
    desk.views.put(Loan(MEMBER, "G01", MEMBER), Loan(OTHER, "G02", OTHER))
    assert (await desk.get(f"/loans/{MEMBER}")).json() == {"id": MEMBER, "org_id": "G01", "member_id": MEMBER}
    assert (await desk.get(f"/loans/{OTHER}")).status_code == 403
    assert (await desk.get(f"/loans/{NOWHERE}")).status_code == 404


async def test_a_list_is_cut_to_what_the_actor_may_see(desk: Desk) -> None:
    desk.views.put(Loan(MEMBER, "G01", MEMBER), Loan(OTHER, "G02", OTHER))
    assert [row["id"] for row in (await desk.get("/loans")).json()] == [MEMBER]
    assert [row["id"] for row in (await desk.get("/loans", actor=OTHER)).json()] == [OTHER]
    assert (await desk.get("/loans", actor="stranger")).json() == []


async def test_fixed_words_in_an_address_come_before_parameters(desk: Desk) -> None:
    desk.directory.roles.append(("chief", Role.CADRE, "/G/"))
    assert (await desk.get("/loans/count", actor="chief")).json() == {"count": 0}


async def test_ready_only_when_every_role_is(desk: Desk) -> None:
    assert (await desk.client.get("/readyz")).json() == {"ready": True, "roles": {"api": "ready"}}
    desk.unready["api"] = "the directory is not loaded"
    answer = await desk.client.get("/readyz")
    assert (answer.status_code, answer.json()["roles"]) == (503, {"api": "the directory is not loaded"})
    assert (await desk.client.get("/livez")).status_code == 200


async def test_the_documentation_needs_no_internet(desk: Desk) -> None:
    page = (await desk.client.get("/docs")).text
    assert "/books/{book_id}/loan" in page
    assert "src=" not in page
    assert "https://" not in page


async def test_every_route_tells_how_it_may_be_refused(desk: Desk) -> None:
    document = (await desk.client.get("/openapi.json")).json()
    lend = document["paths"]["/books/{book_id}/loan"]["post"]
    assert set(lend["responses"]) >= {
        "200",
        "201",
        "202",
        "401",
        "403",
        "404",
        "409",
        "413",
        "415",
        "422",
        "500",
        "503",
    }
    assert "Somebody else has the book." in lend["responses"]["409"]["description"]
    assert list(lend["responses"]["409"]["content"]) == ["application/problem+json"]
    assert {"Idempotency-Key", "Prefer"} <= {one["name"] for one in lend["parameters"]}
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "DirectoryTooOld" in document["paths"]["/books"]["post"]["responses"]["503"]["description"]


async def test_metrics_and_state_are_served(desk: Desk) -> None:
    await desk.bought()
    metrics = (await desk.client.get("/metrics")).text
    assert 'gonghui_commands_total{command="lending",outcome="accepted",service="lending"} 1.0' in metrics
    assert (await desk.client.get("/status")).json()["service"] == "lending"


@pytest.mark.parametrize("name", ["members", "activities", "welfare"])
def test_every_service_can_be_served_and_describes_every_route(name: str) -> None:
    package = importlib.import_module(f"services.{name}")
    for module in pkgutil.walk_packages(package.__path__, f"services.{name}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    real: Service = importlib.import_module(f"services.{name}.service").service
    metrics = Metrics()
    serving = serving_of(name, MemoryLog(), MemoryViews(), KnownDirectory({}), Waiting(), metrics)
    described = create_app(real, serving, Probes({}, _nothing)).openapi()
    operations = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert operations == {(route.path, route.method.lower()) for route in real.routes}
    assert all(operation["summary"] for methods in described["paths"].values() for operation in methods.values())


async def _nothing() -> dict[str, Any]:
    return {}
