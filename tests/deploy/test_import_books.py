"""`gonghui import balances | files | cases` as programs, on a stack that is up: told, killed, run again, run twice."""

import asyncio
import json
import signal
import stat
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from deploy.local.stack import Stack
from deploy.roster.api import Api
from tests.deploy.takeover.test_book import BALANCES, CASES, FILES, write
from tests.deploy.test_roster_workbook import BASIC, GROUP, LI, MEMBERS, ORGANISATIONS, WANG, instead
from tests.deploy.test_roster_workbook import write as write_roster

pytestmark = pytest.mark.stack
ADMIN, SECOND = "zhang.gonghui", "li.gonghui"
FILED, REVIEW = date(2025, 3, 3), date(2026, 3, 3)
BOTH = (str(WANG[3]), str(LI[3]))


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """With a group of two organisations and two members."""
    with TemporaryDirectory(prefix="gonghui-") as state:
        async with Stack(Path(state), services=("members", "welfare")) as stack:
            await gonghui(stack, "init", "--admin", ADMIN, "--second-admin", SECOND)
            sheets: dict[str, list[list[Any]]] = {
                "组织": [ORGANISATIONS, GROUP, BASIC, instead(BASIC, "组织编码", "G2")],
                "会员": [MEMBERS, WANG, LI],
            }
            roster = write_roster(Path(state) / "roster.xlsx", sheets)
            code, printed = await gonghui(
                stack, "import", "roster", str(roster), "--actor", ADMIN, "--confirmed-by", SECOND
            )
            assert code == 0, printed
            yield stack


def command(stack: Stack, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "deploy.cli", *arguments, "--state", str(stack.state))


async def gonghui(stack: Stack, *arguments: str) -> tuple[int | None, str]:
    """Exit code and all that was printed."""
    process = await asyncio.create_subprocess_exec(*command(stack, *arguments), stdout=PIPE, stderr=STDOUT)
    async with asyncio.timeout(60):
        printed, _ = await process.communicate()
    return process.returncode, printed.decode()


async def imported(stack: Stack, book: str, file: Path, *more: str) -> tuple[int | None, dict[str, Any], str]:
    report = file.with_suffix(".json")
    report.unlink(missing_ok=True)
    arguments = ("import", book, str(file), "--actor", ADMIN, "--report", str(report), *more)
    code, printed = await gonghui(stack, *arguments)
    assert not any(number in printed for number in BOTH), "a number of a person is shown"
    return code, json.loads(report.read_text()) if report.exists() else {}, printed


def counts(created: int = 0, unchanged: int = 0, rejected: int = 0) -> dict[str, int]:
    return {"created": created, "unchanged": unchanged, "rejected": rejected}


async def rows(stack: Stack, path: str, **more: str) -> list[dict[str, Any]]:
    async with Api.of(stack.state, stack.addresses()) as api:
        return await api.pages(ADMIN, "welfare", path, **more)


async def shown(stack: Stack, path: str, wanted: int, **more: str) -> list[dict[str, Any]]:
    """Once the views have come so far."""
    async with asyncio.timeout(20):
        while len(found := await rows(stack, path, **more)) < wanted:
            await asyncio.sleep(0.1)
    return found


async def test_balances_are_exact_and_brought_in_once(stack: Stack, tmp_path: Path) -> None:
    good: list[Sequence[Any]] = [["G1", "aid", "dues", "12,345.67"], ["G2", "慰问", "上级补助", 0.1 + 0.2]]
    file = write(tmp_path / "b.xlsx", "期初余额", BALANCES, *good, ["G1", "prize", "dues", "1.005"])
    code, foreseen, _ = await imported(stack, "balances", file, "--dry-run")
    assert (code, foreseen["balances"]) == (3, counts(created=2, rejected=1))
    assert not file.with_name("b.rejected.xlsx").exists()
    code, report, printed = await imported(stack, "balances", file)
    assert (code, report["balances"]) == (3, counts(created=2, rejected=1))
    assert "期初余额, row 4, 期初余额(元): This is not an amount" in printed
    accounts = await shown(stack, "/accounts", 2)
    assert {(row["org_id"], row["purpose"], row["credits"]) for row in accounts} == {
        ("G1", "aid", 1_234_567),
        ("G2", "condolence", 30),
    }
    assert (await imported(stack, "balances", file))[1]["balances"] == counts(unchanged=2, rejected=1)
    rejected = file.with_name("b.rejected.xlsx")
    assert stat.S_IMODE(rejected.stat().st_mode) == 0o600
    code, report, _ = await imported(stack, "balances", rejected)
    assert (code, [fault["code"] for fault in report["rejected"]]) == (3, ["NotAnAmount"])
    other = write(tmp_path / "o.xlsx", "期初余额", BALANCES, ["G1", "aid", "dues", "1"])
    code, report, _ = await imported(stack, "balances", other)
    assert [fault["code"] for fault in report["rejected"]] == ["OtherBalance"]
    assert report["rejected"][0]["zh"].startswith("该账户期初余额已登记为 1234567 分")


