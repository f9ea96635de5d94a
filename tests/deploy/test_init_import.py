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
from openpyxl import load_workbook
from stdnum.cn import ric

from deploy.local.stack import Stack
from deploy.roster.api import Api
from deploy.roster.synthetic import SyntheticGroup, synthetic_group, write_workbook
from services.members import service
from shared.kernel.settings import Settings
from shared.kernel.view_check import Difference, compare
from tests.deploy.test_roster_workbook import BASIC, GROUP, LI, MEMBERS, ORGANISATIONS, WANG, instead, write

pytestmark = pytest.mark.stack
ADMIN, SECOND = "zhang.gonghui", "li.gonghui"


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
    """The answer to the first `init`, which made one administrator; that one made the second."""
    told = await gonghui(stack, "init", "--admin", ADMIN)
    assert await gonghui(stack, "grant", SECOND, "GROUP_ADMIN", "--actor", ADMIN) == (
        0,
        f"{SECOND} is GROUP_ADMIN of G.\n",
    )
    return told


async def roster(stack: Stack, file: Path, *more: str) -> tuple[int | None, dict[str, Any], str]:
    report = file.with_suffix(".json")
    report.unlink(missing_ok=True)
    code, printed = await gonghui(
        stack, "import", "roster", str(file), "--actor", ADMIN, "--report", str(report), "--confirmed-by", SECOND, *more
    )
    return code, json.loads(report.read_text()) if report.exists() else {}, printed


async def test_a_group_is_founded_once(stack: Stack, founded: tuple[int | None, str]) -> None:
    assert founded[0] == 0
    assert f"gonghui token {ADMIN}" in founded[1]
    assert f"gonghui grant SECOND GROUP_ADMIN --org G --actor {ADMIN}" in founded[1]
    for again in (("--admin", ADMIN), ("--admin", "somebody.else"), ("--group", "H")):
        code, printed = await gonghui(stack, "init", *again)
        assert code == 1
        assert printed.splitlines() == [
            "The group has been founded already; its administrator grants all further roles.",
            "集团工会已经建立，后续权限请由集团工会管理员授予。",
        ]
    async with Api.of(stack.state, stack.addresses()) as api:
        assert [row["org_id"] for row in await api.pages(SECOND, "members", "/organisations")] == ["G"]
        assert (await api.get("somebody.else", "members", "/organisations")).refusal == "Forbidden"


async def test_words_that_cannot_be_are_sent_back(stack: Stack) -> None:
    assert await gonghui(stack, "init", "--jurisdiction", "beijing") == (
        1,
        "--jurisdiction is not accepted: give six digits, such as 110000 for Beijing.\n",
    )
    code, printed = await gonghui(stack, "init", "--second-admin", "zhang san")
    assert (code, printed.startswith("--second-admin is not accepted: give up to 128 letters")) == (1, True)
    code, printed = await gonghui(stack, "grant", SECOND, "KING")
    assert (code, printed.startswith("There is no role KING: name one of GROUP_ADMIN, ")) == (1, True)


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
async def test_new_organisations_take_two(stack: Stack, tmp_path: Path) -> None:
    file = str(write(tmp_path / "r.xlsx", {"组织": [ORGANISATIONS, instead(BASIC, "组织编码", "T1")]}))
    code, printed = await gonghui(stack, "import", "roster", file, "--actor", ADMIN)
    assert code == 1
    assert "name one with --confirmed-by ACTOR" in printed
    assert f"gonghui grant ACTOR GROUP_ADMIN --org G --actor {ADMIN}" in printed
    code, printed = await gonghui(stack, "import", "roster", file, "--actor", ADMIN, "--confirmed-by", ADMIN)
    assert code == 1
    assert printed.startswith(f"{ADMIN} cannot confirm what {ADMIN} proposes: name another administrator.")
    code, printed = await gonghui(stack, "import", "roster", file, "--actor", ADMIN, "--confirmed-by", "nobody")
    assert (code, printed.startswith("nobody, named by --confirmed-by, is no administrator of G")) == (1, True)
    async with Api.of(stack.state, stack.addresses()) as api:
        assert (await api.get(ADMIN, "members", "/organisations/T1")).status == 404


