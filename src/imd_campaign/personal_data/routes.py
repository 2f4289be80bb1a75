from typing import Annotated

from fastapi import Body, Response

from imd_campaign.errors import AlreadyDecided, EventClosed, NotFound, PersonalLinkExpired
from imd_campaign.field_types import EmptyForm
from imd_campaign.personal_data import links, service
from imd_campaign.personal_data.schemas import ErasureForm, PersonalData, PersonalLinkForm
from imd_campaign.submissions.schemas import SubmissionReceipt
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.idempotency import ACCEPTS_SUBMISSIONS, SubmissionOrigin, mark_replayed
from imd_campaign.web.parameters import Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

NO_CONTENT = 204

router = Router(prefix="/v1", tags=["Personal data"])


@router.post(
    "/personal-links",
    summary="Ask for the link to what is kept about a mailbox",
    status_code=202,
    openapi_extra=ACCEPTS_SUBMISSIONS,
)
async def request_personal_link(
    context: CurrentContext, origin: SubmissionOrigin, form: PersonalLinkForm, response: Response
) -> SubmissionReceipt:
    mark_replayed(response, is_new=await links.request_link(context, form, origin))
    return links.RECEIPT


@router.get(
    "/personal-data/{token}",
    summary="What is kept about a mailbox",
    responses=problems(NotFound, PersonalLinkExpired),
)
def personal_data(context: CurrentContext, token: Name) -> PersonalData:
    return service.get(context, token)


@router.delete(
    "/personal-data/{token}/signatures/{signature}",
    summary="Withdraw a signature",
    status_code=NO_CONTENT,
    responses=problems(NotFound, PersonalLinkExpired),
)
def withdraw_signature(context: CurrentContext, token: Name, signature: Name) -> Response:
    service.withdraw_signature(context, token, signature)
    return Response(status_code=NO_CONTENT)


@router.delete(
    "/personal-data/{token}/signatures/{signature}/public",
    summary="Stop showing the name of a signature",
    status_code=NO_CONTENT,
    responses=problems(NotFound, PersonalLinkExpired),
)
def hide_name(context: CurrentContext, token: Name, signature: Name) -> Response:
    service.hide_name(context, token, signature)
    return Response(status_code=NO_CONTENT)


@router.delete(
    "/personal-data/{token}/signatures/{signature}/updates",
    summary="Stop news about the campaign",
    status_code=NO_CONTENT,
    responses=problems(NotFound, PersonalLinkExpired),
)
def stop_updates(context: CurrentContext, token: Name, signature: Name) -> Response:
    service.stop_updates(context, token, signature)
    return Response(status_code=NO_CONTENT)


@router.delete(
    "/personal-data/{token}/attendances/{attendance}",
    summary="Cancel an attendance",
    status_code=NO_CONTENT,
    responses=problems(NotFound, PersonalLinkExpired),
)
def cancel_attendance(context: CurrentContext, token: Name, attendance: Name) -> Response:
    service.cancel_attendance(context, token, attendance)
    return Response(status_code=NO_CONTENT)


@router.delete(
    "/personal-data/{token}/events/{event}",
    summary="Cancel an event as its host",
    status_code=NO_CONTENT,
    responses=problems(NotFound, EventClosed, PersonalLinkExpired),
)
def cancel_event(context: CurrentContext, token: Name, event: Name) -> Response:
    service.cancel_event(context, token, event)
    return Response(status_code=NO_CONTENT)


@router.delete(
    "/personal-data/{token}/events/{event}/address",
    summary="Delete the e-mail address of a host",
    status_code=NO_CONTENT,
    responses=problems(NotFound, PersonalLinkExpired),
)
def delete_host_address(context: CurrentContext, token: Name, event: Name) -> Response:
    service.delete_host_address(context, token, event)
    return Response(status_code=NO_CONTENT)


@router.delete(
    "/personal-data/{token}/orders/{order}",
    summary="Cancel an order that is not paid",
    status_code=NO_CONTENT,
    responses=problems(AlreadyDecided, NotFound, PersonalLinkExpired),
)
def cancel_order(context: CurrentContext, token: Name, order: Name) -> Response:
    service.cancel_order(context, token, order)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/personal-data/{token}/block",
    summary="Stop all e-mail to the mailbox",
    status_code=NO_CONTENT,
    responses=problems(NotFound, PersonalLinkExpired),
)
def block_mailbox(
    context: CurrentContext, token: Name, _: Annotated[EmptyForm | None, Body()] = None
) -> Response:
    service.block(context, token)
    return Response(status_code=NO_CONTENT)


@router.delete(
    "/personal-data/{token}/block",
    summary="Allow e-mail to the mailbox again",
    status_code=NO_CONTENT,
    responses=problems(NotFound),
)
def unblock_mailbox(context: CurrentContext, token: Name) -> Response:
    service.unblock(context, token)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/personal-data/{token}/erasure",
    summary="Delete everything that is kept about a mailbox",
    status_code=NO_CONTENT,
    responses=problems(NotFound, PersonalLinkExpired),
)
def erase(
    context: CurrentContext, token: Name, form: Annotated[ErasureForm | None, Body()] = None
) -> Response:
    service.erase(context, token, is_blocked=bool(form and form.block))
    return Response(status_code=NO_CONTENT)
