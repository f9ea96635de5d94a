"""Closed lists of words about hardship 困难职工, its classes since about 2020 and what a file begins and ends with."""

from typing import Annotated, Literal

from pydantic import StringConstraints

HardshipClass = Literal["DEEP", "RELATIVE", "ACCIDENT"]
"""深度困难, 相对困难, 意外致困."""

HardshipFinding = HardshipClass | Literal["NONE"]

AccidentCause = Literal["disaster", "accident", "epidemic", "public_security", "illness"]
"""自然灾害, 重大事故, 疫情, 社会安全事件, 突发疾病或伤害."""

Exclusion = Literal["second_home", "private_school", "study_abroad", "owns_business"]
"""排除性条件: 两套以上住房, 高收费私立学校, 自费留学, 经商办企业."""

OverrideReason = Literal["recent_change", "unlisted_burden", "assets_found", "numbers_doubtful"]
"""近期变故, 未列支出, 发现资产, 申报存疑."""

HardshipRejection = Literal["not_hardship", "excluded", "papers_missing", "objection_upheld", "duplicate", "withdrawn"]
"""不符合标准, 排除性条件, 材料不齐, 异议成立, 重复申请, 撤回."""

FileClosing = Literal["lifted", "moved", "retired", "dead", "fraud", "membership_ended"]
"""脱困, 迁出, 退休, 去世, 虚假申报, 会籍终止."""

RuleVersion = Literal["2020-1"]

ClaimedBy = Literal["household", "member"]

EvidenceHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of the visit's papers as they are kept, never of figures that could be guessed."""
