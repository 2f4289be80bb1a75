from typing import Literal

from pydantic import BaseModel

from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.routing import Router

router = Router(tags=["Health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Is the database there?")
def health(context: CurrentContext) -> Health:
    context.database.ping()
    return Health()
