"""Asking a service again until it answers: always under the same key, never after an answer."""

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest

from deploy.roster import api as module
from deploy.roster.api import Api, NoAnswer, Refusal, accepted, each

ACCEPTED = {
    "commit": "c",
    "subject": "s",
    "sequence": 1,
    "at": "2026-11-24T00:00:00Z",
    "events": [{"type": "gonghui.members.MemberJoined"}],
}


def accepts(**headers: str) -> httpx.Response:
    return httpx.Response(201, json=ACCEPTED, headers=headers)


class Service:
    """Answers what it is told to, one after the other, and remembers the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers: Iterator[httpx.Response | Exception] = iter(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def post(self) -> module.Answer:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as client:
            api = Api(client, {"members": "http://members"}, lambda actor: f"token-of-{actor}")
            return await api.post("zhang", "members", "/members", {"name": "x"}, key="row-7", wait=5)


def busy() -> httpx.Response:
    return httpx.Response(503, json={"code": "Busy"}, headers={"Retry-After": "0.01"})


def too_fast() -> httpx.Response:
    return httpx.Response(429, json={"code": "TooMany"}, headers={"Retry-After": "0.01"})


@pytest.mark.parametrize(
    "trouble", [busy, too_fast, lambda: httpx.ConnectError("down"), lambda: httpx.ReadError("killed")]
)
async def test_a_request_without_an_answer_is_sent_again_unchanged(
    trouble: Callable[[], httpx.Response | Exception],
) -> None:
    service = Service(trouble(), trouble(), accepts())
    answer = await service.post()
    assert (answer.accepted, answer.changed, answer.tries, answer.events) == (True, True, 3, ["MemberJoined"])
    assert {
        (request.headers["idempotency-key"], request.headers["authorization"], request.headers["prefer"])
        for request in service.asked
    } == {("row-7", "Bearer token-of-zhang", "wait=5")}


async def test_a_refusal_is_an_answer() -> None:
    service = Service(httpx.Response(409, json={"code": "AlreadyMember", "detail": "This person is a member."}))
    answer = await service.post()
    assert (answer.accepted, answer.refusal, answer.detail) == (False, "AlreadyMember", "This person is a member.")
    assert len(service.asked) == 1
    with pytest.raises(Refusal, match="AlreadyMember: This person is a member"):
        accepted(answer)


async def test_what_was_done_before_is_no_change() -> None:
    assert not (await Service(accepts(**{"Idempotency-Replayed": "true"})).post()).changed
    assert not (await Service(httpx.Response(200, json={"events": []})).post()).changed


async def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    service = Service(*(httpx.ConnectError("all connection attempts failed") for _ in range(50)))
    with pytest.raises(NoAnswer, match=r"^members did not answer for 0 s \(all connection attempts failed\)\.$"):
        await service.post()


async def test_each_is_done_once_so_many_at_a_time_and_the_first_failure_ends_it() -> None:
    running, most, done = 0, 0, list[int]()

    async def act(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(number)
        if number == 30:
            raise Refusal("no")

    await each(range(10), act, at_once=3)
    assert (sorted(done), most) == (list(range(10)), 3)
    with pytest.raises(Refusal, match="no"):
        await each(range(20, 90), act, at_once=3)
    assert len(done) < 30
