from services.welfare import service
from services.welfare.fund.correction import Correction
from tests.story import TODAY, shown
from tests.welfare.fund.test_corrections import CORRECTION, PROPOSED, REJECTED, _corrected


def test_a_correction_can_be_found_by_the_one_who_is_to_confirm_it() -> None:
    waiting = shown(service, Correction, [PROPOSED])[CORRECTION]
    assert (waiting.status, waiting.proposed_by, waiting.confirmed_by) == ("proposed", PROPOSED.by, None)
    made = shown(service, Correction, [PROPOSED, _corrected()])[CORRECTION]
    assert (made.status, made.confirmed_by, made.made_on) == ("made", _corrected().approvals[1], TODAY)
    rejected = shown(service, Correction, [PROPOSED, REJECTED])[CORRECTION]
    assert (rejected.status, rejected.rejected_by, rejected.made_on) == ("rejected", REJECTED.by, None)
