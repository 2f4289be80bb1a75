"""Parameters that many endpoints accept."""

from typing import Annotated

from fastapi import Path, Query

from imd_campaign.field_types import Language

Name = Annotated[str, Path(pattern="^[A-Za-z0-9._-]{1,100}$")]
Lang = Annotated[
    Language | None, Query(description="The language of the texts, if they exist in it")
]
