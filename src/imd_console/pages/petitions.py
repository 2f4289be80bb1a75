"""Petitions and their exact numbers, and the check of the totals."""

from collections.abc import Sequence

from starlette.responses import Response

from imd_campaign.errors import NotFound
from imd_campaign.petitions import count_audit, overview
from imd_campaign.petitions.count_audit import Difference
from imd_campaign.petitions.overview import PetitionOverview
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paths import PETITIONS, PETITIONS_CHECK
from imd_console.rendering import render
from imd_console.staff_request import StaffRequest


def show_petitions(request: StaffRequest) -> Response:
    return _render_list(request)


def check_totals(request: StaffRequest) -> Response:
    """Compare totals, ledger and signatures, which can take a minute."""
    return _render_list(request, count_audit.find_differences(request.context))


def _render_list(
    request: StaffRequest, differences: Sequence[Difference] | None = None
) -> Response:
    petitions = overview.list_overviews(request.context, request.language.tag)
    return render(request, "petitions.html", petitions=petitions, differences=differences)


def show_petition(request: StaffRequest) -> Response:
    petition = _find(request, request.path_params["slug"])
    return render(request, "petition.html", petition=petition)


def _find(request: StaffRequest, slug: str) -> PetitionOverview:
    for petition in overview.list_overviews(request.context, request.language.tag):
        if petition.slug == slug:
            return petition
    raise NotFound


PAGES = (
    Page(PETITIONS, "see-petitions", get=show_petitions, navigation=N_("Petitions")),
    Page(PETITIONS_CHECK, "see-petitions", post=check_totals, works_read_only=True),
    Page(f"{PETITIONS}/{{slug}}", "see-petitions", get=show_petition),
)
