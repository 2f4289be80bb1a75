from fastapi import APIRouter
from starlette.responses import FileResponse

from imd_campaign.errors import NotFound, ReservationExpired, SoldOut
from imd_campaign.posters import file_responses, sales, service
from imd_campaign.posters.schemas import Order, OrderForm, Poster, Reservation, ReservationForm
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.etags import allow_caching
from imd_campaign.web.http_errors import RangeNotSatisfiable
from imd_campaign.web.pagination import Page, Paged
from imd_campaign.web.parameters import Lang, Name
from imd_campaign.web.problems import problems

router = APIRouter(prefix="/v1", tags=["Posters"])

# Short: what is left of a limited edition changes with every reservation.
SECONDS = 15


@router.get("/posters", summary="The posters", dependencies=[allow_caching(SECONDS)])
def posters(context: CurrentContext, paged: Paged, lang: Lang = None) -> Page[Poster]:
    return paged.page(service.list_posters(context, paged.page_request, lang))


@router.get(
    "/posters/{slug}",
    summary="A poster, its editions and files",
    responses=problems(NotFound),
    dependencies=[allow_caching(SECONDS)],
)
def poster(context: CurrentContext, slug: Name, lang: Lang = None) -> Poster:
    return service.get(context, slug, lang)


@router.get(
    "/posters/{slug}/files/{name}",
    summary="A file, whole or in ranges",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/octet-stream": {}}},
        206: {"description": "The requested range"},
        **problems(NotFound, RangeNotSatisfiable),
    },
)
def file(context: CurrentContext, slug: Name, name: Name) -> FileResponse:
    return file_responses.make_response(service.get_file(context, slug, name))


@router.post(
    "/posters/{slug}/reservations",
    summary="Reserve prints for 15 minutes",
    status_code=201,
    responses=problems(NotFound, SoldOut),
)
def reserve(context: CurrentContext, slug: Name, form: ReservationForm) -> Reservation:
    return sales.reserve(context, slug, form)


@router.post(
    "/orders",
    summary="Order reserved prints",
    status_code=201,
    responses=problems(ReservationExpired),
)
def order(context: CurrentContext, form: OrderForm) -> Order:
    return sales.order(context, form)


@router.get("/orders/{order_id}", summary="An order", responses=problems(NotFound))
def placed(context: CurrentContext, order_id: Name) -> Order:
    return sales.get(context, order_id)
