"""`gonghui grant ACTOR ROLE`: give an actor a role, in the name of an administrator."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from cyclopts import Parameter
from rich.console import Console

from deploy.cli.app import app
from deploy.cli.state import DEFAULT_STATE, CannotAnswer, State, addresses_of
from deploy.roster.api import Api, NoAnswer, NoSigningKey, Refusal, accepted
from shared.values.roles import GRANTABLE


@app.command
def grant(
    to: Annotated[str, Parameter(help="Actor id of the one who gets the role, as its tokens will name it.")],
    role: Annotated[str, Parameter(help="GROUP_ADMIN, SUBSIDIARY_ADMIN, CHAIR, CADRE, FINANCE …")],
    *,
    org: Annotated[str, Parameter(help="Code of the organisation below which it holds.")] = "G",
    actor: Annotated[str, Parameter(help="In whose name: an administrator there.")] = "admin",
    state: State = DEFAULT_STATE,
) -> int:
    """Give an actor a role in an organisation and everything below it.

    Much takes two persons: what one administrator proposes another one confirms. This makes the second one:

        gonghui grant li.gonghui GROUP_ADMIN --org G --actor admin
    """
    if role not in GRANTABLE:
        raise CannotAnswer(f"There is no role {role}: name one of {', '.join(GRANTABLE)}.")
    try:
        changed = asyncio.run(granted(state.resolve(), actor, {"actor_id": to, "role": role, "org_id": org}))
    except (NoAnswer, NoSigningKey, Refusal) as error:
        raise CannotAnswer(str(error)) from None
    told = f"{to} is {role} of {org}." if changed else f"{to} was {role} of {org} already."
    Console(highlight=False, soft_wrap=True).print(told, markup=False)
    return 0


async def granted(state: Path, actor: str, body: dict[str, str]) -> bool:
    """Whether it was not so before. Raises Refusal, NoAnswer, NoSigningKey, NotUp."""
    async with Api.of(state, addresses_of(state)) as api:
        answer = accepted(await api.post(actor, "members", "/roles", body, key=f"grant-{uuid4().hex}", wait=5))
    return bool(answer.events)