@pytest.mark.usefixtures("founded")
async def test_rows_that_cannot_go_in_come_back_and_are_corrected(stack: Stack, tmp_path: Path) -> None:
    there = [instead(BASIC, "组织编码", "R1"), instead(BASIC, "组织编码", "R2")]
    wang, li = (instead(row, "组织编码", "R1") for row in (WANG, LI))
    sheets: dict[str, list[list[Any]]] = {
        "组织": [ORGANISATIONS, GROUP, *there],
        "会员": [["会员名册"], MEMBERS, wang, instead(li, "证件号码", "1")],
    }
    code, report, printed = await roster(stack, write(tmp_path / "first.xlsx", sheets))
    assert (code, report["members"]) == (3, {"created": 1, "unchanged": 0, "changed": 0, "rejected": 1})
    assert "会员, row 4, 证件号码: " in printed
    assert LI[2] not in printed + json.dumps(report, ensure_ascii=False)

    rejected = tmp_path / "first.rejected.xlsx"
    assert rejected.stat().st_mode & 0o777 == 0o600
    workbook = load_workbook(rejected)
    assert workbook.sheetnames == ["会员"]
    assert [cell.value for cell in workbook["会员"][2]][1:4] == ["E2", "李大华", "1"]
    code, report, _ = await roster(stack, rejected)
    assert (code, report["rejected"][0]["code"]) == (3, "InvalidRequest")
    workbook["会员"].cell(2, 4).value = LI[3]
    workbook.save(rejected)
    code, report, _ = await roster(stack, rejected)
    assert (code, report["members"]) == (0, {"created": 1, "unchanged": 0, "changed": 0, "rejected": 0})


@pytest.mark.usefixtures("founded")
async def test_a_changed_row_becomes_a_change_or_a_transfer(stack: Stack, tmp_path: Path) -> None:
    there = [instead(BASIC, "组织编码", "C1"), instead(BASIC, "组织编码", "C2")]
    people = [
        instead(instead(WANG, "组织编码", "C1"), "证件号码", numbered("11000019920202000")),
        instead(instead(LI, "组织编码", "C1"), "证件号码", numbered("11000019930303000")),
    ]
    sheets: dict[str, list[list[Any]]] = {"组织": [ORGANISATIONS, GROUP, *there], "会员": [MEMBERS, *people]}
    assert (await roster(stack, write(tmp_path / "a.xlsx", sheets)))[0] == 0

    moved, promoted = instead(people[0], "组织编码", "C2"), instead(people[1], "技能等级", "高级技师")
    renamed = instead(instead(there[0], "组织名称", "新一厂工会"), "职工数", 99)
    changed: dict[str, list[list[Any]]] = {
        "组织": [ORGANISATIONS, GROUP, renamed, there[1]],
        "会员": [MEMBERS, moved, promoted],
    }
    file = write(tmp_path / "b.xlsx", changed)
    code, printed = await gonghui(stack, "import", "roster", str(file), "--actor", ADMIN)
    assert (code, "This person is a member in C1 already" in printed) == (3, True)
    code, report, _ = await roster(stack, file)
    assert (code, report["members"]["changed"], report["members"]["unchanged"]) == (0, 1, 1), report
    code, report, _ = await roster(stack, file)
    assert (code, report["members"]["unchanged"], report["organisations"]["unchanged"]) == (0, 2, 3), report

    async with Api.of(stack.state, stack.addresses()) as api:
        (card,) = await api.pages(ADMIN, "members", "/organisations/C2/members")
        (other,) = await api.pages(ADMIN, "members", "/organisations/C1/members")
        node = (await api.get(ADMIN, "members", "/organisations/C1")).body
        await api.post(ADMIN, "members", f"/members/{card['id']}/end", {"reason": "resigned"}, key="end", wait=10)
    assert (card["status"], other["skill_grade"]) == ("active", "senior_technician")
    assert (node["called"], node["headcount"]) == ("新一厂工会", 99)
    code, report, _ = await roster(stack, file)
    assert (code, [fault["code"] for fault in report["rejected"]]) == (3, ["JoinsBeforeEnd"]), (
        "an old file admits nobody"
    )
    assert "name that day or a later one" in report["rejected"][0]["en"]


def numbered(first: str) -> str:
    return first + str(ric.calc_check_digit(first + "?"))


def dirty(file: Path, people: int) -> tuple[Path, int]:
    """A workbook as it comes: most of it right, every kind of fault in it. How many rows of members are right."""
    group = synthetic_group(4, people, 11)
    write_workbook(group, file)
    workbook = load_workbook(file)
    units, members = workbook["组织"], workbook["会员"]
    for sheet in (units, members):  # codes of its own
        for row in sheet.iter_rows(min_row=3 if sheet is units else 2):
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("G0"):
                    cell.value = f"D{cell.value[1:]}"
    for row in (
        ["X1", "孤儿工会", "NOWHERE", "基层", "110000"],
        ["X2", "甲公司工会", "X3", "子公司", "110000"],
        ["X3", "乙公司工会", "X2", "子公司", "110000"],
        ["X4", "丙厂工会", "X1", "基层", "110000"],
        [units["A3"].value, "重复工会", "G", "子公司", "110000"],
    ):
        units.append(row)
    good = [cell.value for cell in members[2]]
    for wrong in (
        instead(good, "证件号码", 110000199001010013.0),
        instead(good, "证件号码", "110000199001010012"),
        instead(instead(good, "证件号码", numbered("11000019940404000")), "组织编码", "G"),
        instead(instead(good, "证件号码", numbered("11000019950505000")), "组织编码", "X1"),
        good,
        instead(good, "姓名", "=A1"),
    ):
        members.append(wrong)
    workbook.save(file)
    return file, people


