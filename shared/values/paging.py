"""How a list is asked for, page by page."""

from typing import Annotated

from pydantic import Field

PageSize = Annotated[int, Field(ge=1, le=1_000)]

After = Annotated[str, Field(max_length=200)]
"""The id of the last row that was seen; the page begins behind it."""
