from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from imd_campaign.errors import AlreadyDecided, EventClosed, Forbidden, NotFound, SoldOut
from imd_campaign.events import (
    attendance,
    attendance_moderation,
    moderation,
    service,
    submission,
)
from imd_campaign.events.filter_parameters import EventFilters, MapFilters, Zoom
from imd_campaign.events.schemas import (
    Attendance,
    AttendanceDecision,
    AttendanceForm,
    Cluster,
    Event,
    EventDecision,
    EventForm,
    State,
    SubmittedEvent,
)
from imd_campaign.submissions.schemas import SubmissionReceipt
from imd_campaign.web.authentication import ModeratesEvents
from imd_campaign.web.dependencies import CurrentContext
from imd_campaign.web.etags import allow_caching, set_public_cache
from imd_campaign.web.idempotency import ACCEPTS_SUBMISSIONS, SubmissionOrigin, mark_replayed
from imd_campaign.web.pagination import Page, Paged
from imd_campaign.web.parameters import Name
from imd_campaign.web.problems import problems

router = APIRouter(prefix="/v1", tags=["Events"])
moderation_router = APIRouter(prefix="/v1/moderation", tags=["Moderation"])

MINUTE = 60
R = TypeVar("R", bound=Response)

CALENDAR = "text/calendar"
GEOJSON = "application/geo+json"


class CalendarResponse(Response):
    media_type = f"{CALENDAR}; charset=utf-8"


class GeoJsonResponse(JSONResponse):
    media_type = GEOJSON


@router.get("/events", summary="Public events", dependencies=[allow_caching(MINUTE)])
def events(context: CurrentContext, filters: EventFilters, paged: Paged) -> Page[Event]:
    return paged.page(service.list_events(context, filters, paged.page_request))


@router.get(
    "/events/clusters", summary="Events counted by map cell", dependencies=[allow_caching(MINUTE)]
)
def clusters(context: CurrentContext, filters: MapFilters, zoom: Zoom = 0) -> Page[Cluster]:
    return Page(items=service.list_clusters(context, filters, zoom), next=None)


@router.get("/events.ics", summary="Events as a calendar", response_class=CalendarResponse)
def calendar(context: CurrentContext, filters: EventFilters) -> CalendarResponse:
    return _allow_caching(CalendarResponse(service.make_calendar(context, filters)))


@router.get("/events.geojson", summary="Events as GeoJSON", response_class=GeoJsonResponse)
def geojson(context: CurrentContext, filters: EventFilters) -> GeoJsonResponse:
    return _allow_caching(GeoJsonResponse(service.make_feature_collection(context, filters)))


@router.get(
    "/events/{event_id}.ics",
    summary="An event as a calendar entry",
    response_class=CalendarResponse,
    responses=problems(NotFound),
)
def calendar_entry(context: CurrentContext, event_id: Name) -> CalendarResponse:
    return _allow_caching(CalendarResponse(service.make_event_calendar(context, event_id)))


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


def _allow_caching(response: R) -> R:
    set_public_cache(response, MINUTE)
    return response
