"""What the checks of a campaign find wrong, by hand: a loss, a second effect, a stranger, a reaction done twice."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from deploy.demo.checks import Check
from deploy.roster.api import Answer
from shared.kernel.continuity import Verdict
from shared.kernel.follower import ALARMS, ANEW
from shared.kernel.ports import Record
from tests.faults.alarms import alarms
from tests.faults.book import Book, Command, Intent, Known, Reply, commands, correlation
from tests.faults.effects import nothing_else, once, reactions, refusals
from tests.faults.evidence import Evidence
from tests.faults.facts import Fact, Facts
from tests.faults.replays import told_again
from tests.faults.views import told_otherwise
from tests.faults.world import Cut


def command(n: int, kind: str, known: Known, events: Sequence[str] = (), code: str = "", **about: Any) -> Command:
    intent = Intent(n, kind, "actor", "welfare", "/", {}, about)
    return Command(intent, Reply(n, known, code=code, events=tuple(events)))


def fact(fact_id: str, type_: str, n: int, position: int, causation: str = "", **body: Any) -> Fact:
    return Fact(fact_id, type_, 1, "welfare", position, "subject", "actor", correlation(n), causation, body)


def evidence(book: Sequence[Command], facts: Sequence[Fact]) -> Evidence:
    world: Any = SimpleNamespace(began_at={"welfare": 0})
    found = Evidence(world, file=Any, book=list(book))  # type: ignore[arg-type]
    for one in facts:
        found.facts.all.append(one)
        by = found.facts.caused[one.causation] if one.causation else found.facts.direct[one.correlation]
        by.append(one)
    return found


def test_an_accepted_command_without_its_effect_is_lost() -> None:
    sound = evidence([command(1, "allocate", "accepted", ["a"])], [fact("a", "FundAllocated", 1, 1)])
    assert once(sound).holds
    lost = evidence([command(1, "allocate", "accepted", ["a"])], [])
    assert not once(lost).holds
    assert lost.found.lost == 1


def test_an_effect_that_is_there_twice_is_found() -> None:
    both = [fact("a", "FundAllocated", 1, 1), fact("b", "FundAllocated", 1, 2)]
    twice = evidence([command(1, "allocate", "accepted", ["a"])], both)
    assert not once(twice).holds
    assert twice.found.twice == 1
    ambiguous = evidence([command(1, "allocate", "ambiguous")], both)
    assert not once(ambiguous).holds


def test_the_effect_of_an_ambiguous_command_may_be_there_or_not() -> None:
    assert once(evidence([command(1, "allocate", "ambiguous")], [])).holds
    assert once(evidence([command(1, "allocate", "ambiguous")], [fact("a", "FundAllocated", 1, 1)])).holds


def test_half_of_an_effect_is_none() -> None:
    half = [fact("a", "AidPaid", 1, 1)]
    assert not once(evidence([command(1, "pay", "ambiguous")], half)).holds
    whole = [*half, fact("b", "FundCaptured", 1, 2)]
    assert once(evidence([command(1, "pay", "accepted", ["a"])], whole)).holds


def test_the_effect_must_be_the_one_that_was_answered() -> None:
    assert not once(evidence([command(1, "allocate", "accepted", ["b"])], [fact("a", "FundAllocated", 1, 1)])).holds


def test_an_effect_says_what_was_commanded() -> None:
    asked = command(1, "allocate", "accepted", ["a"], account="mine", amount=500)
    assert once(evidence([asked], [fact("a", "FundAllocated", 1, 1, account_id="mine", amount_fen=500)])).holds
    for account, amount in (("yours", 500), ("mine", 600)):
        other = fact("a", "FundAllocated", 1, 1, account_id=account, amount_fen=amount)
        assert not once(evidence([asked], [other])).holds
    cancel = command(1, "cancel", "accepted", ["a"], member="ann")
    freed = [fact("a", "EnrolmentCancelled", 1, 1, member_id="ann"), fact("b", "WaitlistPromoted", 1, 2, member_id="b")]
    assert once(evidence([cancel], freed)).holds, "somebody else moves up"


def test_what_was_refused_has_no_effect() -> None:
    wrong = evidence([command(1, "allocate", "refused")], [fact("a", "FundAllocated", 1, 1)])
    assert not once(wrong).holds
    assert wrong.found.twice == 1
    assert once(evidence([command(1, "allocate", "refused")], [])).holds


def test_an_effect_that_nobody_commanded_is_found() -> None:
    stranger = fact("a", "FundAllocated", 2, 1)
    assert not nothing_else(evidence([command(1, "allocate", "refused")], [stranger])).holds
    assert nothing_else(evidence([command(2, "allocate", "accepted", ["a"])], [stranger])).holds
    before = evidence([], [stranger])
    before.world.began_at["welfare"] = 1
    assert nothing_else(before).holds


async def test_a_repeated_command_is_answered_as_before() -> None:
    answers: dict[str, Answer] = {}

    async def post(*_: Any, key: str) -> Answer:
        return answers[key]

    world: Any = SimpleNamespace(stage=SimpleNamespace(api=SimpleNamespace(post=post)))
    book = [command(1, "allocate", "accepted", ["a"]), command(2, "pay", "refused"), command(3, "pay", "ambiguous")]
    answers[correlation(1)] = Answer(201, {"events": [{"id": "a"}]}, replayed=True)
    assert (await told_again(world, book)).holds
    for other in (
        Answer(201, {"events": [{"id": "b"}]}, replayed=True),
        Answer(201, {"events": [{"id": "a"}]}),
        Answer(409, {"code": "SameHands"}),
    ):
        answers[correlation(1)] = other
        assert not (await told_again(world, book)).holds


def test_an_effect_of_a_cause_that_is_not_there_is_found() -> None:
    made = fact("a", "FundCaptured", 1, 1, "lost")
    assert not nothing_else(evidence([], [made])).holds
    assert nothing_else(evidence([], [fact("lost", "ActivityFinished", 0, 0), made])).holds
    assert nothing_else(evidence([], [replace(made, actor="timer:posting_over")])).holds


def test_a_reaction_acts_once_and_a_cost_is_answered() -> None:
    ended = command(1, "end", "accepted", ["e"])
    finished = fact("e", "ActivityFinished", 1, 1)
    captured = fact("c", "FundCaptured", 1, 2, "e")
    settled = fact("s", "ActivityCostSettled", 1, 3, "e")
    heard = fact("h", "ActivitySettled", 1, 4, "s")
    assert reactions(evidence([ended], [finished, captured, settled, heard])).holds
    again = replace(captured, id="c2", position=5)
    assert not reactions(evidence([ended], [finished, captured, again, settled, heard])).holds
    assert not reactions(evidence([ended], [finished, captured, settled])).holds
    assert not reactions(evidence([command(1, "fund", "accepted", ["e"])], [replace(finished, type="F")])).holds
    cancelled = fact("x", "EnrolmentCancelled", 1, 6, "left")
    assert reactions(evidence([], [cancelled])).holds
    assert not reactions(evidence([], [cancelled, replace(cancelled, id="y", position=7)])).holds


def test_refusals_have_a_reason_and_a_defect_is_none() -> None:
    assert refusals(evidence([command(1, "pay", "refused", code="MoneyShort")], [])).holds
    assert not refusals(evidence([command(1, "pay", "refused", code="SameHands")], [])).holds
    assert not refusals(evidence([command(1, "pay", "ambiguous", code="Unexpected")], [])).holds


def test_a_record_that_was_sent_again_is_one_fact() -> None:
    headers = {
        "ce_id": "a",
        "ce_type": "gonghui.welfare.FundAllocated",
        "ce_dataschema": "urn:gonghui:welfare:FundAllocated:1",
        "ce_source": "/gonghui/welfare/log",
        "ce_position": "7",
        "ce_subject": "account",
        "ce_actor": "actor",
        "ce_correlationid": correlation(1),
        "ce_causationid": "",
    }
    sent = Record("gonghui.welfare", 0, 0, b"", b"{}", [(name, value.encode()) for name, value in headers.items()])
    assert [found.position for found in Facts.of([sent, replace(sent, offset=1)]).all] == [7]


def test_a_command_without_a_reply_in_the_file_is_ambiguous(tmp_path: Any) -> None:
    book = Book(tmp_path / "commands.jsonl")
    answered = book.intend("pay", "actor", "welfare", "/", {}, {"amount": 3})
    book.intend("pay", "actor", "welfare", "/", {}, {})
    book.reply(Reply(answered.n, "accepted", 201, events=("a",)))
    book.close()
    first, second = commands(book.file)
    assert (first.reply.known, first.reply.events, first.intent.about) == ("accepted", ("a",), {"amount": 3})
    assert second.reply.known == "ambiguous"


CUT_AT = datetime(2026, 9, 21, 12, tzinfo=UTC)
LOSS = ALARMS[Verdict.LOSS]


def alarmed(folder: Path, *lines: tuple[str, str, int, float], cuts: Sequence[float] = ()) -> Check:
    """What the logs tell: service, event, partition of its topic, seconds after noon."""
    (folder / "log").mkdir(exist_ok=True)
    told = [
        {"level": "error", "service": service, "event": event, "topic": "gonghui.activities", "partition": str(number)}
        | {"timestamp": (CUT_AT + timedelta(seconds=second)).isoformat()}
        for service, event, number, second in lines
    ]
    (folder / "log" / "welfare-runners.log").write_text("\n".join(map(json.dumps, told)) + '\n{"level": "error", "ev')
    cut = [Cut(("gonghui.activities", 2), "welfare", CUT_AT + timedelta(seconds=second)) for second in cuts]
    world: Any = SimpleNamespace(stack=SimpleNamespace(state=folder), cut=cut)
    return alarms(world)


def test_each_alarm_that_is_due_is_raised_and_no_other(tmp_path: Path) -> None:
    assert alarmed(tmp_path).holds
    assert alarmed(tmp_path, ("welfare", LOSS, 2, 5), cuts=[0]).holds
    assert alarmed(tmp_path, ("welfare", LOSS, 2, 5), ("members", ANEW, 2, 6), cuts=[0]).holds, "all who read it"
    assert not alarmed(tmp_path, cuts=[0]).holds, "none was raised"
    assert not alarmed(tmp_path, ("members", LOSS, 2, 5), cuts=[0]).holds, "not by the one that has lost something"
    assert not alarmed(tmp_path, ("welfare", LOSS, 2, 5), cuts=[0, 60]).holds, "one for two cuts"
    assert alarmed(tmp_path, ("welfare", LOSS, 2, 5), ("welfare", ANEW, 2, 65), cuts=[0, 60]).holds
    assert not alarmed(tmp_path, ("welfare", LOSS, 2, 5)).holds, "for nothing"
    assert not alarmed(tmp_path, ("welfare", LOSS, 3, 5), ("welfare", LOSS, 2, 5), cuts=[0]).holds, "another partition"
    assert not alarmed(tmp_path, ("welfare", LOSS, 2, -5), ("welfare", LOSS, 2, 5), cuts=[0]).holds, "before it"
    assert not alarmed(tmp_path, ("welfare", "a request failed by a defect", 0, 5)).holds
    defect = ("welfare", "a batch failed by a defect", 2, 6)
    assert not alarmed(tmp_path, ("welfare", LOSS, 2, 5), defect, cuts=[0]).holds, "no alarm, whatever was cut"


def record(position: int, value: bytes = b"{}", owner: str = "welfare") -> Record:
    headers = {"ce_source": f"/gonghui/{owner}/log", "ce_position": str(position)}
    return Record(
        "gonghui.welfare", 0, position, b"key", value, [(name, each.encode()) for name, each in headers.items()]
    )


def test_the_topics_tell_what_stands_in_the_log() -> None:
    logged = [record(1), record(2), record(3)]
    assert list(told_otherwise("welfare", logged, [*logged, record(1, b"else", "members")])) == []
    assert list(told_otherwise("welfare", logged, [record(1), record(2)])) == [
        "position 3 in gonghui.welfare[0] is missing"
    ]
    assert list(told_otherwise("welfare", logged[:2], logged)) == ["position 3 in gonghui.welfare[0] is in no log"]
    assert list(told_otherwise("welfare", logged, [record(1), record(2, b"[]"), record(3)])) == [
        "position 2 in gonghui.welfare[0] is another"
    ]
