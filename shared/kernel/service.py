"""One service: its routes, views, reactions and timers, each declared beside its function."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from shared.kernel.aggregate import Aggregate, event_types
from shared.kernel.event import Event
from shared.values.roles import Role

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])
Duty = TypeVar("Duty", bound=Callable[..., Coroutine[Any, Any, None]])
Fold = TypeVar("Fold", bound=Callable[..., Any])
Key = str | Callable[[Any], str | Iterable[str] | None]

Org = str | type | tuple[type[Aggregate], str] | None
"""Where a route finds the organisation it acts in:
`"org_id"`            a path or query parameter or a field of the command, holding the organisation's code;
`(Aid, "request_id")` the `org_id` of the aggregate whose id stands in that parameter or field;
`MyEnrolments`        (queries) the `org_id` of each view that is returned; lists are cut to the actor's subtrees;
`"/"`                 the whole group."""


@dataclass(frozen=True)
class Route:
    method: Literal["GET", "POST"]
    path: str
    handler: Callable[..., Awaitable[Any]]
    role: Role
    org: Org
    sensitive: bool
    """Acts on money or personal data: refused while the directory is older than its bound."""

    @property
    def name(self) -> str:
        return self.handler.__module__.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class View:
    """A read model: documents of one dataclass, folded from events by one pure function."""

    name: str
    model: type
    fold: Callable[..., Any]
    events: tuple[type[Event], ...]
    key: Callable[[Any], Iterable[str]]
    kind: Literal["owned", "tally"]
    """owned: one document a key. tally: one document for each key and source partition, added up on read."""
    indexes: tuple[str, ...]
    wants_meta: bool
    by_subject: bool = False
    """Only events about the aggregate whose id is the key fold into a document, all from one topic."""

    @property
    def one_writer(self) -> bool:
        """Whether all that a document is folded from comes over one partition: whose owner alone writes it, then, and
        may keep it in memory."""
        return self.by_subject or self.kind == "tally"


@dataclass(frozen=True)
class Reaction:
    """An event here causes a command there."""

    name: str
    handler: Callable[..., Awaitable[None]]
    events: tuple[type[Event], ...]


@dataclass(frozen=True)
class Timer:
    """A command issued by the passing of time: once for each document and due date, missed ones caught up in order."""

    name: str
    view: type
    due: str
    """Name of the view's field that holds the date from which the command is due (None: not due)."""
    handler: Callable[..., Awaitable[None]]


@dataclass
class Service:
    name: str
    views_version: int
    """Versions the whole set of views: raise it with any change of a fold, and the set is rebuilt beside the old."""
    routes: list[Route] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    reactions: dict[str, Reaction] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    duties: dict[str, Callable[[Any], Coroutine[Any, Any, None]]] = field(default_factory=dict)
    """What a process does when told so by `--only`, beyond the roles that every service has."""

    @property
    def topic(self) -> str:
        return f"gonghui.{self.name}"

    @property
    def view_set(self) -> str:
        return f"v{self.views_version}"

    def post(self, path: str, *, role: Role, org: Org, sensitive: bool = False) -> Callable[[Handler], Handler]:
        """A command. `Role.SELF` alone needs no organisation."""
        return self._route("POST", path, role, org, sensitive)

    def get(self, path: str, *, role: Role, org: Org, sensitive: bool = False) -> Callable[[Handler], Handler]:
        """A query over views."""
        return self._route("GET", path, role, org, sensitive)

    def _route(
        self, method: Literal["GET", "POST"], path: str, role: Role, org: Org, sensitive: bool
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self.routes.append(Route(method, path, handler, role, org, sensitive))
            return handler

        return declare

    def view(
        self, model: type, *, key: Key, indexes: Iterable[str] = (), by_subject: bool = False
    ) -> Callable[[Fold], Fold]:
        """Owned documents: `(model | None, event) -> model`; `key` names an event field, or is a function. With
        `by_subject` the key must be the id of the aggregate that the event is about, and all events of one topic: such
        documents are folded fastest, for they stay in memory; an event that says otherwise goes to quarantine."""
        return self._view(model, key, "owned", indexes, by_subject)

    def tally(self, model: type, *, key: Key) -> Callable[[Fold], Fold]:
        """Counters: a dataclass whose fields besides `id` are integers (or texts that never change); folded per source
        partition, added on read. The fold always has a row: a new one holds its key and zeros."""
        return self._view(model, key, "tally", ())

    def _view(
        self, model: type, key: Key, kind: Literal["owned", "tally"], indexes: Iterable[str], by_subject: bool = False
    ) -> Callable[[Fold], Fold]:
        def declare(fold: Fold) -> Fold:
            name = fold.__name__
            if name in self.views:
                raise ValueError(f"view {name} is declared twice in {self.name}")
            events, wants_meta = event_types(fold), "meta" in inspect.signature(fold).parameters
            if by_subject and len({event.published_on() for event in events}) != 1:
                raise ValueError(f"view {name} is by subject, but its events come over several topics")
            self.views[name] = View(name, model, fold, events, _keys(key), kind, tuple(indexes), wants_meta, by_subject)
            return fold

        return declare

    def reaction(self, handler: Handler) -> Handler:
        """`async def name(event: SomeEvent | Other, work: Work) -> None`."""
        if handler.__name__ in self.reactions:
            raise ValueError(f"reaction {handler.__name__} is declared twice in {self.name}")
        self.reactions[handler.__name__] = Reaction(handler.__name__, handler, event_types(handler))
        return handler

    def timer(self, view: type, *, due: str) -> Callable[[Handler], Handler]:
        """`async def name(row: TheView, due: date, work: Work) -> None`, for every row whose date `due` has come."""

        def declare(handler: Handler) -> Handler:
            self.timers[handler.__name__] = Timer(handler.__name__, view, due, handler)
            return handler

        return declare

    def duty(self, name: str) -> Callable[[Duty], Duty]:
        """`async def keep(core: Core) -> None`: a role of this service alone, which runs until it is cancelled."""

        def declare(handler: Duty) -> Duty:
            self.duties[name] = handler
            return handler

        return declare

    def view_of(self, model: type) -> View:
        """The view that keeps documents of `model`."""
        for view in self.views.values():
            if view.model is model:
                return view
        raise KeyError(f"{self.name} keeps no view of {model.__name__}")


def _keys(key: Key) -> Callable[[Any], Iterable[str]]:
    if isinstance(key, str):
        name = key
        return lambda event: (getattr(event, name),)
    function = key

    def keys(event: Any) -> Iterable[str]:
        found = function(event)
        if found is None:
            return ()
        return (found,) if isinstance(found, str) else found

    return keys
