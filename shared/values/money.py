"""Money is whole fen 分, currency CNY, never a float."""

from typing import Annotated

from pydantic import Field

Fen = Annotated[int, Field(strict=True, ge=0, le=10**14)]
"""An amount in fen, zero allowed."""

PositiveFen = Annotated[int, Field(strict=True, gt=0, le=10**14)]
"""An amount in fen that moves: more than zero (INV-W1)."""
