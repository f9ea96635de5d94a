"""`gonghui init` and `gonghui import roster` as programs, on a stack that is up; its views beside a rebuild."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.local.stack import Stack
from deploy.roster.api import Api
from deploy.roster.synthetic import SyntheticGroup, synthetic_group, write_workbook
from services.members import service
from shared.kernel.settings import Settings
from shared.kernel.view_check import Difference, compare
from tests.deploy.test_roster_workbook import BASIC, GROUP, LI, MEMBERS, ORGANISATIONS, WANG, instead, write

pytestmark = pytest.mark.stack
ADMIN = "zhang.gonghui"


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    with TemporaryDirectory(prefix="gonghui-") as state:
        async with Stack(Path(state), services=("members",)) as stack:
            yield stack


async def gonghui(stack: Stack, *arguments: str) -> tuple[int | None, str]:
    """Exit code and all that was printed."""
    command = (sys.executable, "-m", "deploy.cli", *arguments, "--state", str(stack.state))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    async with asyncio.timeout(60):
        printed, _ = await process.communicate()
    return process.returncode, printed.decode()


@pytest.fixture(scope="module")
async def founded(stack: Stack) -> tuple[int | None, str]:
    """The answer to the first `init`."""
    return await gonghui(stack, "init", "--admin", ADMIN)


async def roster(stack: Stack, file: Path, *more: str) -> tuple[int | None, dict[str, Any], str]:
    report = file.with_suffix(".json")
    report.unlink(missing_ok=True)
    code, printed = await gonghui(
        stack, "import", "roster", str(file), "--actor", ADMIN, "--report", str(report), *more
    )
    return code, json.loads(report.read_text()) if report.exists() else {}, printed


async def test_a_group_is_founded_once(stack: Stack, founded: tuple[int | None, str]) -> None:
    assert founded[0] == 0
    assert f"gonghui token {ADMIN}" in founded[1]
    for again in (("--admin", ADMIN), ("--admin", "somebody.else"), ("--group", "H")):
        code, printed = await gonghui(stack, "init", *again)
        assert code == 1
        assert printed.splitlines() == [
            "The group has been founded already; its administrator grants all further roles.",
            "集团工会已经建立，后续权限请由集团工会管理员授予。",
        ]
    async with Api.of(stack.state, stack.addresses()) as api:
        assert [row["org_id"] for row in await api.pages(ADMIN, "members", "/organisations")] == ["G"]
        assert (await api.get("somebody.else", "members", "/organisations")).refusal == "Forbidden"


async def test_words_that_cannot_be_are_sent_back(stack: Stack) -> None:
    assert await gonghui(stack, "init", "--jurisdiction", "beijing") == (
        1,
        "--jurisdiction is not accepted: give six digits, such as 110000 for Beijing.\n",
    )


@pytest.mark.usefixtures("founded")
async def test_the_same_roster_twice_changes_nothing_and_says_so(stack: Stack, tmp_path: Path) -> None:
    group: SyntheticGroup = synthetic_group(2, 40, 5)
    write_workbook(group, tmp_path / "roster.xlsx")
    below = len(group.organisations) - 1

    code, foreseen, _ = await roster(stack, tmp_path / "roster.xlsx", "--dry-run")
    assert (code, foreseen["organisations"]["created"], foreseen["members"]["created"]) == (0, below, 40)
    code, first, _ = await roster(stack, tmp_path / "roster.xlsx")
    assert code == 0
    assert first["organisations"] == {"created": below, "unchanged": 0, "changed": 1, "rejected": 0}
    assert first["members"] == {"created": 40, "unchanged": 0, "changed": 0, "rejected": 0}
    code, second, printed = await roster(stack, tmp_path / "roster.xlsx")
    assert code == 0
    assert second["organisations"] == {"created": 0, "unchanged": below + 1, "changed": 0, "rejected": 0}
    assert second["members"] == {"created": 0, "unchanged": 40, "changed": 0, "rejected": 0}
    async with Api.of(stack.state, stack.addresses()) as api:
        rates = await api.pages(ADMIN, "members", "/kpi/membership-rate")
    assert sum(row["active"] for row in rates) == 40
    assert not any(word in printed + json.dumps(first) + json.dumps(second) for word in group.personal)


@pytest.mark.usefixtures("founded")
async def test_rows_that_cannot_go_in_are_told_and_the_others_are_in(stack: Stack, tmp_path: Path) -> None:
    there = [instead(BASIC, "组织编码", "R1"), instead(BASIC, "组织编码", "R2")]
    wang, li = (instead(row, "组织编码", "R1") for row in (WANG, LI))
    sheets: dict[str, list[list[Any]]] = {
        "组织": [ORGANISATIONS, GROUP, *there],
        "会员": [MEMBERS, wang, instead(li, "证件号码", "1")],
    }
    code, report, printed = await roster(stack, write(tmp_path / "first.xlsx", sheets))
    assert (code, report["members"]) == (3, {"created": 1, "unchanged": 0, "changed": 0, "rejected": 1})
    assert "会员, row 3, 证件号码: " in printed
    assert LI[2] not in printed

    corrected = {**sheets, "会员": [MEMBERS, instead(wang, "组织编码", "R2"), li]}
    code, report, printed = await roster(stack, write(tmp_path / "corrected.xlsx", corrected))
    assert (code, report["members"]) == (3, {"created": 1, "unchanged": 0, "changed": 0, "rejected": 1})
    (refused,) = report["rejected"]
    assert (refused["row"], refused["code"]) == (2, "AlreadyMember")
    assert refused["en"] == "This person is a member in R1 already; request a transfer instead of joining again."
    assert refused["zh"].startswith("该人员已是 R1 的会员")

    code, report, _ = await roster(stack, write(tmp_path / "right.xlsx", {**corrected, "会员": [MEMBERS, wang, li]}))
    assert (code, report["members"]["unchanged"], report["organisations"]["unchanged"]) == (0, 2, 3)


async def test_a_file_that_is_no_roster_and_an_actor_who_may_not(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "roster.xlsx").write_text("no workbook")
    code, _, printed = await roster(stack, tmp_path / "roster.xlsx")
    assert (code, printed.count("\n")) == (2, 1)
    write(tmp_path / "roster.xlsx", {"组织": [ORGANISATIONS, GROUP], "会员": [MEMBERS]})
    code, printed = await gonghui(stack, "import", "roster", str(tmp_path / "roster.xlsx"), "--actor", "nobody")
    assert code == 1
    assert printed.startswith("Forbidden: You may not do this here.")


@pytest.fixture
async def rates(stack: Stack) -> AsyncIterator[Any]:
    """The documents of a view, as they lie in the database."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(stack.mongo_url, w="majority")
    yield client.gonghui_members.v1_membership_rate
    client.close()


