"""Which route a request is for."""

from typing import Any

import pytest
from starlette.routing import Match, Route

from shared.kernel.routes import CHOSEN, Routes


class Endpoint:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


def route(path: str, method: str = "GET") -> Route:
    return Route(path, Endpoint(), methods=[method])


OPEN, ONE, ASK, TWO = route("/aid/open"), route("/aid/{aid_id}"), route("/aid/{aid_id}", "POST"), route("/aid/{a}/{b}")
ROUTES = Routes([OPEN, ONE, ASK, TWO, route("/cases/{case_id}")])


def found(path: str, method: str = "GET") -> tuple[Match, Route | None, dict[str, str]]:
    match, child = ROUTES.matches({"type": "http", "path": path, "method": method, "root_path": ""})
    return match, child.get(CHOSEN), child.get("path_params", {})


@pytest.mark.parametrize(
    ("path", "method", "chosen", "words"),
    [
        ("/aid/open", "GET", OPEN, {}),
        ("/aid/7", "GET", ONE, {"aid_id": "7"}),
        ("/aid/7", "POST", ASK, {"aid_id": "7"}),
        ("/aid/7/8", "GET", TWO, {"a": "7", "b": "8"}),
    ],
)
def test_the_first_that_matches(path: str, method: str, chosen: Route, words: dict[str, str]) -> None:
    assert found(path, method) == (Match.FULL, chosen, words)


def test_a_path_with_another_method_is_known() -> None:
    assert found("/aid/7/8", "POST")[:2] == (Match.PARTIAL, TWO)


@pytest.mark.parametrize("path", ["/", "", "/aid", "/aid/", "/aid/7/8/9", "/others/7", "//aid/7"])
def test_any_other_path_is_not(path: str) -> None:
    assert found(path)[0] is Match.NONE


@pytest.mark.parametrize("path", ["/{aid_id}", "/aid/{rest:path}"])
def test_a_path_that_could_not_be_found_is_not_taken(path: str) -> None:
    with pytest.raises(ValueError, match="word of its own"):
        Routes([route(path)])
