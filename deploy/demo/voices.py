"""Voice cases 诉求: taken, answered in time or not, rated; reopened once to other hands, and what nobody answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.demo.stage import Stage
from deploy.roster.api import each

CASES = 24
CATEGORIES = ("wages", "hours", "insurance", "safety", "meals", "commute", "housing", "benefits")


@dataclass
class Voice:
    """What the players know of a case."""

    id: str
    member: str
    status: str = "opened"
    stars: int = 0
    reopened: bool = False
    overdue: bool = False


async def speak(stage: Stage, members: Sequence[str]) -> None:
    """Of three cases one is answered well, one badly at first, one is forgotten."""

    async def one(numbered: tuple[int, str]) -> None:
        number, member = numbered
        body = {
            "org_id": stage.home(member),
            "category": stage.chance(f"voice {number}").choice(CATEGORIES),
            "urgency": "general",
            "member_id": member,
        }
        voice = Voice((await stage.do(member, "welfare", "/cases", body, f"demo:case:{number}")).subject, member)
        stage.ledger.voices[voice.id] = voice
        if number % 3 < 2:
            await _answer(stage, voice, "cadre", "explained" if number % 3 else "resolved")
            await _rate(stage, voice, 2 if number % 3 else 5)

    await each(enumerate(members[:CASES]), one)
    voices = stage.ledger.voices.values()
    closed, reopened = sum(one.status == "closed" for one in voices), sum(one.reopened for one in voices)
    stage.say(f"{len(voices)} voice cases 诉求: {closed} closed, {reopened} reopened 重办 to other hands")


async def answer_again(stage: Stage) -> None:
    """Those that were reopened, within their time; the forgotten ones become overdue as the days pass."""

    async def one(voice: Voice) -> None:
        await _answer(stage, voice, "head", "resolved")
        await _rate(stage, voice, 4)

    again = [voice for voice in stage.ledger.voices.values() if voice.status == "reopened"]
    await each(again, one)
    for voice in stage.ledger.voices.values():
        voice.overdue = voice.status == "opened"
    stage.say(f"{len(again)} reopened cases are answered by somebody else, and closed")


async def _answer(stage: Stage, voice: Voice, office: str, outcome: str) -> None:
    handler, chair, path = stage.officer_of(voice.member, office), stage.officer_of(voice.member, "chair"), _path(voice)
    await stage.do(chair, "welfare", f"{path}/assignment", {"handler_id": handler}, f"demo:{path}:{office}")
    await stage.do(handler, "welfare", f"{path}/answer", {"outcome_code": outcome})
    voice.status = "answered"


async def _rate(stage: Stage, voice: Voice, stars: int) -> None:
    await stage.do(voice.member, "welfare", f"{_path(voice)}/rating", {"stars": stars}, f"demo:{voice.id}:{stars}")
    voice.stars = stars
    voice.status = "closed" if stars > 2 else "reopened"
    voice.reopened = voice.reopened or stars <= 2


def _path(voice: Voice) -> str:
    return f"/cases/{voice.id}"
