"""The services' HTTP APIs from outside: whoever asks, asks again until there is an answer, under the same key."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import stamina
from stamina.instrumentation import set_on_retry_hooks

from deploy.local.identity import AUDIENCE, ISSUER, SIGNING_KEY
from shared.kernel.refusal import Language
from shared.kernel.tokens import issue

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds for which a request is sent again before it is given up."""
PAGE = 1_000
NOT_NOW = (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS)
AT_ONCE = 16
"""Requests on their way, unless said otherwise."""


class NoAnswer(Exception):
    """A service could not be reached for as long as PATIENCE; `str()` says which."""


class NoSigningKey(Exception):
    """Only an embedded stack has the key that signs tokens; `str()` says so."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    replayed: bool = False
    """An earlier answer to the same key."""
    tries: int = 1

    @property
    def accepted(self) -> bool:
        return self.status < 300

    @property
    def changed(self) -> bool:
        return self.accepted and not self.replayed and bool(self.body["events"])

    @property
    def subject(self) -> str:
        return str(self.body["subject"])

    @property
    def refusal(self) -> str:
        """Its code; empty if it was accepted."""
        return "" if self.accepted else str(self.body.get("code", self.status))

    @property
    def detail(self) -> str:
        """The sentence of a refusal."""
        return str(self.body.get("detail", self.refusal))

    @property
    def events(self) -> list[str]:
        """Names of what a command made happen."""
        return [event["type"].rpartition(".")[2] for event in self.body["events"]]


class _Again(Exception):
    def __init__(self, after: float) -> None:
        super().__init__(f"busy, again in {after} s")
        self.after = after


def _when(error: Exception) -> bool | float:
    return error.after if isinstance(error, _Again) else isinstance(error, httpx.TransportError)


class Api:
    def __init__(self, client: httpx.AsyncClient, urls: Mapping[str, str], token: Callable[[str], str]) -> None:
        self._client, self._urls, self._token = client, urls, token
        self.repeated = 0
        """Requests that had to be sent more than once."""

    @classmethod
    @asynccontextmanager
    async def of(cls, state: Path, addresses: Mapping[str, Any]) -> AsyncIterator[Self]:
        """Of the stack on a state, as any actor: tokens are signed with its key. Raises NoSigningKey."""
        urls = {name: service["url"] for name, service in addresses["services"].items()}
        token = signer(state)
        set_on_retry_hooks([])  # a retry is no news to the one at the screen
        # httpcore looks for it five times a request, and a search that finds nothing is most of what a request costs
        sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]
        limits = httpx.Limits(
            max_connections=100, max_keepalive_connections=AT_ONCE
        )  # every request looks at all of them
        async with httpx.AsyncClient(timeout=20.0, limits=limits, trust_env=False) as client:
            yield cls(client, urls, token)

    async def post(
        self,
        actor: str,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str,
        wait: int = 0,
        language: Language = "en",
    ) -> Answer:
        """A command, done once however often it has to be sent. `wait`: until the service's views show it (s)."""
        headers = {"Idempotency-Key": key, "Accept-Language": language}
        if wait:
            headers["Prefer"] = f"wait={wait}"
        return await self._send(actor, "POST", service, path, headers, json=dict(body or {}))

    async def get(self, actor: str, service: str, path: str, **params: Any) -> Answer:
        return await self._send(actor, "GET", service, path, {}, params=params)

    async def today(self) -> date:
        """The business date that the services go by."""
        answer = await self.get("anybody", "members", "/status")
        return date.fromisoformat(accepted(answer).body["today"])

    async def pages(self, actor: str, service: str, path: str, **params: Any) -> list[dict[str, Any]]:
        """All rows of a list. Raises Refusal."""
        rows: list[dict[str, Any]] = []
        while True:
            after = {"after": rows[-1]["id"]} if rows else {}
            page = accepted(await self.get(actor, service, path, limit=PAGE, **params, **after)).body
            rows += page
            if len(page) < PAGE:
                return rows

    async def _send(
        self, actor: str, method: str, service: str, path: str, headers: dict[str, str], **more: Any
    ) -> Answer:
        url = self._urls[service] + path
        headers["Authorization"] = f"Bearer {self._token(actor)}"
        tries = 0
        try:
            async for attempt in stamina.retry_context(
                _when, attempts=None, timeout=PATIENCE, wait_max=1.0, wait_jitter=0.2
            ):
                with attempt:
                    tries += 1
                    response = await self._client.request(method, url, headers=headers, **more)
                    if response.status_code in NOT_NOW:
                        raise _Again(float(response.headers.get("retry-after", 1)))
        except (httpx.TransportError, _Again) as error:
            reason = str(error) or type(error).__name__
            raise NoAnswer(f"{service} did not answer for {PATIENCE:.0f} s ({reason}).") from error
        self.repeated += tries > 1
        return Answer(response.status_code, response.json(), "idempotency-replayed" in response.headers, tries)


class Refusal(Exception):
    """A request was refused that should not have been; `str()` is what the service said."""


def accepted(answer: Answer) -> Answer:
    """The answer itself. Raises Refusal."""
    if not answer.accepted:
        raise Refusal(f"{answer.refusal}: {answer.detail}")
    return answer


def signer(state: Path) -> Callable[[str], str]:
    """Tokens of a stack for any actor. Raises NoSigningKey."""
    try:
        key = json.loads((state / "secrets" / SIGNING_KEY).read_text())
    except OSError as error:
        raise NoSigningKey(f"There is no signing key in {state}: only an embedded stack has one.") from error

    @cache
    def token(actor: str) -> str:
        return issue(key, actor, issuer=ISSUER, audience=AUDIENCE, now=datetime.now(UTC), hours=8)

    return token


async def each(items: Iterable[T], act: Callable[[T], Awaitable[None]], at_once: int = AT_ONCE) -> None:
    """`act` on every item, in order of their beginning, so many at a time. The first exception ends it."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await act(item)

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(at_once):
                workers.create_task(worker())
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
