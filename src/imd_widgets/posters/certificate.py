"""The certificates of numbered prints, for the buyer and for staff who know the order's link."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_sdk.models import Order, Poster
from imd_widgets.caching.cache import Missing
from imd_widgets.context import get_context
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_switched_off
from imd_widgets.pages.forms import Form, read_form
from imd_widgets.pages.page_responses import get_language, get_path, render_page
from imd_widgets.posters.ordering import find_edition, has_certificates, load_order

MAX_NAME_LENGTH = 100


@dataclass(frozen=True)
class CertificateView:
    """The certificate of one print."""

    poster: Poster
    number: str
    edition: str
    size: str
    date: str
    owner: str


async def show_certificates(request: Request) -> Response:
    return await _render(request, "")


async def show_with_name(request: Request) -> Response:
    """Print a name that the buyer types: the server cannot read the one of the order."""
    values = await read_form(request)
    return await _render(request, " ".join(values.get("name", "").split())[:MAX_NAME_LENGTH])


async def _render(request: Request, owner: str) -> Response:
    context, language = get_context(request), get_language(request)
    order = await load_order(request)
    if not has_certificates(order):
        raise Missing
    poster = (await context.source.get_poster(order.poster, language.tag)).value
    return render_page(
        request,
        "certificate.html",
        is_cacheable=False,
        styles=("certificate",),
        certificates=_make_views(order, poster, language, owner),
        form=Form({"name": owner}),
        certificate_path=get_path(request),
    )


def _make_views(
    order: Order, poster: Poster, language: Language, owner: str
) -> Sequence[CertificateView]:
    edition = find_edition(poster, order.edition)
    run = edition.run if edition else None
    paid_at = order.payment.paid_at or order.created_at
    return [
        CertificateView(
            poster,
            f"{language.number(number)} / {language.number(run)}" if run else str(number),
            edition.title if edition else order.edition,
            edition.size if edition else "",
            language.date(paid_at.date()),
            owner,
        )
        for number in order.numbers
    ]


ROUTES = open_until_switched_off(
    Route("/orders/{id}/certificate", show_certificates),
    Route("/orders/{id}/certificate", show_with_name, methods=["POST"]),
)
