"""The routes of a service, found by the first word and the length of the path: a service has dozens, and each request
would try every one of them in turn."""

from collections import defaultdict
from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

CHOSEN = "gonghui.route"


class Routes(BaseRoute):
    """Of several that match, the first one counts."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._alike: dict[tuple[str, int], list[Route]] = defaultdict(list)
        for route in routes:
            if "{" in _shape(route.path)[0] or ":path}" in route.path:
                raise ValueError(f"{route.path} does not begin with a word of its own, or has no length")
            self._alike[_shape(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        other_method: tuple[Match, Scope] = Match.NONE, {}
        if scope["type"] != "http":
            return other_method
        for route in self._alike.get(_shape(scope["path"]), ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, CHOSEN: route}
            if match is Match.PARTIAL and other_method[0] is Match.NONE:
                other_method = match, {**child, CHOSEN: route}
        return other_method

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope[CHOSEN].handle(scope, receive, send)


def _shape(path: str) -> tuple[str, int]:
    words = path.split("/", 2)
    return words[1] if len(words) > 1 else "", path.count("/")
