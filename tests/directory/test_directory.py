import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from shared.directory import directory as module
from shared.directory.directory import Directory
from shared.directory.entries import Membership, Organisation, RoleHeld
from shared.kernel.ports import StoreFault
from shared.values.roles import Role
from tests.kernel.fakes import StoppedClock

DAY = date(2026, 11, 24)
ANN = Membership("ann", "G0101", "active", "regular", True, None, 1)


def organisation(org_id: str, path: str) -> Organisation:
    return Organisation(org_id, org_id, "subsidiary", path, "110000")


def role(name: str = "CHAIR", org_id: str = "G01", *, until: date | None = None, status: str = "granted") -> RoleHeld:
    return RoleHeld(f"{name}@{org_id}", "bob", name, org_id, status, until)  # type: ignore[arg-type]


TREE = [organisation("G", "/G/"), organisation("G01", "/G/G01/"), organisation("G02", "/G/G02/")]


class Clock(StoppedClock):
    """Sleeping lets the others run; the hand does not move by itself."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Entries:
    """What the store says, one batch after the other; a fault ends the following."""

    def __init__(self, *batches: Sequence[Organisation | RoleHeld] | StoreFault) -> None:
        self.batches = list(batches)
        self.memberships = {"ann": ANN}
        self.reads = 0
        self.behind: float | StoreFault = 0.0
        self.follows = 0

    async def get(self, model: type[Any], key: str) -> Any:
        assert model is Membership
        self.reads += 1
        return self.memberships.get(key)

    async def follow(self) -> AsyncIterator[Sequence[Organisation | RoleHeld]]:
        self.follows += 1
        while self.batches:
            batch = self.batches.pop(0)
            if isinstance(batch, StoreFault):
                raise batch
            yield batch

    async def standing(self) -> float:
        if isinstance(self.behind, StoreFault):
            raise self.behind
        return self.behind


async def _told(entries: Entries, clock: Clock | None = None) -> Directory:
    """A directory that has heard everything the entries have to say."""
    directory = Directory(entries, clock or Clock())
    running = asyncio.create_task(directory.run())
    for _ in range(50):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return directory


async def test_it_knows_where_organisations_stand() -> None:
    directory = await _told(Entries(TREE))
    assert directory.path("G01") == "/G/G01/"
    assert directory.path("nowhere") is None
    assert directory.organisation("G02") == TREE[2]
    assert directory.organisation("nowhere") is None
    assert directory.loaded.is_set()
    assert directory.within(["/G/G01/"]) == ["G01"]
    assert directory.within(["/G/G01/", "/G/G02/"]) == ["G01", "G02"]
    assert directory.within([]) == []


async def test_it_is_not_loaded_before_it_has_heard_anything() -> None:
    directory = await _told(Entries(StoreFault("down")))
    assert not directory.loaded.is_set()


async def test_a_role_reaches_down_and_not_sideways_or_up() -> None:
    directory = await _told(Entries([*TREE, role()]))
    for path, may in [("/G/G01/", True), ("/G/G01/G0101/", True), ("/G/G02/", False), ("/G/", False)]:
        assert directory.may("bob", Role.CHAIR, path, DAY) is may
    assert not directory.may("eve", Role.CHAIR, "/G/G01/", DAY)
    assert not directory.may("bob", Role.CADRE, "/G/G01/", DAY)
    assert directory.may("bob", Role.CADRE | Role.CHAIR, "/G/G01/", DAY)
    assert directory.scopes("bob", Role.CHAIR | Role.ADMIN, DAY) == ("/G/G01/",)


async def test_a_role_counts_on_its_last_day_and_never_after() -> None:
    directory = await _told(Entries([*TREE, role(until=DAY)]))
    assert directory.may("bob", Role.CHAIR, "/G/G01/", DAY)
    assert not directory.may("bob", Role.CHAIR, "/G/G01/", DAY + timedelta(days=1))
    assert directory.scopes("bob", Role.CHAIR, DAY + timedelta(days=1)) == ()


async def test_a_revoked_role_counts_no_more_and_others_stay() -> None:
    directory = await _told(Entries([*TREE, role(), role("CADRE")], [role(status="revoked")]))
    assert not directory.may("bob", Role.CHAIR, "/G/G01/", DAY)
    assert directory.may("bob", Role.CADRE, "/G/G01/", DAY)


async def test_a_role_in_an_organisation_that_is_not_known_yet_counts_for_nothing() -> None:
    directory = await _told(Entries([role()]))
    assert directory.scopes("bob", Role.CHAIR, DAY) == ()
    directory = await _told(Entries([role()], TREE))
    assert directory.may("bob", Role.CHAIR, "/G/G01/", DAY)


async def test_it_follows_again_when_something_may_have_been_missed() -> None:
    entries = Entries([*TREE, role()], StoreFault("cut"), [*TREE, role(status="revoked")])
    directory = await _told(entries)
    assert entries.follows > 1
    assert not directory.may("bob", Role.CHAIR, "/G/G01/", DAY)


async def test_a_membership_is_remembered_for_a_moment() -> None:
    clock, entries = Clock(), Entries(TREE)
    directory = await _told(entries, clock)
    assert await directory.membership("ann") == ANN
    assert await directory.membership("ann") == ANN
    assert entries.reads == 1
    entries.memberships["ann"] = gone = Membership("ann", "G0101", "ended", "regular", True, None, 1)
    clock.pass_by(module.TRUSTED + 0.01)
    assert await directory.membership("ann") == gone
    assert not gone.active


async def test_a_fresh_look_is_not_from_memory() -> None:
    entries = Entries(TREE)
    directory = await _told(entries)
    await directory.membership("ann")
    entries.memberships["ann"] = gone = Membership("ann", "G0101", "ended", "regular", True, None, 1)
    assert await directory.membership("ann") == ANN
    assert await directory.membership("ann", fresh=True) == gone
    assert await directory.membership("ann") == gone


async def test_an_unknown_member_is_asked_for_again_at_once() -> None:
    entries = Entries(TREE)
    directory = await _told(entries)
    assert await directory.membership("ben") is None
    entries.memberships["ben"] = ben = Membership("ben", "G0101", "active", "regular", True, None, 1)
    assert await directory.membership("ben") == ben


async def test_it_remembers_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    entries = Entries(TREE)
    entries.memberships = {name: Membership(name, "G0101", "active", "regular", True, None, 1) for name in "abc"}
    directory = await _told(entries)
    for name in "abc":
        await directory.membership(name)
    assert len(directory._memberships) == 2
    await directory.membership("c")
    assert entries.reads == 3
    await directory.membership("a")
    assert entries.reads == 4


async def test_its_age_is_what_the_runner_says_and_grows_while_nothing_is_heard() -> None:
    clock, entries = Clock(), Entries(TREE)
    entries.behind = 2.0
    assert Directory(entries, clock).age() == float("inf")
    directory = await _told(entries, clock)
    assert directory.age() == 2.0
    clock.pass_by(5)
    assert directory.age() == 7.0


async def test_a_directory_that_was_never_current_is_infinitely_old() -> None:
    entries = Entries(TREE)
    entries.behind = StoreFault("never read to its end")
    assert (await _told(entries)).age() == float("inf")
