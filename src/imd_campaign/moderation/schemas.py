from typing import Annotated

from pydantic import Field

from imd_campaign.field_types import Input, Paragraphs

Reason = Annotated[Paragraphs, Field(min_length=1, max_length=1000)]


class Decision(Input):
    """A subclass says which decisions there are: `decision: Literal[…]`."""

    reason: Reason
