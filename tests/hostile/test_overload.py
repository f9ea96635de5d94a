"""More than a process takes on: it refuses in time and says when to come back, recovers by itself, and has lost nothing
that it accepted."""

import asyncio
import json
import time
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc.jwk import KeySet, OKPKey

from deploy.local.identity import AUDIENCE, ISSUER, KEY_SET
from deploy.roster.api import Api
from shared.kernel.incoming import LARGEST
from shared.kernel.tokens import issue
from tests.hostile.hands import routes, widest_hand
from tests.hostile.narrow import LIMITS, narrow
from tests.hostile.test_sister_subsidiary import COMMANDS, address
from tests.hostile.town import OURS, Town
from tests.journeys.group import FIRST, Group
from tests.kernel.laboratory import until

pytestmark = pytest.mark.stack
AT_ONCE = 150
IN_TIME = 5.0
"""Seconds for a request of one who has nothing to do with it all; the machine is busy with the others."""
DEEP = 10_000
LARGEST_REFUSAL = 32_000
"""Bytes; one that repeats what was wrong with a megabyte would be another megabyte."""


@dataclass
class Clerk:
    """Speaks to one process, as whom it is told to, and does not ask again."""

    client: httpx.AsyncClient
    api: Api
    group: Group
    clients: list[StreamWriter] = field(default_factory=list)

    def token(self, actor: str) -> str:
        return self.api._token(actor)

    async def post(self, path: str, body: Any, actor: str = FIRST, **headers: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token(actor)}", "content-type": "application/json", **headers}
        content = body if isinstance(body, bytes) else json.dumps(body)
        return await self.client.post(path, content=content, headers=headers)

    async def get(self, path: str, actor: str = FIRST) -> httpx.Response:
        return await self.client.get(path, headers={"authorization": f"Bearer {self.token(actor)}"})

    async def is_served(self) -> None:
        began = time.monotonic()
        assert (await self.get("/organisations/G")).status_code == 200
        assert time.monotonic() - began < IN_TIME

    async def connected(self) -> tuple[StreamReader, StreamWriter]:
        where = urlsplit(str(self.client.base_url))
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        self.clients.append(writer)
        return reader, writer

    async def begun(self, path: str, body: bytes, actor: str = FIRST) -> tuple[StreamReader, StreamWriter, bytes]:
        """A request of which the last byte is still to be sent."""
        reader, writer = await self.connected()
        head = {
            "host": "here",
            "authorization": f"Bearer {self.token(actor)}",
            "content-type": "application/json",
            "content-length": str(len(body)),
        }
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + body[:-1])
        await writer.drain()
        return reader, writer, body[-1:]

    async def leave(self) -> None:
        for writer in self.clients:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()


@pytest.fixture(scope="module")
async def clerk(town: Town) -> AsyncIterator[Clerk]:
    group = town.group
    async with narrow(group.stack, "members") as url:
        limits = httpx.Limits(max_connections=30, max_keepalive_connections=30)
        async with httpx.AsyncClient(base_url=url, timeout=20, limits=limits, trust_env=False) as client:
            clerk = Clerk(client, Api(client, {"members": url}, group.api._token), group)
            yield clerk
            await clerk.leave()


async def recovered(clerk: Clerk) -> None:
    """Its pace as well."""

    async def served() -> bool:
        return (await clerk.get("/organisations/G")).status_code == 200

    await until(served, what="recovering")


def grant(number: int, what: str) -> dict[str, str]:
    return {"actor_id": f"{what}-{number:03}", "role": "CADRE", "org_id": OURS}


async def granted(clerk: Clerk, what: str) -> Counter[str]:
    """Who has a role, as often as it was granted."""
    rows = await clerk.group.api.pages(FIRST, "members", "/roles", org_id=OURS)
    return Counter(row["actor_id"] for row in rows if row["actor_id"].startswith(what))


