from typing import Annotated

from fastapi import Body, Response

from imd_campaign.confirmations import service
from imd_campaign.confirmations.schemas import (
    AnyConfirmation,
    CodeForm,
    ConfirmationForm,
    FoundConfirmation,
)
from imd_campaign.errors import (
    AlreadyDecided,
    ConfirmationExpired,
    EventClosed,
    NotFound,
    OrderLimitReached,
    RateLimited,
    SoldOut,
)
from imd_campaign.field_types import EmptyForm
from imd_campaign.submissions.kinds import Consent
from imd_campaign.submissions.schemas import Confirmation
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.parameters import Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

NO_CONTENT = 204

router = Router(prefix="/v1", tags=["Confirmations"])


@router.get(
    "/confirmations/{token}",
    summary="What a confirmation link confirms",
    response_model=AnyConfirmation,
    responses=problems(NotFound, ConfirmationExpired),
)
def confirmation(context: CurrentContext, token: Name) -> Confirmation:
    return service.get(context, token)


@router.post(
    "/confirmations/{token}",
    summary="Confirm, and say what is public or what to order instead",
    response_model=AnyConfirmation,
    responses=problems(NotFound, EventClosed, SoldOut, OrderLimitReached, ConfirmationExpired),
)
def confirm(
    context: CurrentContext, token: Name, form: Annotated[ConfirmationForm | None, Body()] = None
) -> Confirmation:
    return service.confirm(context, token, Consent(**form.model_dump()) if form else Consent())


@router.post(
    "/confirmations/{token}/rejection",
    summary="Say that this was somebody else",
    response_model=AnyConfirmation,
    responses=problems(NotFound, ConfirmationExpired, AlreadyDecided),
)
def reject(
    context: CurrentContext, token: Name, _: Annotated[EmptyForm | None, Body()] = None
) -> Confirmation:
    return service.reject(context, token)


@router.delete(
    "/confirmations/{token}/rejection",
    summary="Allow e-mails again",
    status_code=NO_CONTENT,
    responses=problems(NotFound),
)
def undo_rejection(context: CurrentContext, token: Name) -> Response:
    service.undo_rejection(context, token)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/confirmations/{token}/unsubscription",
    summary="Unsubscribe from reminders and news",
    status_code=NO_CONTENT,
    responses=problems(NotFound),
)
def unsubscribe(
    context: CurrentContext, token: Name, _: Annotated[EmptyForm | None, Body()] = None
) -> Response:
    service.unsubscribe(context, token)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/confirmation-codes",
    summary="Find a confirmation by its code",
    responses=problems(NotFound, RateLimited),
)
def find_confirmation(context: CurrentContext, form: CodeForm) -> FoundConfirmation:
    return FoundConfirmation(token=service.find_token(context, form))
