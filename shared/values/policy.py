"""Closed lists of words about policy data: what a law or a notice sets, by place and date."""

from typing import Literal

from shared.values.words import AidType

PolicyKind = AidType | Literal["prize", "group_approval", "minimum_living"]
"""What a figure limits. Of a kind of aid: what one member gets in a natural year. `prize` 单项奖金: one prize.
`group_approval` 上提一级审批: above it the second approver is of the group. `minimum_living` 低保标准: no limit but the
standard of a month and person, which hardship is measured by."""
