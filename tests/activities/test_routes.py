from services.activities import service
from shared.values.roles import Role


def test_what_moves_money_or_makes_a_name_waits_for_a_fresh_directory() -> None:
    assert {route.path for route in service.routes if route.sensitive} == {
        "/activities/{activity_id}/budget-approval",
        "/activities/{activity_id}/end",
        "/competitions/{competition_id}/approval",
        "/competitions/{competition_id}/confirmation",
        "/competitions/{competition_id}/prizes",
    }


def test_a_member_enrols_and_cancels_for_itself_and_is_checked_in_by_others() -> None:
    own = {f"{route.method} {route.path}" for route in service.routes if Role.SELF in route.role}
    assert own == {
        "GET /members/{member_id}/competitions",
        "GET /members/{member_id}/competitions/{competition_id}/results",
        "GET /members/{member_id}/enrolments",
        "POST /activities/{activity_id}/enrolments/{member_id}",
        "POST /activities/{activity_id}/enrolments/{member_id}/cancellation",
        "POST /competitions/{competition_id}/appeals/{member_id}",
        "POST /competitions/{competition_id}/entries/{member_id}",
        "POST /competitions/{competition_id}/entries/{member_id}/withdrawal",
    }


def test_judges_write_scores_and_nothing_else() -> None:
    judges = {f"{route.method} {route.path}" for route in service.routes if route.role is Role.JUDGE}
    assert judges == {
        "GET /competitions/{competition_id}/score-book",
        "POST /competitions/{competition_id}/own-recusals",
        "POST /competitions/{competition_id}/round-closing",
        "POST /competitions/{competition_id}/score-corrections",
        "POST /competitions/{competition_id}/score-corrections/agreement",
        "POST /competitions/{competition_id}/scores",
    }
