from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from imd_campaign.web.live import Live

router = APIRouter(tags=["Health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Is the database there?")
def health(context: Live) -> Health:
    context.database.ping()
    return Health()
