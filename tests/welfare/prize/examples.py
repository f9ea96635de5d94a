from shared.events.activities.competition import CompetitionApproved, PrizeAwarded
from shared.events.welfare.prize import PrizeBudgetReserved, PrizePaid, PrizePaymentRequested, PrizeRefused
from shared.values.prize import PrizeRefusal
from tests.story import ANN, BEN, SUBJECT, TODAY
from tests.welfare.examples import ACCOUNT, LIMIT

PRIZE, SECOND_PRIZE = "00000000-0000-7000-8000-0000000000a1", "00000000-0000-7000-8000-0000000000a2"
ENTRY = "00000000-0000-7000-8000-0000000000a9"

APPROVED = CompetitionApproved(
    competition_id=SUBJECT,
    org_id="G01",
    kind="skill",
    level="subsidiary",
    tier="II",
    trade="welder",
    season="2026",
    scope_orgs=("G01",),
    prize_budget_fen=500_000,
    approvals=("proposer", "approver"),
    on=TODAY,
    account_id=ACCOUNT,
)
RESERVED = PrizeBudgetReserved(competition_id=SUBJECT, org_id="G01", account_id=ACCOUNT, amount_fen=500_000)


def awarded(prize_id: str = PRIZE, amount_fen: int = 100_000, **more: object) -> PrizeAwarded:
    return PrizeAwarded.model_validate(
        {
            "prize_id": prize_id,
            "competition_id": SUBJECT,
            "entry_id": ENTRY,
            "member_id": ANN,
            "member_ids": (ANN, BEN),
            "org_id": "G0101",
            "account_id": ACCOUNT,
            "amount_fen": amount_fen,
            "place": 1,
            "on": TODAY,
            **more,
        }
    )


def requested(prize_id: str = PRIZE, amount_fen: int = 100_000) -> PrizePaymentRequested:
    return PrizePaymentRequested(
        prize_id=prize_id,
        competition_id=SUBJECT,
        entry_id=ENTRY,
        member_id=ANN,
        org_id="G0101",
        account_id=ACCOUNT,
        amount_fen=amount_fen,
        on=TODAY,
        limit_ref=LIMIT.id,
        team=(BEN,),
    )


def paid(prize_id: str = PRIZE, amount_fen: int = 100_000) -> PrizePaid:
    return PrizePaid(
        prize_id=prize_id,
        competition_id=SUBJECT,
        entry_id=ENTRY,
        member_id=ANN,
        org_id="G0101",
        account_id=ACCOUNT,
        amount_fen=amount_fen,
        voucher_ref="V-7",
        paid_on=TODAY,
        by="cashier",
    )


def refused(reason_code: PrizeRefusal, amount_fen: int = 100_000) -> PrizeRefused:
    return PrizeRefused(
        prize_id=PRIZE,
        competition_id=SUBJECT,
        entry_id=ENTRY,
        member_id=ANN,
        org_id="G0101",
        amount_fen=amount_fen,
        reason_code=reason_code,
    )
