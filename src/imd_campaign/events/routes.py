from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, TypeVar

from fastapi import Query, Request
from pydantic_core import to_json
from starlette.responses import Response, StreamingResponse

from imd_campaign.context import Context
from imd_campaign.errors import AlreadyDecided, EventClosed, Forbidden, NotFound, SoldOut
from imd_campaign.events import (
    attendance,
    attendance_moderation,
    event_changes,
    hosting,
    moderation,
    own_attendance,
    private_places,
    service,
    submission,
)
from imd_campaign.events.feeds import service as feeds
from imd_campaign.events.filter_parameters import (
    DEFAULT_ATOM_LIMIT,
    AtomLimit,
    EventFilters,
    FeedLimit,
    MapFilters,
    Zoom,
)
from imd_campaign.events.schemas import (
    Attendance,
    AttendanceChange,
    AttendanceDecision,
    AttendanceForm,
    CancellationForm,
    CapacityForm,
    Cluster,
    Event,
    EventChange,
    EventChangeDecision,
    EventChangeForm,
    EventDecision,
    EventForm,
    GuestDecision,
    HostedEvent,
    OwnAttendance,
    PrivatePlaceForm,
    State,
    SubmittedEvent,
)
from imd_campaign.submissions.schemas import SubmissionReceipt
from imd_campaign.web.authentication import ModeratesEvents
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.etags import allow_caching, set_public_cache
from imd_campaign.web.feed_responses import stream_feed
from imd_campaign.web.idempotency import ACCEPTS_SUBMISSIONS, SubmissionOrigin, mark_replayed
from imd_campaign.web.pagination import Page, Paged
from imd_campaign.web.parameters import Name
from imd_campaign.web.problems import problems
from imd_campaign.web.routing import Router

router = Router(prefix="/v1", tags=["Events"])
moderation_router = Router(prefix="/v1/moderation", tags=["Moderation"])

MINUTE = 60
NO_CONTENT = 204

R = TypeVar("R", bound=StreamingResponse)


class CalendarResponse(StreamingResponse):
    media_type = "text/calendar; charset=utf-8"


class GeoJsonResponse(StreamingResponse):
    media_type = "application/geo+json"


class AtomResponse(StreamingResponse):
    media_type = "application/atom+xml; charset=utf-8"


class CsvResponse(StreamingResponse):
    media_type = "text/csv; charset=utf-8; header=present"


@router.get("/events", summary="Public events", dependencies=[allow_caching(MINUTE)])
def events(context: CurrentContext, filters: EventFilters, paged: Paged) -> Page[Event]:
    return paged.page(service.list_events(context, filters, paged.page_request))


@router.get("/events/clusters", summary="Events counted by map cell", response_model=Page[Cluster])
def clusters(context: CurrentContext, filters: MapFilters, zoom: Zoom = 0) -> Response:
    found = {"items": service.list_clusters(context, filters, zoom), "next": None}
    response = Response(to_json(found), media_type="application/json")
    set_public_cache(response, MINUTE)
    return response


@router.get("/events.ics", summary="Events as a calendar", response_class=CalendarResponse)
async def calendar(
    context: CurrentContext, filters: EventFilters, limit: FeedLimit = None
) -> CalendarResponse:
    write = partial(feeds.write_calendar, context, filters, limit)
    return await _stream(CalendarResponse, context, write)


@router.get("/events.geojson", summary="Events as GeoJSON", response_class=GeoJsonResponse)
async def geojson(
    context: CurrentContext, filters: EventFilters, limit: FeedLimit = None
) -> GeoJsonResponse:
    write = partial(feeds.write_feature_collection, context, filters, limit)
    return await _stream(GeoJsonResponse, context, write)


@router.get("/events.csv", summary="Events as a table", response_class=CsvResponse)
async def table(
    context: CurrentContext, filters: EventFilters, limit: FeedLimit = None
) -> CsvResponse:
    return await _stream(CsvResponse, context, partial(feeds.write_table, context, filters, limit))


