"""Closed lists of words about prizes."""

from typing import Literal

PrizeRefusal = Literal["no_budget", "over_budget", "no_policy", "over_limit"]
"""未占用预算, 超出预算, 无执行标准, 超出标准."""
