"""Welfare 帮扶福利: fund accounts 资金账户, aid 困难救助, the cost of activities. Here stands everything it can do."""

from services.welfare.activity_cost import settle_activity_cost
from services.welfare.aid import (
    aid_execution,
    aid_request,
    approve_aid,
    fail_payment,
    pay_aid,
    reject_aid,
    request_aid,
    reverse_aid,
    review_aid,
)
from services.welfare.fund import account, allocate, open_account
from services.welfare.service import service

__all__ = [
    "account",
    "aid_execution",
    "aid_request",
    "allocate",
    "approve_aid",
    "fail_payment",
    "open_account",
    "pay_aid",
    "reject_aid",
    "request_aid",
    "reverse_aid",
    "review_aid",
    "service",
    "settle_activity_cost",
]
