from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from imd_campaign.errors import NotFound, ReservationExpired, SoldOut
from imd_campaign.posters import files, selling, service
from imd_campaign.posters.schemas import Order, OrderForm, Poster, Reservation, Wish
from imd_campaign.web.conditional import keep
from imd_campaign.web.live import Live
from imd_campaign.web.paging import Page, Paged
from imd_campaign.web.parameters import Lang, Name
from imd_campaign.web.problems import problems
from imd_campaign.web.refusals import RangeNotSatisfiable

router = APIRouter(prefix="/v1", tags=["Posters"])

# Short: what is left of a limited edition changes with every reservation.
SECONDS = 15


@router.get("/posters", summary="The posters", dependencies=[keep(SECONDS)])
def posters(context: Live, paged: Paged, lang: Lang = None) -> Page[Poster]:
    return paged.page(service.listing(context, paged.window, lang))


@router.get(
    "/posters/{slug}",
    summary="A poster, its editions and files",
    responses=problems(NotFound),
    dependencies=[keep(SECONDS)],
)
def poster(context: Live, slug: Name, lang: Lang = None) -> Poster:
    return service.get(context, slug, lang)


@router.get(
    "/posters/{slug}/files/{name}",
    summary="A file, whole or in ranges",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/octet-stream": {}}},
        206: {"description": "The range that was asked for"},
        **problems(NotFound, RangeNotSatisfiable),
    },
)
def file(context: Live, request: Request, slug: Name, name: Name) -> StreamingResponse:
    return files.response(service.file(context, slug, name), request.headers)


@router.post(
    "/posters/{slug}/reservations",
    summary="Hold prints for a quarter of an hour",
    status_code=201,
    responses=problems(NotFound, SoldOut),
)
def reserve(context: Live, slug: Name, wish: Wish) -> Reservation:
    return selling.reserve(context, slug, wish)


@router.post(
    "/orders",
    summary="Order what is held",
    status_code=201,
    responses=problems(ReservationExpired),
)
def order(context: Live, form: OrderForm) -> Order:
    return selling.order(context, form)


@router.get("/orders/{order_id}", summary="An order", responses=problems(NotFound))
def placed(context: Live, order_id: Name) -> Order:
    return selling.get(context, order_id)
