"""Third act: members move between unions, and two leave for good."""

from collections.abc import Sequence
from itertools import cycle, islice

from deploy.demo.stage import ADMIN, Stage, officer, subsidiary_of
from deploy.roster.api import each
from deploy.roster.synthetic import GROUP

TRANSFERS = 20
STAY = 5
"""Members of a subsidiary of whom nobody goes."""


async def transfer(stage: Stage, members: dict[str, list[str]], homes: Sequence[str]) -> None:
    """From each subsidiary in turn somebody goes to a union of the next one. `homes`: unions that hold members."""
    moves: list[tuple[str, str]] = []
    large = [org_id for org_id in stage.subsidiaries if len(members.get(org_id, ())) > STAY]
    for number, leaving in enumerate(islice(cycle(large), min(TRANSFERS, len(stage.ledger.homes) // 4))):
        if len(members[leaving]) <= STAY:
            continue
        elsewhere = [org_id for org_id in homes if subsidiary_of(org_id) != leaving] or list(homes)
        moves.append((members[leaving].pop(), stage.chance(f"transfer {number}").choice(elsewhere)))

    async def one(move: tuple[str, str]) -> None:
        member, to_org = move
        await stage.do(member, "members", f"/members/{member}/transfer", {"to_org": to_org})
        chair = officer(subsidiary_of(to_org), "chair")
        await stage.do(chair, "members", f"/members/{member}/transfer/acceptance", {"to_org": to_org})
        stage.ledger.homes[member] = stage.ledger.moved[member] = to_org

    await each([(member, to_org) for member, to_org in moves if stage.home(member) != to_org], one)
    stage.say(f"{len(stage.ledger.moved)} members were transferred 会籍接转 to another union")


async def leave(stage: Stage) -> None:
    """One with a seat and one who waits for one, neither in the contest; what they had enrolled for is cancelled by
    itself."""
    activity = stage.ledger.activities[GROUP]
    elsewhere = {*stage.ledger.moved, *stage.ledger.contest.entrants}
    settled = [member for member in activity.enrolled if member not in elsewhere]
    seated = [member for member in settled if member in activity.seated]
    waiting = [member for member in settled if not activity.enrolled[member]]
    leaving = [seated[0], waiting[-1]]
    for member in leaving:
        open_to = [one.id for one in stage.ledger.activities.values() if member in one.enrolled.keys() - one.left]
        await stage.do(ADMIN, "members", f"/members/{member}/end", {"reason": "resigned"})
        stage.ledger.ended[member] = open_to
        for one in stage.ledger.activities.values():
            if member in one.enrolled:
                one.left.add(member)
    stage.say(f"{len(leaving)} memberships ended 终止会籍: one with a seat, one on the waitlist")
