from services.welfare import service
from shared.values.roles import Role

ROLES = {route.path: route.role for route in service.routes if route.method == "POST"}


def test_every_command_waits_for_a_fresh_directory() -> None:
    """All of them are about money or about what somebody complained of."""
    assert all(route.sensitive for route in service.routes if route.method == "POST")


def test_the_steps_of_aid_are_taken_by_other_roles() -> None:
    review, approval = ROLES["/aid/{request_id}/review"], ROLES["/aid/{request_id}/approval"]
    payment = ROLES["/aid/{request_id}/payment"]
    assert not review & approval
    assert not payment & (review | approval)
    assert payment == ROLES["/aid/{request_id}/payment-failure"] == Role.FINANCE


def test_a_member_asks_for_itself_and_sees_its_own_and_does_nothing_else() -> None:
    own = {f"{route.method} {route.path}" for route in service.routes if Role.SELF in route.role}
    voice = {
        "POST /cases",
        "POST /cases/anonymous",
        "POST /cases/{case_id}/rating",
        "GET /cases/{case_id}",
        "GET /members/{member_id}/cases",
    }
    money = {
        "POST /members/{member_id}/aid",
        "GET /aid/{request_id}",
        "POST /members/{member_id}/hardship",
        "GET /hardship-files/{file_id}",
        "GET /prizes/{prize_id}",
    }
    assert own == money | voice


def test_the_fund_audit_reads_and_never_writes() -> None:
    assert not any(Role.FUND_AUDIT & role for role in ROLES.values())
    assert any(Role.FUND_AUDIT in route.role for route in service.routes if route.method == "GET")
