"""Serves the OpenAPI document and its pages."""

from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from imd_campaign.errors import NotFound
from imd_campaign.web.api_reference import make_sections
from imd_campaign.web.etags import allow_caching
from imd_campaign.web.html_pages import Pages
from imd_campaign.web.parameters import Name
from imd_campaign.web.problems import BY_NAME, PROBLEMS, problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["About"])


@router.get(
    "/openapi.json", summary="The API as an OpenAPI document", dependencies=[allow_caching(300)]
)
def openapi(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request.app.state.document
    return found


@router.get("/docs", summary="The API documentation", response_class=HTMLResponse)
def docs(request: Request) -> HTMLResponse:
    document = request.app.state.document
    return Pages("page.css").render(
        "docs.html", document=document, sections=make_sections(document), problems=PROBLEMS
    )


@router.get(
    "/problems/{name}",
    summary="What a problem type means",
    response_class=HTMLResponse,
    responses=problems(NotFound),
)
def problem(name: Name) -> HTMLResponse:
    if name not in BY_NAME:
        raise NotFound
    return Pages("problem.css").render("problem.html", problem=BY_NAME[name])
