from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from imd_campaign.errors import (
    AlreadyDecided,
    Forbidden,
    InvalidSignature,
    NotFound,
    ReservationExpired,
    SoldOut,
)
from imd_campaign.posters import (
    file_responses,
    moderation,
    orders,
    payments,
    reservations,
    service,
    submission,
)
from imd_campaign.posters.order_states import OrderState
from imd_campaign.posters.schemas import (
    ManagedOrder,
    Order,
    OrderDecision,
    OrderForm,
    PaymentReceipt,
    PaymentReport,
    Poster,
    Reservation,
    ReservationForm,
    Stock,
)
from imd_campaign.submissions.schemas import SubmissionReceipt
from imd_campaign.web.authentication import ManagesOrders
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.etags import allow_caching
from imd_campaign.web.http_errors import RangeNotSatisfiable
from imd_campaign.web.idempotency import (
    ACCEPTS_SUBMISSIONS,
    STORES_NOTHING,
    SubmissionOrigin,
    mark_replayed,
)
from imd_campaign.web.pagination import Page, Paged
from imd_campaign.web.parameters import Lang, Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Posters"])
moderation_router = Router(prefix="/v1/moderation", tags=["Moderation"])

SIGNATURE_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
]
# Short: what is left of a limited edition changes with every order.
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
        200: {"content": {"*/*": {}}},
        206: {"description": "The requested range", "content": {"*/*": {}}},
        **problems(NotFound, RangeNotSatisfiable),
    },
)
def file(context: CurrentContext, slug: Name, name: Name) -> FileResponse:
    return file_responses.make_response(service.get_file(context, slug, name))


@router.post(
    "/posters/{slug}/reservations",
    summary="Fix the price of prints for an hour",
    status_code=201,
    responses=problems(NotFound, SoldOut),
    openapi_extra=STORES_NOTHING,
)
def reserve(context: CurrentContext, slug: Name, form: ReservationForm) -> Reservation:
    return reservations.reserve(context, slug, form)


@router.post(
    "/orders",
    summary="Order reserved prints",
    status_code=202,
    responses=problems(ReservationExpired),
    openapi_extra=ACCEPTS_SUBMISSIONS,
)
async def order(
    context: CurrentContext, origin: SubmissionOrigin, form: OrderForm, response: Response
) -> SubmissionReceipt:
    mark_replayed(response, is_new=await submission.order(context, form, origin))
    return submission.RECEIPT


@router.get("/orders/{order_id}", summary="An order", responses=problems(NotFound))
def placed(context: CurrentContext, order_id: Name) -> Order:
    return orders.get(context, order_id)


@router.post(
    "/orders/{order_id}/payments",
    summary="Report a payment, as the checkout of the organisation",
    responses=problems(InvalidSignature, NotFound),
    openapi_extra={"parameters": SIGNATURE_HEADERS},
)
def pay(
    context: CurrentContext, order_id: Name, report: PaymentReport, request: Request
) -> PaymentReceipt:
    message_id = payments.verify_report(context, request.headers, request.state.body)
    return payments.record(context, order_id, message_id, report)


@moderation_router.get("/orders", summary="Orders of posters", responses=problems(Forbidden))
def managed(
    context: CurrentContext,
    _: ManagesOrders,
    paged: Paged,
    state: Annotated[OrderState, Query(description="The state of the orders")] = "placed",
) -> Page[ManagedOrder]:
    return paged.page(moderation.list_orders(context, state, paged.page_request))


@moderation_router.get(
    "/orders/{order_id}",
    summary="An order, its encrypted buyer and its payments",
    responses=problems(Forbidden, NotFound),
)
def managed_order(context: CurrentContext, _: ManagesOrders, order_id: Name) -> ManagedOrder:
    return moderation.get_order(context, order_id)


@moderation_router.get(
    "/stock", summary="The prints sold, held and left", responses=problems(Forbidden)
)
def stock(context: CurrentContext, _: ManagesOrders, paged: Paged) -> Page[Stock]:
    return paged.page(moderation.list_stock(context, paged.page_request))


@moderation_router.post(
    "/orders/{order_id}/decisions",
    summary="Mark an order as paid, sent or refunded, or cancel it",
    responses=problems(Forbidden, NotFound, AlreadyDecided),
)
def decide(
    context: CurrentContext, caller: ManagesOrders, order_id: Name, decision: OrderDecision
) -> ManagedOrder:
    return moderation.decide_order(context, caller, order_id, decision)
