from services.members import service
from shared.values.roles import Role


def test_what_touches_personal_data_or_gives_authority_waits_for_a_fresh_directory() -> None:
    assert {f"{route.method} {route.path}" for route in service.routes if route.sensitive} == {
        "POST /admissions",
        "POST /applications",
        "POST /applications/{application_id}/approval",
        "POST /applications/{application_id}/rejection",
        "POST /applications/{application_id}/withdrawal",
        "POST /members",
        "POST /members/lookup",
        "POST /members/{member_id}/application",
        "POST /members/{member_id}/eligibility",
        "POST /members/{member_id}/end",
        "POST /roles",
    }


def test_authority_and_organisations_are_given_and_taken_by_administrators_only() -> None:
    roles = {route.path: route.role for route in service.routes if route.method == "POST"}
    for path in (
        "/roles",
        "/roles/{grant_id}/revocation",
        "/organisations/{org_id}/approval",
        "/organisations/{org_id}/name",
        "/foundings",
        "/foundings/{founding_id}/confirmation",
    ):
        assert roles[path] == Role.ADMIN, path


def test_who_proposes_and_who_collects_may_not_decide() -> None:
    roles = {route.path: route.role for route in service.routes if route.method == "POST"}
    assert Role.CADRE in roles["/organisations"]
    assert Role.CADRE in roles["/applications"]
    decisions = [path for path in roles if path.endswith(("/approval", "/acceptance", "/confirmation", "/end"))]
    assert len(decisions) >= 5
    for path in decisions:
        assert Role.CADRE not in roles[path], path


def test_a_member_acts_for_itself_in_applications_and_transfers_only() -> None:
    own = {f"{route.method} {route.path}" for route in service.routes if Role.SELF in route.role}
    assert own == {
        "GET /applications/{application_id}",
        "GET /members/{member_id}",
        "POST /applications/{application_id}/withdrawal",
        "POST /members/{member_id}/application",
        "POST /members/{member_id}/transfer",
        "POST /members/{member_id}/transfer/recall",
    }