@router.get("/events.atom", summary="The latest events as a news feed", response_class=AtomResponse)
async def atom(
    request: Request,
    context: CurrentContext,
    filters: EventFilters,
    limit: AtomLimit = DEFAULT_ATOM_LIMIT,
) -> AtomResponse:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    write = partial(feeds.write_atom, context, filters, limit, path)
    return await _stream(AtomResponse, context, write)


@router.get(
    "/events/{event_id}.ics",
    summary="An event as a calendar entry",
    response_class=CalendarResponse,
    responses=problems(NotFound),
)
async def calendar_entry(context: CurrentContext, event_id: Name) -> CalendarResponse:
    write = partial(feeds.write_event_calendar, context, event_id)
    return await _stream(CalendarResponse, context, write)


@router.get(
    "/events/{event_id}",
    summary="An event",
    responses=problems(NotFound),
    dependencies=[allow_caching(MINUTE)],
)
def event(context: CurrentContext, event_id: Name) -> Event:
    return service.get(context, event_id)


@router.post(
    "/events",
    summary="Submit an event",
    status_code=202,
    openapi_extra=ACCEPTS_SUBMISSIONS,
)
async def submit(
    context: CurrentContext, origin: SubmissionOrigin, event: EventForm, response: Response
) -> SubmissionReceipt:
    mark_replayed(response, is_new=await submission.submit(context, event, origin))
    return submission.RECEIPT


@router.post(
    "/events/{event_id}/attendances",
    summary="Sign up for an event",
    status_code=202,
    responses=problems(NotFound, EventClosed),
    openapi_extra=ACCEPTS_SUBMISSIONS,
)
async def attend(
    context: CurrentContext,
    origin: SubmissionOrigin,
    event_id: Name,
    form: AttendanceForm,
    response: Response,
) -> SubmissionReceipt:
    is_new = await attendance.attend(context, event_id, form, origin)
    mark_replayed(response, is_new=is_new)
    return attendance.RECEIPT


@router.get("/attendances/{token}", summary="A guest's own sign-up", responses=problems(NotFound))
def own_sign_up(context: CurrentContext, token: Name) -> OwnAttendance:
    return own_attendance.get(context, token)


@router.patch(
    "/attendances/{token}",
    summary="Bring fewer or more guests",
    responses=problems(NotFound, EventClosed, AlreadyDecided, SoldOut),
)
def change_sign_up(context: CurrentContext, token: Name, form: AttendanceChange) -> OwnAttendance:
    return own_attendance.change(context, token, form)


@router.delete(
    "/attendances/{token}",
    summary="Leave an event",
    status_code=NO_CONTENT,
    responses=problems(NotFound, AlreadyDecided),
)
def leave(context: CurrentContext, token: Name) -> Response:
    own_attendance.leave(context, token)
    return Response(status_code=NO_CONTENT)


@router.get("/hosted-events/{token}", summary="A host's own event", responses=problems(NotFound))
def hosted_event(context: CurrentContext, token: Name) -> HostedEvent:
    return hosting.get(context, token)


@router.patch(
    "/hosted-events/{token}",
    summary="Change how many people can come",
    responses=problems(NotFound, EventClosed),
)
def set_capacity(context: CurrentContext, token: Name, form: CapacityForm) -> HostedEvent:
    return hosting.set_capacity(context, token, form)


@router.delete(
    "/hosted-events/{token}",
    summary="Withdraw an event that is waiting for review",
    status_code=NO_CONTENT,
    responses=problems(NotFound, AlreadyDecided),
)
def withdraw_event(context: CurrentContext, token: Name) -> Response:
    hosting.withdraw(context, token)
    return Response(status_code=NO_CONTENT)


@router.put(
    "/hosted-events/{token}/change",
    summary="Propose a change of a published event",
    responses=problems(NotFound, EventClosed),
)
def propose_change(context: CurrentContext, token: Name, form: EventChangeForm) -> HostedEvent:
    return hosting.propose_change(context, token, form)


@router.delete(
    "/hosted-events/{token}/change",
    summary="Withdraw a proposed change",
    status_code=NO_CONTENT,
    responses=problems(NotFound),
)
def withdraw_change(context: CurrentContext, token: Name) -> Response:
    hosting.withdraw_change(context, token)
    return Response(status_code=NO_CONTENT)


