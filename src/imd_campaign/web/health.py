from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from imd_campaign.web.dependencies import CurrentContext

router = APIRouter(tags=["Health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Is the database there?")
def health(context: CurrentContext) -> Health:
    context.database.ping()
    return Health()