async def test_overload_sheds_and_loses_nothing_accepted(clerk: Clerk) -> None:
    asking = [clerk.post("/roles", grant(number, "crowd")) for number in range(AT_ONCE)]
    answers = await asyncio.gather(*asking)
    told = Counter(answer.status_code for answer in answers)
    assert set(told) == {201, 503}, told
    for answer in answers:
        assert answer.status_code == 201 or (answer.json()["code"], answer.headers["retry-after"]) == (
            "Overloaded",
            "1",
        )
    accepted = {grant(number, "crowd")["actor_id"] for number, one in enumerate(answers) if one.status_code == 201}

    async def all_shown() -> bool:
        return set(await granted(clerk, "crowd")) >= accepted

    await until(all_shown, what="showing what was accepted")
    assert set(await granted(clerk, "crowd")) == accepted, "and nothing that was refused"
    await recovered(clerk)


async def test_who_comes_back_as_told_is_served_once(clerk: Clerk) -> None:
    """As an import does: many at once under keys of their own, and again until there is an answer."""
    await recovered(clerk)

    async def one(number: int) -> bool:
        answer = await clerk.api.post(FIRST, "members", "/roles", grant(number, "back"), key=f"back-{number}", wait=5)
        return answer.accepted

    assert all(await asyncio.gather(*(one(number) for number in range(AT_ONCE))))
    assert clerk.api.repeated > 0, "some had to come back"
    assert await granted(clerk, "back") == Counter(grant(number, "back")["actor_id"] for number in range(AT_ONCE))


async def test_one_who_asks_too_fast_slows_nobody_down_but_itself(clerk: Clerk) -> None:
    await recovered(clerk)
    most = 3 * int(LIMITS["GONGHUI_REQUESTS_PER_SECOND"])
    answers: list[httpx.Response] = []
    while len(answers) < 10 * most and not (answers and answers[-1].status_code == 429):
        answers += await asyncio.gather(*(clerk.get("/organisations/G", actor="eager") for _ in range(3)))
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("TooMany", "1")
    await clerk.is_served()

    async def let_in_again() -> bool:
        return (await clerk.get("/organisations/G", actor="eager")).status_code == 403

    await until(let_in_again, what="letting it in again")


async def test_as_many_idle_connections_as_there_may_be_keep_nobody_out(clerk: Clerk) -> None:
    for _ in range(2 * int(LIMITS["GONGHUI_CONNECTIONS"])):
        await clerk.connected()
    async with httpx.AsyncClient(base_url=clerk.client.base_url, timeout=IN_TIME, trust_env=False) as fresh:
        headers = {"authorization": f"Bearer {clerk.token(FIRST)}"}
        assert (await fresh.get("/organisations/G", headers=headers)).status_code == 200
    await clerk.leave()


async def test_slow_clients_keep_nobody_out(clerk: Clerk) -> None:
    """More of them than requests that may be in work."""
    body = json.dumps(grant(0, "slow")).encode()
    slow = [await clerk.begun("/roles", body) for _ in range(20)]
    await clerk.is_served()
    reader, writer, rest = slow[0]
    writer.write(rest)
    async with asyncio.timeout(IN_TIME):
        assert (await reader.readline()).startswith(b"HTTP/1.1 201 ")
    await clerk.leave()


async def test_a_flood_of_bad_tokens_keeps_nobody_out(clerk: Clerk) -> None:
    sound = clerk.token(FIRST)
    forged = [f"{sound[:-6]}{number:06}" for number in range(600)]
    statuses = Counter[int]()

    async def flood() -> None:
        while forged:
            answer = await clerk.client.get("/organisations/G", headers={"authorization": f"Bearer {forged.pop()}"})
            statuses[answer.status_code] += 1

    floods = [asyncio.create_task(flood()) for _ in range(20)]
    while len(forged) > 100:
        await clerk.is_served()
    await asyncio.gather(*floods)
    assert statuses == {401: 600}


