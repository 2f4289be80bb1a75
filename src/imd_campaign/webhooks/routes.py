from typing import Annotated

from fastapi import Body, Response

from imd_campaign.errors import Forbidden, NotFound, RateLimited, WebhookLimitReached
from imd_campaign.field_types import EmptyForm
from imd_campaign.web.authentication import ManagesWebhooks
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.pagination import Page, Paged
from imd_campaign.web.parameters import Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router
from imd_campaign.webhooks import service
from imd_campaign.webhooks.schemas import (
    NewSecret,
    NewWebhook,
    Webhook,
    WebhookDelivery,
    WebhookForm,
    WebhookPayload,
)

CREATED, ACCEPTED, NO_CONTENT = 201, 202, 204

router = Router(prefix="/v1/webhooks", tags=["Webhooks"])


@router.post(
    "",
    summary="Subscribe to webhooks",
    status_code=CREATED,
    responses=problems(Forbidden, WebhookLimitReached, RateLimited),
)
def subscribe(context: CurrentContext, caller: ManagesWebhooks, form: WebhookForm) -> NewWebhook:
    return service.subscribe(context, caller, form)


@router.get("", summary="The webhooks of this key", responses=problems(Forbidden))
def webhooks(context: CurrentContext, caller: ManagesWebhooks, paged: Paged) -> Page[Webhook]:
    return paged.page(service.list_webhooks(context, caller, paged.page_request))


@router.get(
    "/samples/{event_type}",
    summary="A sample of what a webhook sends",
    responses=problems(Forbidden, NotFound),
)
def sample(
    _: ManagesWebhooks,
    event_type: Name,
) -> WebhookPayload:
    return service.make_sample(event_type)


@router.get("/{webhook_id}", summary="A webhook", responses=problems(Forbidden, NotFound))
def webhook(context: CurrentContext, caller: ManagesWebhooks, webhook_id: Name) -> Webhook:
    return service.get(context, caller, webhook_id)


@router.delete(
    "/{webhook_id}",
    summary="Unsubscribe from webhooks",
    status_code=NO_CONTENT,
    responses=problems(Forbidden, NotFound),
)
def unsubscribe(context: CurrentContext, caller: ManagesWebhooks, webhook_id: Name) -> Response:
    service.unsubscribe(context, caller, webhook_id)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/{webhook_id}/secret",
    summary="Replace the secret of a webhook",
    responses=problems(Forbidden, NotFound),
)
def rotate_secret(
    context: CurrentContext,
    caller: ManagesWebhooks,
    webhook_id: Name,
    _: Annotated[EmptyForm | None, Body()] = None,
) -> NewSecret:
    return service.rotate_secret(context, caller, webhook_id)


@router.post(
    "/{webhook_id}/test",
    summary="Send a webhook as a test",
    status_code=ACCEPTED,
    responses=problems(Forbidden, NotFound, RateLimited),
)
def send_test(
    context: CurrentContext,
    caller: ManagesWebhooks,
    webhook_id: Name,
    _: Annotated[EmptyForm | None, Body()] = None,
) -> WebhookDelivery:
    return service.send_test(context, caller, webhook_id)


@router.get(
    "/{webhook_id}/deliveries",
    summary="What was sent to a webhook, newest first",
    responses=problems(Forbidden, NotFound),
)
def deliveries(
    context: CurrentContext, caller: ManagesWebhooks, webhook_id: Name, paged: Paged
) -> Page[WebhookDelivery]:
    return paged.page(service.list_deliveries(context, caller, webhook_id, paged.page_request))
