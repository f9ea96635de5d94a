"""Whoever sends an accepted command once more, under its key, is told what was told before; and nothing happens."""

from collections.abc import Sequence
from random import Random

from deploy.demo.checks import Check
from deploy.roster.api import NoAnswer, each
from tests.faults.book import Command
from tests.faults.world import World

SAMPLE = 60


async def told_again(world: World, book: Sequence[Command]) -> Check:
    """Before the topics are read: a second effect would be found there."""
    accepted = [command for command in book if command.reply.known == "accepted" and command.reply.events]
    chosen = Random(len(accepted)).sample(accepted, min(SAMPLE, len(accepted)))
    wrong: list[str] = []

    async def again(command: Command) -> None:
        asked = command.intent
        try:
            answer = await world.stage.api.post(
                asked.actor, asked.service, asked.path, asked.body, key=asked.correlation
            )
        except NoAnswer as error:
            wrong.append(f"{command.n} {asked.kind}: {error}")
            return
        told = tuple(event["id"] for event in answer.body["events"]) if answer.accepted else answer.refusal
        if told != command.reply.events or not answer.replayed:
            wrong.append(f"{command.n} {asked.kind}: {told} {'' if answer.replayed else 'anew '}now")

    await each(chosen, again)
    return Check(f"{len(chosen)} accepted commands sent again are answered as they were", tuple(wrong))
