"""The API about itself."""

from typing import Any

from fastapi import APIRouter, Request

from imd_campaign.web.conditional import keep

router = APIRouter(prefix="/v1", tags=["About"])


@router.get("/openapi.json", summary="This description, for machines", dependencies=[keep(300)])
def openapi(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request.app.state.document
    return found
