from datetime import date

from services.welfare.policy.allowance import Allowance, OverYearlyLimit, allowance_id, free, use
from shared.events.welfare.policy import YearlyAllowanceFreed, YearlyAllowanceUsed
from tests.story import ANN, given
from tests.welfare.examples import LIMIT, OTHER_REF, REF

OF_2026 = allowance_id(ANN, "medical", date(2026, 12, 31))


def _used(request_id: str = REF, amount_fen: int = 500_000) -> YearlyAllowanceUsed:
    return YearlyAllowanceUsed(
        member_id=ANN,
        org_id="G0101",
        kind="medical",
        year=2026,
        request_id=request_id,
        amount_fen=amount_fen,
        limit_ref=LIMIT.id,
    )


FREED = YearlyAllowanceFreed(
    member_id=ANN, org_id="G0101", kind="medical", year=2026, request_id=REF, amount_fen=500_000
)


def test_a_grant_is_counted_once() -> None:
    used = given(Allowance, id=OF_2026).when(use, REF, "G0101", 500_000, LIMIT).then(_used())
    used.when(use, REF, "G0101", 500_000, LIMIT).then_nothing()


def test_to_the_last_fen_and_no_further() -> None:
    used = given(Allowance, _used(), id=OF_2026)
    used.when(use, OTHER_REF, "G0101", 300_000, LIMIT).then(_used(OTHER_REF, 300_000))
    used.when(use, OTHER_REF, "G0101", 300_001, LIMIT).then_refused(OverYearlyLimit)


def test_what_was_taken_back_can_be_had_again() -> None:
    freed = given(Allowance, _used(), id=OF_2026).when(free, REF).then(FREED)
    freed.when(free, REF).then_nothing()
    freed.when(use, OTHER_REF, "G0101", 800_000, LIMIT).then(_used(OTHER_REF, 800_000))


def test_every_year_and_kind_has_its_own() -> None:
    assert allowance_id(ANN, "medical", date(2027, 1, 1)) == f"{ANN}:medical:2027" != OF_2026
    assert allowance_id(ANN, "study", date(2026, 1, 1)) != OF_2026
