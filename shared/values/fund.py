"""Closed lists of words about the entries of fund accounts."""

from typing import Literal

CorrectionReason = Literal["wrong_amount", "wrong_account", "booked_twice", "opening_balance"]
"""金额有误, 账户有误, 重复入账, 期初余额有误."""

CorrectionSense = Literal["more", "less"]
"""The account gets more 调增, or less 调减."""
