"""Every operation of every OpenAPI document is tried with what it allows and with what it does not: no answer is a
defect, none has a status or a form that the document does not name.

GONGHUI_FUZZ_EXAMPLES sets how many examples each operation gets; the seed is fixed.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks

from deploy.cli.database import opened
from deploy.contracts.released import FOLDER
from tests.hostile.hands import routes, widest_hand
from tests.hostile.town import Town
from tests.kernel.laboratory import until

pytestmark = pytest.mark.stack
EXAMPLES = int(os.environ.get("GONGHUI_FUZZ_EXAMPLES", "6"))
few = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,) if "GONGHUI_FUZZ_EXAMPLES" not in os.environ else tuple(Phase),
)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
ROUTES = routes()


Try = Callable[[Case[Any], Town], None]


def operations(service: str) -> Callable[[Try], Try]:
    """A test for each of them."""
    schema: Any = schemathesis.openapi.from_path(FOLDER / "openapi" / f"{service}.json")
    schema.config.phases.coverage.enabled = False
    schema.config.generation.with_security_parameters = False  # tokens have tests of their own
    parametrize: Callable[[Try], Try] = schema.parametrize()
    return parametrize


@operations("members")
@few
def test_members(case: Case[Any], town: Town) -> None:
    ask(case, town, "members")


@operations("activities")
@few
def test_activities(case: Case[Any], town: Town) -> None:
    ask(case, town, "activities")


@operations("welfare")
@few
def test_welfare(case: Case[Any], town: Town) -> None:
    ask(case, town, "welfare")


def ask(case: Case[Any], town: Town, service: str) -> None:
    """As one who may; what is allowed is, two times of three, about what is there."""
    _, route = ROUTES[case.method, case.path]
    allowed = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if allowed and crc32(repr((case.path_parameters, case.query, case.body)).encode()) % 3:
        _name_what_is_there(case, town.ids)
    headers = {"Authorization": f"Bearer {town.group.api._token(widest_hand(town, route))}"}
    response = case.call(base_url=town.group.stack.service_urls[service], headers=headers, timeout=20)
    case.validate_response(response, checks=CHECKS[: None if _all_is_sent(case) else -1], headers=headers)


def _all_is_sent(case: Case[Any]) -> bool:
    """An empty list in an address is nothing: what should be refused for it never arrives."""
    return isinstance(case.query, dict) and all(value not in ([], {}, None) for value in case.query.values())


def _name_what_is_there(case: Case[Any], ids: Mapping[str, str]) -> None:
    for said in (case.path_parameters, case.query, case.body):
        if isinstance(said, dict):
            said.update({name: ids[name] for name in said if name in ids})


@pytest.mark.parametrize("service", ["members", "activities", "welfare"])
async def test_whatever_was_accepted_the_views_can_bear(service: str, town: Town) -> None:
    async with opened(service, town.group.stack.state) as core:

        async def all_shown() -> bool:
            sequence, tails = await core.relay.sequence(), await core.queries._tails()
            shown = await core.queries._shown()
            published = not await core.reads.newest_pending() and sequence.published == sequence.next - 1
            return published and all(shown[partition] >= position for partition, position in tails.items())

        await until(all_shown, what="showing all that was accepted")
        assert await core.views.rows("quarantine", {}, ("view", "stream", "reason"), 10) == []