async def test_an_import_that_is_killed_is_run_again(stack: Stack, tmp_path: Path) -> None:
    lines = [["G1", f"purpose-{number}", "dues", f"{number}.01"] for number in range(1, 301)]
    file = write(tmp_path / "many.xlsx", "期初余额", BALANCES, *lines)
    process = await asyncio.create_subprocess_exec(
        *command(stack, "import", "balances", str(file), "--actor", ADMIN), stdout=DEVNULL, stderr=DEVNULL
    )
    await shown(stack, "/accounts", 40)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    code, report, _ = await imported(stack, "balances", file)
    assert code == 0
    assert report["balances"]["created"] > 0, "nothing was left to do: the kill came too late"
    assert report["balances"]["unchanged"] > 0
    assert sum(report["balances"].values()) == 300
    await shown(stack, "/accounts", 302)
    mine = [row for row in await rows(stack, "/accounts") if row["purpose"].startswith("purpose-")]
    assert sorted(row["credits"] for row in mine) == [100 * number + 1 for number in range(1, 301)]


async def test_running_hardship_files_are_taken_over_by_two(stack: Stack, tmp_path: Path) -> None:
    wang, li = ["G1", WANG[3], "深度困难", FILED, REVIEW], ["G1", LI[3], "RELATIVE", FILED, REVIEW]
    file = write(tmp_path / "f.xlsx", "在档困难职工", FILES, wang, instead_of(li, 1, "11010519491231002X"))
    code, report, printed = await imported(stack, "files", file, "--confirmed-by", ADMIN)
    assert (code, report) == (1, {})
    assert "cannot confirm" in printed
    code, report, _ = await imported(stack, "files", file, "--confirmed-by", SECOND)
    assert (code, report["files"]) == (3, counts(created=1, rejected=1))
    (nobody,) = report["rejected"]
    assert (nobody["code"], nobody["column"]) == ("NobodyHere", "证件号码")
    assert (await imported(stack, "files", file, "--confirmed-by", SECOND))[1]["files"] == counts(
        unchanged=1, rejected=1
    )
    both = write(tmp_path / "both.xlsx", "在档困难职工", FILES, wang, li)
    code, report, _ = await imported(stack, "files", both, "--confirmed-by", SECOND)
    assert (code, report["files"]) == (0, counts(created=1, unchanged=1))
    files = await shown(stack, "/hardship-files", 2, status="open")
    assert {(row["hardship_class"], row["opened_on"], row["review_due_on"]) for row in files} == {
        ("DEEP", FILED.isoformat(), REVIEW.isoformat()),
        ("RELATIVE", FILED.isoformat(), REVIEW.isoformat()),
    }
    other = write(tmp_path / "other.xlsx", "在档困难职工", FILES, instead_of(wang, 2, "相对困难"))
    code, report, _ = await imported(stack, "files", other, "--confirmed-by", SECOND)
    assert [fault["code"] for fault in report["rejected"]] == ["FiledAlready"]


async def test_running_cases_keep_their_days(stack: Stack, tmp_path: Path) -> None:
    opened, due = date(2025, 3, 3), date(2025, 3, 10)
    headings = [*CASES, "证件号码"]
    file = write(
        tmp_path / "c.xlsx",
        "在办诉求",
        headings,
        ["G1", "12351-1", "餐饮", "一般", opened, due, SECOND, None, None, WANG[3]],
        ["G1", "12351-2", "工作作风", "紧急", opened, due, None, None, SECOND, None],
        ["G1", "12351-3", "餐饮", "一般", opened, due, "nobody", None, None, None],
    )
    code, report, _ = await imported(stack, "cases", file)
    assert (code, report["cases"]) == (3, counts(created=2, rejected=1))
    assert [fault["code"] for fault in report["rejected"]] == ["WorksElsewhere"]
    assert (await imported(stack, "cases", file))[1]["cases"] == counts(unchanged=2, rejected=1)
    cases = {row["source_ref"]: row for row in await shown(stack, "/cases", 2)}
    assert (cases["12351-1"]["status"], cases["12351-1"]["handler_id"]) == ("assigned", SECOND)
    assert cases["12351-1"]["member_id"] != "anonymous"
    assert (cases["12351-2"]["opened_on"], cases["12351-2"]["due_on"]) == (opened.isoformat(), due.isoformat())
    async with Api.of(stack.state, stack.addresses()) as api:
        seen = {row["source_ref"] for row in await api.pages(SECOND, "welfare", "/cases")}
        hidden = await api.get(SECOND, "welfare", f"/cases/{cases['12351-2']['id']}")
    assert seen == {"12351-1"}, "who is complained about does not see the case"
    assert hidden.refusal == "NotFound"


def instead_of(row: Sequence[Any], place: int, cell: Any) -> list[Any]:
    return [*row[:place], cell, *row[place + 1 :]]
