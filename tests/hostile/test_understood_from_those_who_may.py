"""The commands that no sister could give are understood from those who may: else the refusals would prove nothing.

They change what the other tests of a sister rest on, so they come after them, by the name of this file.
"""

from collections.abc import Mapping

import pytest

from tests.hostile.hands import hand
from tests.hostile.test_sister_subsidiary import COMMANDS, PLACES, ROUTES, post
from tests.hostile.town import OURS, Town
from tests.journeys.group import FIRST

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("path", COMMANDS)
async def test_the_same_command_is_understood_from_those_who_may(path: str, town: Town) -> None:
    """Carried out, or refused by a rule of the domain; never for who asks or what is missing."""
    _, route = ROUTES["POST", path]
    actor = HANDS.get(path) or hand(town, route)
    answer = await post(town, actor, path, COMMANDS[path](town), **PLACES.get(path, {}))
    assert answer.accepted or answer.status == 409 or answer.refusal == "NothingAppealed", (actor, answer)


HANDS: Mapping[str, str] = {
    "/foundings/{founding_id}/confirmation": FIRST,
    "/accounts/{account_id}/corrections/{correction_id}/confirmation": f"{OURS}.head",
    "/cases/anonymous": "anonymous",
}
"""Where another one than usual has to do it."""
