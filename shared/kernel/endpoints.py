"""Routes as endpoints: token, parameters, body, authority, handler, answer.

Endpoints are plain ASGI and go the whole way themselves; a request does not pass through FastAPI's machinery.
"""

import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from shared.kernel import logs
from shared.kernel.authority import authorise, permitted
from shared.kernel.door import Door, Overloaded, TooMany
from shared.kernel.in_time import in_time
from shared.kernel.incoming import Asked, body_of, correlation_of, key_of, wait_of
from shared.kernel.metrics import Metrics
from shared.kernel.parameters import parameters_of
from shared.kernel.ports import Commit, Ids, StoreFault
from shared.kernel.problem import JSON, PRIVATE, Answer, Unexpected, problem
from shared.kernel.refusal import Forbidden, NotFound, Refused, Unauthenticated, Unavailable
from shared.kernel.room import Room, Share
from shared.kernel.service import Route
from shared.kernel.tokens import NoToken
from shared.kernel.work import Act, Actor, Outcome, Work, reply

log = structlog.get_logger(__name__)

DECIDED_WITHIN = 15.0
"""Seconds from the arrival of a request to its answer, however slow the database is and however often a unit of work
has to be decided anew; with `Prefer: wait` the wait comes on top. Whoever stands before this process must have more
patience than that."""


class Runs(Protocol):
    """`Commands`, as far as a request needs it."""

    async def run(
        self,
        act: Act,
        *,
        actor: Actor,
        key: str | None = None,
        body_hash: str | None = None,
        correlation: str | None = None,
        trace: str | None = None,
    ) -> Outcome: ...


class Waits(Protocol):
    async def wait(self, commits: Sequence[Commit], seconds: float) -> bool:
        """Whether the service's own views have applied these commits within the time."""
        ...


class Verifies(Protocol):
    async def actor(self, token: str) -> str: ...


@dataclass(frozen=True)
class Serving:
    """What the endpoints of one process share."""

    service: str
    commands: Runs
    reading: Callable[[Actor], Work]
    waiters: Waits
    verifier: Verifies
    metrics: Metrics
    ids: Ids
    door: Door
    room: Room = field(default_factory=Room)
    decided_within: float = DECIDED_WITHIN
    directory_max_age: float = 60.0
    hash_key: bytes = b""
    """Keys the hashes of bodies that are kept beside idempotency keys, so that they tell nothing (the pepper)."""