@pytest.mark.usefixtures("founded")
async def test_operators_are_answered_in_sentences(stack: Stack, founded: tuple[int | None, str]) -> None:
    asked = {
        ("views", "check", "members"): (0, "views of members equal what the topics make of them"),
        ("views", "check", "canteen"): (1, "There is no service canteen: name one of members, activities, welfare."),
        ("views", "drop", "members", "v1"): (1, "is served by"),
        ("views", "drop", "members", "v9"): (1, "There is no set v9 of members."),
        ("quarantine", "list"): (0, "Nothing is in quarantine."),
        ("quarantine", "retry", "members", "row"): (1, "There is no row row in members"),
        ("relay", "republish", "members", "--from", "1"): (0, "from position 1 on"),
        ("relay", "republish", "members", "--from", "999"): (1, "nothing to send again from 999"),
        ("clock", "advance", "2"): (0, "Today is"),
    }
    for arguments, (code, words) in asked.items():
        told = await gonghui(stack, *arguments)
        assert told[0] == code, (arguments, told)
        assert words in " ".join(told[1].split()), (arguments, told)


async def test_views_equal_a_rebuild_even_while_they_move(stack: Stack, tmp_path: Path) -> None:
    settings = Settings(mongo_url=stack.mongo_url, kafka_bootstrap=stack.kafka_bootstrap)
    write_workbook(synthetic_group(3, 200, 6), tmp_path / "roster.xlsx")
    importing = asyncio.create_task(roster(stack, tmp_path / "roster.xlsx"))
    compared = 0
    while not importing.done():
        assert await compare(service, settings) == []
        compared += 1
    assert compared > 1
    assert (await importing)[1]["members"]["created"] > 100


@pytest.mark.usefixtures("founded")
async def test_a_view_that_is_not_what_the_topics_make_is_found(stack: Stack, rates: Any) -> None:
    settings = Settings(mongo_url=stack.mongo_url, kafka_bootstrap=stack.kafka_bootstrap)
    changed, removed = await rates.find().sort("_id").limit(2).to_list(None)
    await rates.update_one({"_id": changed["_id"]}, {"$inc": {"active": 1}})
    await rates.delete_one({"_id": removed["_id"]})
    await rates.insert_one({**removed, "_id": "~"})
    assert await compare(service, settings) == [
        Difference("membership_rate", changed["_id"], "other"),
        Difference("membership_rate", removed["_id"], "missing"),
        Difference("membership_rate", "~", "unexpected"),
    ]
    await rates.replace_one({"_id": changed["_id"]}, changed)
    await rates.insert_one(removed)
    await rates.delete_one({"_id": "~"})
    assert await compare(service, settings) == []
    assert not [name for name in await rates.database.list_collection_names() if name.startswith("check_")]
