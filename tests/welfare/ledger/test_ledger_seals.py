from typing import get_args

from deploy.cli.ledger import SAID, report, sentence
from services.welfare import service
from services.welfare.ledger.chain import Head
from services.welfare.ledger.ledger_chain import ledger_id
from services.welfare.ledger.ledger_seals import LedgerSeals
from services.welfare.ledger.verify import Finding, Verified, What
from tests.story import TODAY, shown
from tests.welfare.ledger.shelf import KEY, sealed


def test_an_auditor_sees_how_far_a_ledger_is_sealed() -> None:
    first, second = Head("G01", 3, 6, "A" * 43), Head("G01", 5, 9, "B" * 43)
    other = Head("G02", 1, 1, "C" * 43)
    rows = shown(service, LedgerSeals, [sealed(first), sealed(second, 4)], [sealed(other)])
    assert rows == {
        ledger_id("G01"): LedgerSeals(ledger_id("G01"), "G01", 5, 2, TODAY, "B" * 43, KEY.key_id),
        ledger_id("G02"): LedgerSeals(ledger_id("G02"), "G02", 1, 1, TODAY, "C" * 43, KEY.key_id),
    }


def test_every_finding_is_said_in_words() -> None:
    assert set(SAID) == set(get_args(What))
    named = Finding("G01", "changed", 7, 42, "e-1")
    assert sentence(named) == "G01: entry 7 (position 42, event e-1) was changed"
    assert sentence(Finding("G01", "tail_cut", 8)) == "G01: entry 8 was cut off with everything after it"


def test_a_report_holds_if_every_ledger_does() -> None:
    holds = report({"G01": Verified((), 3, 1)}, 0)
    assert holds == {
        "holds": True,
        "behind": 0,
        "organisations": [{"org_id": "G01", "entries": 3, "sealed": 1, "findings": []}],
    }
    broken = {"G01": Verified((), 3, 1), "G02": Verified((Finding("G02", "removed", 1),), 0, 0)}
    assert report(broken, 2)["holds"] is False
