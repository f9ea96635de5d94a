"""`gonghui init`: found the group and make its first administrator, once."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from deploy.cli.app import app, errors
from deploy.cli.database import opened, settings_of
from deploy.cli.state import DEFAULT_STATE, State
from deploy.local.own_servers import OwnServers
from services.members.organisation.found_group import GroupStands, found_group
from shared.kernel.work import Actor
from shared.values.ids import ActorId, Jurisdiction, OrgId

OPERATOR = Actor("operator")
"""Who founds: whoever has the command line and the database."""
ACTOR_FORM = "up to 128 letters, digits and _ : . -, a letter or digit first"
VISIBLE_WITHIN = 5.0
"""Seconds for the members service to show the group, where it runs."""


@dataclass(frozen=True)
class Founders:
    group: str
    jurisdiction: str
    admin: str
    second_admin: str | None = None


@app.command
def init(
    *,
    group: Annotated[str, Parameter(help="Code 组织编码 of the group, unique and for ever.")] = "G",
    jurisdiction: Annotated[str, Parameter(help="Six digits 行政区划代码 of the place whose rules hold.")] = "110000",
    admin: Annotated[str, Parameter(help="Actor id of the first administrator, as its tokens will name it.")] = "admin",
    second_admin: Annotated[
        str | None, Parameter(help="Actor id of a second one, who confirms what the first one proposes.")
    ] = None,
    state: State = DEFAULT_STATE,
) -> int:
    """Found the group and make its first administrator, once.

    Nobody could appoint the first administrator, so the operator does it here; every other role is granted by those
    who hold one (`gonghui grant`). New organisations take two: one proposes, another one confirms. On the stack that is
    up, or on the servers in `GONGHUI_MONGO_URL` and `GONGHUI_KAFKA_BOOTSTRAP`.

        gonghui init --group CRG --jurisdiction 110000 --admin zhang.gonghui --second-admin li.gonghui
        gonghui token zhang.gonghui
    """
    founders = Founders(group, jurisdiction, admin, second_admin)
    if wrong := wrong_form(founders):
        return refuse(wrong)
    try:
        visible = asyncio.run(found(founders, state))
    except GroupStands as stands:
        return refuse(stands.sentence("en"), stands.sentence("zh"))
    Console(highlight=False, soft_wrap=True).print(told(founders, visible), markup=False)
    return 0


def refuse(*sentences: str) -> int:
    for sentence in sentences:
        errors.print(sentence, style="bold red", markup=False)
    return 1


def wrong_form(founders: Founders) -> str | None:
    """What is wrong with the words of the command, and how they should look; None if nothing is."""
    forms: dict[str, tuple[Any, str]] = {
        "group": (OrgId, "up to 64 letters, digits, _ and -, a letter or digit first"),
        "jurisdiction": (Jurisdiction, "six digits, such as 110000 for Beijing"),
        "admin": (ActorId, ACTOR_FORM),
        "second_admin": (ActorId | None, ACTOR_FORM),
    }
    for name, (kind, form) in forms.items():
        try:
            TypeAdapter(kind).validate_python(getattr(founders, name))
        except ValidationError:
            return f"--{name.replace('_', '-')} is not accepted: give {form}."
    return None


async def found(founders: Founders, state: Path) -> bool:
    """Whether the members service shows the group already. Raises GroupStands."""
    await OwnServers().check_mongo(settings_of(state).mongo_url)
    async with opened("members", state) as core:
        outcome = await core.commands.run(
            lambda work: found_group(
                work, founders.group, founders.jurisdiction, founders.admin, founders.second_admin
            ),
            actor=OPERATOR,
        )
        if not outcome.commits:
            raise GroupStands()
        return await core.queries.wait(outcome.commits, VISIBLE_WITHIN)


def told(founders: Founders, visible: bool) -> str:
    admin, second = founders.admin, founders.second_admin
    later = "" if visible else "\nThe services know of it once they run: gonghui up"
    administrators = f"{admin} and {second} are its administrators" if second else f"{admin} is its administrator"
    grant = "" if second else f"    gonghui grant SECOND GROUP_ADMIN --org {founders.group} --actor {admin}\n"
    return (
        f"Group {founders.group} stands, and {administrators}.{later}\n"
        f"Next:\n"
        f"    gonghui token {admin}\n"
        f"{grant}"
        f"    gonghui import roster FILE.xlsx --actor {admin} --confirmed-by {second or 'SECOND'}\n"
    )