@pytest.mark.usefixtures("founded")
async def test_a_dirty_workbook_comes_in_once_though_its_import_is_killed(stack: Stack, tmp_path: Path) -> None:
    file, right = dirty(tmp_path / "dirty.xlsx", 1_500)
    command = (sys.executable, "-m", "deploy.cli", "import", "roster", str(file), "--actor", ADMIN)
    more = ("--confirmed-by", SECOND, "--state", str(stack.state))
    async with Api.of(stack.state, stack.addresses()) as api:
        before = await active(api)
        process = await asyncio.create_subprocess_exec(*command, *more, stdout=PIPE, stderr=STDOUT)
        async with asyncio.timeout(60):
            while await active(api) == before:
                await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
        half = await active(api) - before
        assert 0 < half < right, "killed in the midst"

        code, report, printed = await roster(stack, file)
        assert code == 3
        assert report["organisations"]["rejected"] == 5
        assert report["members"]["rejected"] == 6
        assert report["members"]["created"] + report["members"]["unchanged"] == right
        assert 0 < report["members"]["unchanged"] < right
        assert sorted(fault["code"] for fault in report["rejected"]) == [
            "AboveItself",
            "AboveItself",
            "CodeTwice",
            "FormulaCell",
            "HoldsNoMembers",
            "InvalidRequest",
            "LostDigits",
            "OrganisationRefused",
            "ParentRefused",
            "ParentUnknown",
            "PersonTwice",
        ]
        assert await active(api) - before == right
        commits = await _commits(stack)
        code, again, _ = await roster(stack, file)
        assert (code, again["members"]["unchanged"], again["members"]["created"]) == (3, right, 0)
        assert await _commits(stack) == commits, "the same file again changes nothing"
    personal = synthetic_group(4, 1_500, 11).personal
    assert not any(word in printed + json.dumps(report, ensure_ascii=False) for word in personal)


async def active(api: Api) -> int:
    return sum(row["active"] for row in await api.pages(ADMIN, "members", "/kpi/membership-rate"))


async def _commits(stack: Stack) -> int:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(stack.mongo_url)
    try:
        return int(await client.gonghui_members.log.count_documents({}))
    finally:
        client.close()


async def test_an_empty_form_is_made_and_taken(stack: Stack, founded: tuple[int | None, str], tmp_path: Path) -> None:
    file = tmp_path / "form.xlsx"
    assert (await gonghui_plain("import", "template", str(file)))[0] == 0
    assert (await gonghui_plain("import", "template", str(file)))[0] == 1
    workbook = load_workbook(file)
    assert workbook.sheetnames == ["组织", "会员", "说明 Notes"]
    code, report, _ = await roster(stack, file)
    assert (code, sum(report["members"].values()), report["rejected"]) == (0, 0, [])


async def gonghui_plain(*arguments: str) -> tuple[int | None, str]:
    """A command that needs no stack."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", *arguments, stdout=PIPE, stderr=STDOUT
    )
    async with asyncio.timeout(60):
        printed, _ = await process.communicate()
    return process.returncode, printed.decode()


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
    yield client.gonghui_members.v2_membership_rate
    client.close()


@pytest.mark.usefixtures("founded")
async def test_operators_are_answered_in_sentences(stack: Stack, founded: tuple[int | None, str]) -> None:
    asked = {
        ("views", "check", "members"): (0, "views of members equal what the topics make of them"),
        ("views", "check", "canteen"): (1, "There is no service canteen: name one of members, activities, welfare."),
        ("views", "drop", "members", "v2"): (1, "is served by"),
        ("views", "drop", "members", "v9"): (1, "There is no set v9 of members."),
        ("quarantine", "list"): (0, "Nothing is in quarantine."),
        ("quarantine", "retry", "members", "row"): (1, "There is no row row in members"),
        ("relay", "republish", "members", "--from", "1"): (0, "from position 1 on"),
        ("relay", "republish", "members", "--from", "999999"): (1, "nothing to send again from 999999"),
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