async def test_a_role_that_is_revoked_in_the_middle_of_a_request_is_gone(clerk: Clerk) -> None:
    group, actor = clerk.group, "short.lived"
    await group.grant(actor, "SUBSIDIARY_ADMIN", OURS)
    path, body = f"/organisations/{OURS}/name", json.dumps({"called": "第九工会"}).encode()

    async def known() -> bool:
        return (await clerk.get(f"/organisations/{OURS}", actor=actor)).status_code == 200

    await until(known, what="hearing of the role")
    reader, writer, rest = await clerk.begun(path, body, actor)
    roles = await group.api.pages(FIRST, "members", "/roles", org_id=OURS, actor_id=actor)
    await group.does(FIRST, "members", f"/roles/{roles[0]['id']}/revocation")

    async def forgotten() -> bool:
        return (await clerk.get(f"/organisations/{OURS}", actor=actor)).status_code == 403

    await until(forgotten, what="hearing of the revocation")
    writer.write(rest)
    async with asyncio.timeout(IN_TIME):
        assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    await clerk.leave()


async def test_a_key_is_changed_while_all_goes_on(clerk: Clerk) -> None:
    file = clerk.group.stack.state / "secrets" / KEY_SET
    before = file.read_text()
    fresh = OKPKey.generate_key("Ed25519", {"kid": "fresh", "use": "sig", "alg": "EdDSA"})
    key: Mapping[str, Any] = fresh.as_dict(private=True)
    token = issue(key, FIRST, issuer=ISSUER, audience=AUDIENCE, now=datetime.now(UTC), hours=1)

    async def status() -> int:
        answer = await clerk.client.get("/organisations/G", headers={"authorization": f"Bearer {token}"})
        return answer.status_code

    assert await status() == 401
    both = [*json.loads(before)["keys"], *KeySet([fresh]).as_dict(private=False)["keys"]]
    try:
        file.write_text(json.dumps({"keys": both}))
        assert await status() == 200, "an unknown key is looked for at once"
        await clerk.is_served()
    finally:
        file.write_text(before)

    async def refused() -> bool:
        return await status() == 401

    await until(refused, what="forgetting the key")
    await clerk.is_served()


HOSTILE_BODIES: Mapping[str, tuple[bytes, int]] = {
    "10,000 deep": (b"[" * DEEP + b"]" * DEEP, 422),
    "10,000 deep in a field": (b'{"org_id":' * DEEP + b"1" + b"}" * DEEP, 422),
    "1 MB of a field": (b'{"org_id":"' + b"x" * (LARGEST - 13) + b'"}', 422),
    "1 MB of fields": (b"{" + b",".join(b'"f%06d":1' % number for number in range(80_000)) + b"}", 413),
    "1 MB of zeros": (b"[" + b"0," * (LARGEST // 2 - 2) + b"0]", 413),
    "9,000 fields": (b"{" + b",".join(b'"f%06d":1' % number for number in range(9_000)) + b"}", 422),
    "1 MB of a name": (b'{"' + b"x" * (LARGEST - 6) + b'":1}', 422),
    "one byte more": (b'{"org_id":"' + b"x" * (LARGEST - 12) + b'"}', 413),
    "a number without end": (b'{"amount_fen":' + b"9" * 100_000 + b"}", 422),
    "no JSON": (b"\x00\xff" * 1000, 422),
    "half a surrogate": (b'{"org_id":"\\ud800"}', 422),
    "one key many times": (b"{" + b",".join([b'"org_id":"G"'] * 9_000) + b',"x":1}', 422),
}
ROUTES = routes()


@pytest.mark.parametrize("what", HOSTILE_BODIES)
async def test_no_body_is_more_than_a_refusal(what: str, town: Town) -> None:
    """Of every command there is, with a key, so that the body is remembered if it is accepted."""
    body, status = HOSTILE_BODIES[what]
    urls, token = town.group.stack.service_urls, town.group.api._token
    found: Counter[int] = Counter()
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        for path in COMMANDS:
            service, route = ROUTES["POST", path]
            headers = {
                "authorization": f"Bearer {token(widest_hand(town, route))}",
                "content-type": "application/json",
                "idempotency-key": f"body-{what.replace(' ', '-').replace(',', '')}",
            }
            url = urls[service.name] + address(town, path)
            answer = await client.post(url, content=body, headers=headers)
            found[answer.status_code] += 1
            assert len(answer.content) < LARGEST_REFUSAL
    assert found == {status: len(COMMANDS)}
