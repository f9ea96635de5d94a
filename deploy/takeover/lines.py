"""One row of a book, as the command that it becomes. What is wrong with it is told by the command's own rules."""

from datetime import date
from typing import Any

from pydantic import Field, model_validator

from deploy.roster.source import Cells
from services.welfare.fund.take_over_balance import TakeOverBalance, account_id_of
from services.welfare.hardship.propose_takeover import ProposeTakeover
from services.welfare.voice.import_case import ImportCase, case_id_of
from shared.values.ids import MemberId
from shared.values.person import IdNumber


class BalanceLine(TakeOverBalance):
    @property
    def key(self) -> str:
        """What makes two rows the same."""
        return account_id_of(self.org_id, self.purpose, self.source)

    @classmethod
    def read(cls, cells: Cells, today: date) -> "BalanceLine":
        """Without a year it is this one's beginning."""
        return cls.model_validate({"year": today.year, **_given(cells)})


class FileLine(ProposeTakeover):
    id_number: IdNumber | None = Field(default=None, repr=False)
    member_id: MemberId | None = None

    @model_validator(mode="before")
    @classmethod
    def _somebody(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """A file is somebody's: without a pseudonym the number on the card is needed."""
        return fields if fields.get("member_id") else {"id_number": "", **fields}

    @property
    def key(self) -> str:
        return str(self.member_id or self.id_number)

    @classmethod
    def read(cls, cells: Cells, today: date) -> "FileLine":
        return cls.model_validate(_given(cells))


class CaseLine(ImportCase):
    id_number: IdNumber | None = Field(default=None, repr=False)

    @property
    def key(self) -> str:
        return case_id_of(self.org_id, self.source_ref)

    @classmethod
    def read(cls, cells: Cells, today: date) -> "CaseLine":
        return cls.model_validate(_given(cells))


def _given(cells: Cells) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if value is not None}
