"""Commands through HTTP at a steady rate: short stories of unions and their members, each told step by step."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import httpx
from stdnum.cn import ric

from deploy.demo.stage import BEGINS_ON, UNHEARD, officer
from deploy.roster.synthetic import PROVINCES
from shared.kernel.clock import SHANGHAI
from tests.faults.book import Book, Intent, Reply

RATE = 8.0
"""Commands a second."""
AT_ONCE = 40
"""Stories that are being told; most wait for their turn, or for a service that is away."""
IMPATIENT = 0.3
"""Share of the commands that are sent once only: what becomes of them the driver may never hear."""
SOON, PATIENCE = 2.5, 90.0
"""Seconds for which an impatient and a patient one wait."""
ONE_TRY = 10.0
YUAN = 100


class Over(Exception):
    """The story ends here: the driver is being stopped, or a step did not succeed for certain."""


@dataclass
class Cast:
    """Who and what there is to tell of; it grows."""

    members: dict[str, list[str]]
    """By subsidiary."""
    homes: dict[str, str]
    """Union of each member."""
    unions: dict[str, str]
    """A union that takes members, by subsidiary."""
    accounts: dict[str, str]
    open_activities: dict[str, list[str]] = field(default_factory=dict)
    next_build: bool = False
    """Whether activities is served by its next build, which takes one command more."""


class Driver:
    def __init__(self, urls: Mapping[str, str], token: Callable[[str], str], book: Book, cast: Cast, seed: int) -> None:
        self._urls, self._token, self._book, self.cast = urls, token, book, cast
        self._chance = Random(seed)
        self._free = asyncio.get_running_loop().time()
        """When the next command may be sent."""
        self._stopping = asyncio.Event()
        self._born = self._booked = 0
        self._began = datetime.now(SHANGHAI).date()
        limits = httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._client = httpx.AsyncClient(limits=limits, trust_env=False)

    async def run(self) -> None:
        """Until stopped; then every step that was begun is brought to its end."""
        stories = (*(self._activity,) * 4, *(self._today,) * 2, *(self._aid,) * 4, self._allocate, self._newcomer)

        async def teller() -> None:
            while not self._stopping.is_set():
                story: Callable[[str], Awaitable[None]] = self._chance.choice((*stories, self._notice))
                try:
                    await story(self._chance.choice(sorted(self.cast.members)))
                except Over:
                    continue

        async with self._client, asyncio.TaskGroup() as tellers:
            for _ in range(AT_ONCE):
                tellers.create_task(teller())

    def stop(self) -> None:
        self._stopping.set()

    # -- one command --------------------------------------------------------------------------------------------

    async def _does(
        self, kind: str, actor: str, service: str, path: str, body: Mapping[str, Any] | None = None, **about: Any
    ) -> Reply:
        """Over unless it was accepted."""
        await self._turn()
        intent = self._book.intend(kind, actor, service, path, body or {}, about)
        reply = await self._answered(intent, self._chance.random() >= IMPATIENT)
        self._book.reply(reply)
        if reply.known != "accepted":
            raise Over(kind)
        return reply

    async def _turn(self) -> None:
        """Its place in the steady row of commands."""
        loop = asyncio.get_running_loop()
        mine = max(self._free, loop.time())
        self._free = mine + 1 / RATE
        try:
            async with asyncio.timeout_at(mine):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise Over("stopping")

    async def _answered(self, intent: Intent, patient: bool) -> Reply:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (PATIENCE if patient else 0.0)
        tries, ambiguous = 0, False
        while True:
            tries += 1
            response = await self._send(intent, ONE_TRY if patient else SOON)
            if response is not None and response.status_code < 300:
                return _accepted(intent.n, response, tries)
            code = str(response.json()["code"]) if response is not None else "NoAnswer"
            refused = response is not None and response.status_code < 500 and response.status_code != 429
            ambiguous = ambiguous or not refused
            again = not refused or code in UNHEARD
            if not again or loop.time() >= deadline:
                status = response.status_code if response is not None else 0
                # a refusal after an open try is no certainty: that try may still be on its way
                return Reply(intent.n, "ambiguous" if ambiguous else "refused", status, code, tries=tries)
            await asyncio.sleep(0.5)

    async def _send(self, intent: Intent, seconds: float) -> httpx.Response | None:
        headers = {
            "Authorization": f"Bearer {self._token(intent.actor)}",
            "Idempotency-Key": intent.correlation,
            "X-Correlation-Id": intent.correlation,
        }
        url = self._urls[intent.service] + intent.path
        try:
            return await self._client.post(url, json=dict(intent.body), headers=headers, timeout=seconds)
        except httpx.TransportError:
            return None

    # -- stories ------------------------------------------------------------------------------------------------

    async def _publish(
        self, sub: str, capacity: int, dates: Mapping[str, str], budget: Mapping[str, Any] | None = None
    ) -> str:
        body = {"org_id": sub, "kind": "SPORT", "capacity": capacity, **dates, **(budget or {})}
        about = {"org": sub, "capacity": capacity}
        return (await self._does("publish", officer(sub, "cadre"), "activities", "/activities", body, **about)).subject

    async def _enrol(self, activity: str, member: str) -> Reply:
        path = f"/activities/{activity}/enrolments/{member}"
        return await self._does("enrol", member, "activities", path, activity=activity, member=member)

    async def _activity(self, sub: str) -> None:
        """More want to come than there are seats; some give theirs up, and the next move up."""
        capacity = self._chance.randint(2, 6)
        activity = await self._publish(sub, capacity, self._dates(-1, 2, 3))
        self.cast.open_activities.setdefault(sub, []).append(activity)
        wanting = self._some(sub, capacity + 3)
        came = await asyncio.gather(*(self._enrol(activity, one) for one in wanting), return_exceptions=True)
        for member in [m for m, reply in zip(wanting, came, strict=True) if isinstance(reply, Reply)][:2]:
            path = f"/activities/{activity}/enrolments/{member}/cancellation"
            await self._does("cancel", member, "activities", path, activity=activity, member=member)

    async def _today(self, sub: str) -> None:
        """Held today, on a budget: one comes and is noted, and an account of welfare bears the cost."""
        cost, account = self._chance.randint(1, 30) * 100 * YUAN, self.cast.accounts[sub]
        budget = {"budget_ref": account, "budget_fen": cost + self._chance.choice((0, 500 * YUAN))}
        activity = await self._publish(sub, 4, self._dates(0, 0, 0), budget)
        cadre, path = officer(sub, "cadre"), f"/activities/{activity}"
        about: dict[str, Any] = {"activity": activity, "account": account, "budget": budget["budget_fen"]}
        await self._does("fund", officer(sub, "chair"), "activities", f"{path}/budget-approval", **about)
        member, other = self._some(sub, 2)
        await self._enrol(activity, other)
        await self._enrol(activity, member)
        body = {"member_id": member, "mode": "qr"}
        await self._does("check-in", cadre, "activities", f"{path}/attendance", body, activity=activity, member=member)
        await self._does("end", cadre, "activities", f"{path}/end", {"cost_fen": cost}, **about, amount=cost)

    async def _aid(self, sub: str) -> None:
        """Asked for, reviewed, approved and paid, each by other hands."""
        (member,) = self._some(sub, 1)
        amount, account = self._chance.randint(5, 40) * 100 * YUAN, self.cast.accounts[sub]
        body = {"org_id": self.cast.homes[member], "aid_type": "living", "amount_fen": amount}
        asked = await self._does("ask", member, "welfare", f"/members/{member}/aid", body, member=member)
        path, about = f"/aid/{asked.subject}", {"request": asked.subject, "account": account, "amount": amount}
        review = {"account_id": account}
        await self._does("review", officer(sub, "chair"), "welfare", f"{path}/review", review, **about)
        approval = {"amount_fen": amount}
        await self._does("approve", officer(sub, "head"), "welfare", f"{path}/approval", approval, **about)
        paid = {"voucher_ref": f"V-{asked.subject[:13]}", "paid_on": self._today_is().isoformat()}
        await self._does("pay", officer(sub, "finance"), "welfare", f"{path}/payment", paid, **about)

    async def _allocate(self, sub: str) -> None:
        self._booked += 1
        account, amount = self.cast.accounts[sub], self._chance.randint(1, 20) * 1_000 * YUAN
        body = {"amount_fen": amount, "source_ref": f"BANK/{self._booked:08d}"}
        path = f"/accounts/{account}/allocations"
        await self._does("allocate", officer(sub, "finance"), "welfare", path, body, account=account, amount=amount)

    async def _newcomer(self, sub: str) -> None:
        """Joins, wants to come to something as soon as that is known there, and leaves again: all is cancelled."""
        self._born += 1
        chair = officer(sub, "chair")
        body = {"org_id": self.cast.unions[sub], "worker_type": "regular", "frontline": True}
        person = {"name": "新人", "id_number": self._id_number(), "phone": f"1549{self._born:07d}"}
        member = (
            await self._does("join", chair, "members", "/members", {**body, **person}, org=body["org_id"])
        ).subject
        for activity in self.cast.open_activities.get(sub, [])[-2:]:
            await self._enrol(activity, member)
        if self._chance.random() < 0.6:
            path = f"/members/{member}/end"
            await self._does("leave", chair, "members", path, {"reason": "resigned"}, member=member)

    async def _notice(self, sub: str) -> None:
        """What only the next build can do."""
        if not (self.cast.next_build and (known := self.cast.open_activities.get(sub))):
            raise Over("not served")
        activity = self._chance.choice(known)
        path = f"/activities/{activity}/notices"
        await self._does("notice", officer(sub, "cadre"), "activities", path, activity=activity)

    def _some(self, sub: str, count: int) -> Sequence[str]:
        here = self.cast.members[sub]
        return self._chance.sample(here, min(count, len(here)))

    def _today_is(self) -> date:
        """The business date, which moves on with the days that the run lasts."""
        return BEGINS_ON + (datetime.now(SHANGHAI).date() - self._began)

    def _dates(self, enrol_from: int, enrol_until: int, held_on: int) -> dict[str, str]:
        ahead = {"enrol_from": enrol_from, "enrol_until": enrol_until, "held_on": held_on}
        return {name: (self._today_is() + timedelta(days=number)).isoformat() for name, number in ahead.items()}

    def _id_number(self) -> str:
        """Of nobody; older than all in the roster, and so none of them."""
        first = f"{list(PROVINCES)[self._born // 1000]}19640101{self._born % 1000:03d}"
        return first + str(ric.calc_check_digit(first + "?"))


def _accepted(n: int, response: httpx.Response, tries: int) -> Reply:
    told = response.json()
    ids = tuple(event["id"] for event in told["events"])
    return Reply(n, "accepted", response.status_code, subject=str(told.get("subject", "")), events=ids, tries=tries)