@router.post(
    "/hosted-events/{token}/cancellation",
    summary="Cancel a published event, and e-mail its guests",
    responses=problems(NotFound, EventClosed),
)
def cancel_event(context: CurrentContext, token: Name, form: CancellationForm) -> HostedEvent:
    return hosting.cancel(context, token, form)


@router.get(
    "/hosted-events/{token}/guests",
    summary="The guests of a private home",
    responses=problems(NotFound),
)
def hosted_guests(context: CurrentContext, token: Name, paged: Paged) -> Page[Attendance]:
    return paged.page(hosting.list_guests(context, token, paged.page_request))


@router.post(
    "/hosted-events/{token}/guests/{attendance_id}/decisions",
    summary="Accept or decline a guest of a private home",
    responses=problems(NotFound, EventClosed, AlreadyDecided, SoldOut),
)
def decide_guest(
    context: CurrentContext, token: Name, attendance_id: Name, decision: GuestDecision
) -> Attendance:
    return hosting.decide_guest(context, token, attendance_id, decision)


@moderation_router.get("/events", summary="Submitted events", responses=problems(Forbidden))
def submitted(
    context: CurrentContext,
    _: ModeratesEvents,
    paged: Paged,
    state: Annotated[State, Query(description="The state of the events")] = "pending_review",
) -> Page[SubmittedEvent]:
    return paged.page(moderation.list_submitted_events(context, state, paged.page_request))


@moderation_router.post(
    "/events/{event_id}/decisions",
    summary="Approve, reject or cancel an event",
    responses=problems(Forbidden, NotFound, AlreadyDecided),
)
def decide_event(
    context: CurrentContext, caller: ModeratesEvents, event_id: Name, decision: EventDecision
) -> SubmittedEvent:
    return moderation.decide_event(context, caller, event_id, decision)


@moderation_router.post(
    "/events/{event_id}/private-place",
    summary="Make the place of an event private",
    responses=problems(Forbidden, NotFound, AlreadyDecided),
)
def make_place_private(
    context: CurrentContext, caller: ModeratesEvents, event_id: Name, form: PrivatePlaceForm
) -> SubmittedEvent:
    return private_places.make_private(context, caller, event_id, form)


@moderation_router.get(
    "/event-changes", summary="Changes that hosts propose", responses=problems(Forbidden)
)
def proposed_changes(
    context: CurrentContext, _: ModeratesEvents, paged: Paged
) -> Page[EventChange]:
    return paged.page(event_changes.list_changes(context, paged.page_request))


@moderation_router.post(
    "/event-changes/{change_id}/decisions",
    summary="Approve or reject a proposed change",
    responses=problems(Forbidden, NotFound, AlreadyDecided),
)
def decide_event_change(
    context: CurrentContext, caller: ModeratesEvents, change_id: Name, decision: EventChangeDecision
) -> SubmittedEvent:
    return event_changes.decide(context, caller, change_id, decision)


@moderation_router.get("/attendances", summary="Sign-ups for events", responses=problems(Forbidden))
def attendances(
    context: CurrentContext,
    _: ModeratesEvents,
    paged: Paged,
    event: Annotated[
        str | None, Query(pattern="^[A-Za-z0-9._-]{1,100}$", description="Only for this event")
    ] = None,
) -> Page[Attendance]:
    return paged.page(attendance_moderation.list_attendances(context, event, paged.page_request))


@moderation_router.post(
    "/attendances/{attendance_id}/decisions",
    summary="Accept or decline a guest",
    responses=problems(Forbidden, NotFound, EventClosed, AlreadyDecided, SoldOut),
)
def decide_attendance(
    context: CurrentContext,
    caller: ModeratesEvents,
    attendance_id: Name,
    decision: AttendanceDecision,
) -> Attendance:
    return attendance_moderation.decide_attendance(context, caller, attendance_id, decision)


async def _stream(kind: type[R], context: Context, write: Callable[[], Iterator[bytes]]) -> R:
    return await stream_feed(kind, context.feed_limiter, write, max_age=MINUTE)
