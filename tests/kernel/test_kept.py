"""What stays in memory: what was used lately, and no more than there is room for."""

from shared.kernel.folding import Kept


def test_what_is_used_stays_and_what_is_not_goes() -> None:
    kept = Kept(4)
    for turn in range(20):
        kept.keep({"often": turn, f"once-{turn}": turn})
    assert kept.known(["often", "once-0", "once-19"]) == {"often": 19, "once-19": 19}


def test_a_document_that_is_not_there_need_not_be_looked_for() -> None:
    kept = Kept(4)
    kept.keep({"none": None})
    assert kept.known(["none"]) == {"none": None}
    kept.clear()
    assert kept.known(["none"]) == {}
