"""Activities 活动: seats, waitlist, attendance, cost. Here stands everything it can do."""

from services.activities.activity import (
    activity_card,
    cancel_activity,
    cancel_enrolment,
    check_in,
    cost_refused,
    cost_settled,
    enrol,
    finish_activity,
    late_enrolment,
    member_left,
    my_enrolments,
    participation,
    publish_activity,
)
from services.activities.service import service

__all__ = [
    "activity_card",
    "cancel_activity",
    "cancel_enrolment",
    "check_in",
    "cost_refused",
    "cost_settled",
    "enrol",
    "finish_activity",
    "late_enrolment",
    "member_left",
    "my_enrolments",
    "participation",
    "publish_activity",
    "service",
]