class Endpoint(ABC):
    """One route, as an ASGI application."""

    def __init__(self, route: Route, serving: Serving) -> None:
        self.route, self.serving = route, serving
        self.parameters = parameters_of(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        headers = dict(scope["headers"])
        asked = Asked(scope, receive, headers, *correlation_of(headers, self.serving.ids))
        remembered = logs.correlation.set(asked.correlation)
        try:
            status, more, body = await self.answered(asked)
        finally:
            logs.correlation.reset(remembered)
        self.count(asked.outcome, (asked.decided or time.perf_counter()) - began)
        length = (b"content-length", str(len(body)).encode())
        correlated = (b"x-correlation-id", asked.correlation.encode())
        await send({"type": "http.response.start", "status": status, "headers": [*more, length, correlated]})
        await send({"type": "http.response.body", "body": body})

    async def answered(self, asked: Asked) -> Answer:
        try:
            return await self.answer(asked)
        except Refused as refusal:
            refused = refusal
        except StoreFault as fault:
            log.warning("the database did not do it", command=self.route.name, exc_info=fault)
            refused = Unavailable()
        except Exception as defect:  # the edge: nothing inside is shown, everything is logged
            log.error("a request failed by a defect", command=self.route.name, exc_info=defect)
            refused = Unexpected(correlation=asked.correlation)
        asked.outcome = _outcome(refused)
        return problem(refused, asked.headers.get(b"accept-language", b""))

    @abstractmethod
    async def answer(self, asked: Asked) -> Answer: ...

    @abstractmethod
    def count(self, outcome: str, seconds: float) -> None: ...

    async def actor(self, asked: Asked) -> Actor:
        scheme, _, token = asked.headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not token:
            raise NoToken()
        actor = await self.serving.verifier.actor(token.strip().decode("latin-1"))
        self.serving.door.knock(actor)
        return Actor(actor)


class CommandEndpoint(Endpoint):
    async def answer(self, asked: Asked) -> Answer:
        actor = await self.actor(asked)
        params = self.parameters.read(asked.scope["path_params"], asked.scope["query_string"])
        with Share(self.serving.room) as share:
            body = await body_of(asked, share)
            command = self.parameters.read_command(body)
            named = {**vars(command), **params}
            words = {"command": command} if self.parameters.wants_command else {}
            route, max_age = self.route, self.serving.directory_max_age

            async def act(work: Work) -> None:
                await authorise(route, named, work, max_age=max_age)
                await route.handler(**params, **words, work=work)

            key = key_of(asked.headers)
            body_hash = self._hash(asked.scope, body) if key else None
            unit = self._run(
                act, actor=actor, key=key, body_hash=body_hash, correlation=asked.correlation, trace=asked.trace
            )
            outcome = await in_time(unit, self.serving.decided_within)
        asked.decided = time.perf_counter()
        return await self._done(asked, outcome)

    async def _run(self, act: Act, **unit: Any) -> Outcome:
        with self.serving.door:
            return await self.serving.commands.run(act, **unit)

    async def _done(self, asked: Asked, outcome: Outcome) -> Answer:
        if not outcome.commits:
            asked.outcome = "unchanged"
            return 200, [JSON, PRIVATE], b'{"events":[]}'
        asked.outcome = "replayed" if outcome.replayed else "accepted"
        headers = [JSON, PRIVATE]
        if outcome.replayed:
            headers.append((b"idempotency-replayed", b"true"))
        visible = True
        if seconds := wait_of(asked.headers):
            visible = await self._visible(outcome.commits, seconds)
            headers.append((b"preference-applied", b"wait=%d" % seconds))
        return 201 if visible else 202, headers, to_json(reply(outcome.commits[0]))

    async def _visible(self, commits: Sequence[Commit], seconds: float) -> bool:
        try:
            return await self.serving.waiters.wait(commits, seconds)
        except StoreFault as fault:  # what was accepted stays accepted
            log.warning("waiting for the views failed", exc_info=fault)
            return False

    def _hash(self, scope: Scope, body: bytes) -> str:
        """The same for the same request, however its JSON is written."""
        plain = json.dumps(json.loads(body or b"{}"), sort_keys=True, separators=(",", ":"))
        what = f"{scope['method']} {scope['path']}\n{plain}".encode()
        return hashlib.blake2b(what, digest_size=16, key=self.serving.hash_key[:64]).hexdigest()

    def count(self, outcome: str, seconds: float) -> None:
        metrics, service, name = self.serving.metrics, self.serving.service, self.route.name
        metrics.commands.labels(service, name, outcome).inc()
        metrics.command_seconds.labels(service, name).observe(seconds)


class QueryEndpoint(Endpoint):
    async def answer(self, asked: Asked) -> Answer:
        actor = await self.actor(asked)
        params = self.parameters.read(asked.scope["path_params"], asked.scope["query_string"])
        result = await in_time(self._found(actor, params), self.serving.decided_within)
        if result is None:
            raise NotFound()
        asked.outcome = "answered"
        return 200, [JSON, PRIVATE], to_json(result)

    async def _found(self, actor: Actor, params: dict[str, Any]) -> Any:
        work = self.serving.reading(actor)
        with self.serving.door:
            scopes = await authorise(self.route, params, work, max_age=self.serving.directory_max_age)
            found = await self.route.handler(**params, work=work)
        return permitted(self.route, params, found, scopes, work)

    def count(self, outcome: str, seconds: float) -> None:
        self.serving.metrics.queries.labels(self.serving.service, self.route.name, outcome).inc()


def _outcome(refused: Refused) -> str:
    if isinstance(refused, Unauthenticated | Forbidden):
        return "forbidden"
    if isinstance(refused, Overloaded | TooMany):
        return "shed"
    if isinstance(refused, Unavailable):
        return "unavailable"
    return "failed" if isinstance(refused, Unexpected) else "refused"
