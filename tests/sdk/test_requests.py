"""What goes over the wire: method, path, query, headers and body of every method."""

import json
import re
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from imd_sdk import _calls, endpoints, errors, models

pytestmark = [pytest.mark.anyio, pytest.mark.client_variants("sync and async on httpx")]

ADDRESS = "https://campaign.example"
SIGN = {"name": "Sample Person", "email": "person@example.org", "country": "ES"}
PLACE = {"locality": "Nairobi", "country": "KE", "latitude": -1.3, "longitude": 36.8}
HOST = {"name": "Sample Group", "email": "group@example.org"}
ADDRESSEE = {"lines": ["A street 1"], "locality": "Madrid", "country": "ES"}
EVENT = {"title": "A potluck", "description": "Bring food", "kind": "potluck", "lang": "en"}


class Case(NamedTuple):
    """One call, and what has to be seen of it on the wire."""

    method: str
    given: tuple[str, ...]
    options: dict[str, Any]
    path: str
    sent: Any
    """The query, or the body."""
    expected: str
    """The model of the response, or its media type."""


MANY_FILTERS = (
    "bbox=170.0,-20.5,-170.0,10.0&near=19.4,-99.0&radius_km=20&from=2026-12-18&to=2026-12-19"
    "&kind=vigil&kind=rally&language=es&country=MX&country=KE&online=false&q=pan+%26+circo"
    "&limit=100&cursor=a%2Bb"
)

GETS = [
    Case("campaign.get", (), {"lang": "es"}, "/v1/campaign", "lang=es", "Campaign"),
    Case("campaign.health", (), {}, "/healthz", "", "Health"),
    Case("petitions.get", ("convention",), {}, "/v1/petitions/convention", "", "Petition"),
    Case(
        "petitions.get",
        ("a/b?c",),
        {"lang": "ar"},
        "/v1/petitions/a%2Fb%3Fc",
        "lang=ar",
        "Petition",
    ),
    Case("petitions.count", ("convention",), {}, "/v1/petitions/convention/count", "", "Count"),
    Case("confirmations.get", ("t0k",), {}, "/v1/confirmations/t0k", "", "EventConfirmation"),
    Case("personal_data.get", ("t0k",), {}, "/v1/personal-data/t0k", "", "PersonalData"),
    Case("events.get", ("evt_1",), {}, "/v1/events/evt_1", "", "Event"),
    Case(
        "posters.get",
        ("many-paths",),
        {"lang": "fr"},
        "/v1/posters/many-paths",
        "lang=fr",
        "Poster",
    ),
    Case("posters.get_order", ("ord_1",), {}, "/v1/orders/ord_1", "", "Order"),
    Case("moderation.order", ("ord_1",), {}, "/v1/moderation/orders/ord_1", "", "ManagedOrder"),
    Case(
        "partners.numbers",
        ("sample-union",),
        {"lang": "es"},
        "/v1/partners/sample-union/numbers",
        "lang=es",
        "PartnerNumbers",
    ),
    Case("partners.page", ("t0k",), {}, "/v1/partner-pages/t0k", "", "PartnerNumbers"),
    Case("share_kit.get", (), {"lang": "en"}, "/v1/share-kit", "lang=en", "ShareKit"),
    Case(
        "resources.get",
        ("the-day",),
        {"lang": "es"},
        "/v1/resources/the-day",
        "lang=es",
        "Resource",
    ),
    Case("attendances.get", ("t0k",), {}, "/v1/attendances/t0k", "", "Attendance"),
    Case("hosted_events.get", ("t0k",), {}, "/v1/hosted-events/t0k", "", "HostedEvent"),
]

LISTS = [
    Case("petitions.list", (), {"lang": "es"}, "/v1/petitions", "lang=es", "Petition"),
    Case("petitions.places", ("c",), {}, "/v1/petitions/c/places", "", "PlaceCount"),
    Case("petitions.signers", ("c",), {"limit": 5}, "/v1/petitions/c/signers", "limit=5", "Signer"),
    Case("petitions.signatures", ("c",), {}, "/v1/petitions/c/signatures", "", "Signature"),
    Case(
        "events.list",
        (),
        {
            "bbox": (170, -20.5, -170, 10),
            "near": (19.4, -99),
            "radius_km": 20,
            "from_": date(2026, 12, 18),
            "to": datetime(2026, 12, 19, 23, tzinfo=UTC),
            "kind": ["vigil", models.EventKind.RALLY],
            "language": "es",
            "country": ("MX", "KE"),
            "online": False,
            "q": "pan & circo",
            "limit": 100,
            "cursor": "a+b",
        },
        "/v1/events",
        MANY_FILTERS,
        "Event",
    ),
    Case(
        "posters.list", (), {"lang": "en", "limit": 1}, "/v1/posters", "lang=en&limit=1", "Poster"
    ),
    Case("resources.list", (), {"cursor": "x"}, "/v1/resources", "cursor=x", "Resource"),
    Case(
        "moderation.events",
        (),
        {"state": "pending_review"},
        "/v1/moderation/events",
        "state=pending_review",
        "EventReview",
    ),
    Case(
        "moderation.event_changes", (), {}, "/v1/moderation/event-changes", "", "EventChangeReview"
    ),
    Case(
        "hosted_events.guests",
        ("t0k",),
        {},
        "/v1/hosted-events/t0k/guests",
        "",
        "AttendanceReview",
    ),
    Case(
        "moderation.attendances",
        (),
        {"event": "evt_2"},
        "/v1/moderation/attendances",
        "event=evt_2",
        "AttendanceReview",
    ),
    Case(
        "moderation.orders",
        (),
        {"state": "paid"},
        "/v1/moderation/orders",
        "state=paid",
        "ManagedOrder",
    ),
    Case("moderation.stock", (), {"limit": 5}, "/v1/moderation/stock", "limit=5", "Stock"),
]

POSTS = [
    Case(
        "petitions.sign",
        ("convention",),
        SIGN,
        "/v1/petitions/convention/signatures",
        SIGN,
        "SubmissionReceipt",
    ),
    Case(
        "petitions.sign",
        ("convention",),
        {**SIGN, "lang": "es", "source": "partner"},
        "/v1/petitions/convention/signatures",
        {**SIGN, "lang": "es", "source": "partner"},
        "SubmissionReceipt",
    ),
    Case(
        "confirmations.confirm",
        ("t0k",),
        {},
        "/v1/confirmations/t0k",
        {"public": False, "updates": False},
        "AttendanceConfirmation",
    ),
    Case(
        "confirmations.confirm",
        ("t0k",),
        {"public": True, "updates": True, "name": "Sample Person"},
        "/v1/confirmations/t0k",
        {"public": True, "updates": True, "name": "Sample Person"},
        "SignatureConfirmation",
    ),
    Case(
        "confirmations.reject", ("t0k",), {}, "/v1/confirmations/t0k/rejection", {}, "Confirmation"
    ),
    Case(
        "personal_data.request_link",
        (),
        {"email": "person@example.org", "lang": "es"},
        "/v1/personal-links",
        {"email": "person@example.org", "lang": "es"},
        "SubmissionReceipt",
    ),
    Case(
        "events.submit",
        (),
        {
            **EVENT,
            "starts_at": datetime(2026, 12, 18, 18),  # noqa: DTZ001 - the clock on the wall
            "time_zone": "Africa/Nairobi",
            "host": HOST,
            "place": {**PLACE, "private": True},
            "languages": ["en", "sw"],
            "capacity": 12,
        },
        "/v1/events",
        {
            **EVENT,
            "starts_at": "2026-12-18T18:00:00+03:00",
            "time_zone": "Africa/Nairobi",
            "host": HOST,
            "place": {**PLACE, "private": True},
            "online": False,
            "languages": ["en", "sw"],
            "capacity": 12,
        },
        "SubmissionReceipt",
    ),
    Case(
        "events.submit",
        (),
        {
            **EVENT,
            "starts_at": "2026-12-18T18:00:00+00:00",
            "ends_at": datetime(2026, 12, 18, 20, tzinfo=UTC),
            "time_zone": "Etc/UTC",
            "host": HOST,
            "online": True,
            "url": "https://meet.example.org/",
        },
        "/v1/events",
        {
            **EVENT,
            "starts_at": "2026-12-18T18:00:00+00:00",
            "ends_at": "2026-12-18T20:00:00+00:00",
            "time_zone": "Etc/UTC",
            "host": HOST,
            "online": True,
            "url": "https://meet.example.org/",
        },
        "SubmissionReceipt",
    ),
    Case(
        "events.attend",
        ("evt_1",),
        {"name": "Sample Person", "email": "person@example.org", "guests": 2},
        "/v1/events/evt_1/attendances",
        {"name": "Sample Person", "email": "person@example.org", "guests": 2},
        "SubmissionReceipt",
    ),
    Case(
        "posters.reserve",
        ("many-paths",),
        {"edition": "limited", "quantity": 2},
        "/v1/posters/many-paths/reservations",
        {"edition": "limited", "quantity": 2},
        "Reservation",
    ),
    Case(
        "posters.order",
        ("rsv_1",),
        {"name": "Sample Person", "email": "person@example.org", "address": ADDRESSEE},
        "/v1/orders",
        {
            "reservation": "rsv_1",
            "name": "Sample Person",
            "email": "person@example.org",
            "address": ADDRESSEE,
        },
        "SubmissionReceipt",
    ),
    Case(
        "confirmations.confirm",
        ("t0k",),
        {"edition": "open", "quantity": 1},
        "/v1/confirmations/t0k",
        {"public": False, "updates": False, "edition": "open", "quantity": 1},
        "OrderConfirmation",
    ),
    Case(
        "petitions.attest",
        ("convention",),
        {"name": "Sample Person", "country": "KE", "reference": "1.3", "updates": False},
        "/v1/petitions/convention/attested-signatures",
        {
            "name": "Sample Person",
            "country": "KE",
            "reference": "1.3",
            "public": False,
            "updates": False,
        },
        "AttestationReceipt",
    ),
    Case(
        "moderation.decide_order",
        ("ord_1",),
        {"decision": "paid", "reason": "A transfer"},
        "/v1/moderation/orders/ord_1/decisions",
        {"decision": "paid", "reason": "A transfer"},
        "ManagedOrder",
    ),
    Case(
        "moderation.decide_event",
        ("evt_2",),
        {"decision": "approve", "reason": "It is fine"},
        "/v1/moderation/events/evt_2/decisions",
        {"decision": "approve", "reason": "It is fine"},
        "EventReview",
    ),
    Case(
        "moderation.make_place_private",
        ("evt_2",),
        {"reason": "It is a home"},
        "/v1/moderation/events/evt_2/private-place",
        {"reason": "It is a home"},
        "EventReview",
    ),
    Case(
        "moderation.decide_event_change",
        ("chg_1",),
        {"decision": "approve", "reason": "It is fine"},
        "/v1/moderation/event-changes/chg_1/decisions",
        {"decision": "approve", "reason": "It is fine"},
        "EventReview",
    ),
    Case(
        "hosted_events.decide_guest",
        ("t0k", "att_1"),
        {"decision": "accept"},
        "/v1/hosted-events/t0k/guests/att_1/decisions",
        {"decision": "accept"},
        "AttendanceReview",
    ),
    Case(
        "hosted_events.cancel",
        ("t0k",),
        {"reason": "Rain"},
        "/v1/hosted-events/t0k/cancellation",
        {"reason": "Rain"},
        "HostedEvent",
    ),
    Case(
        "moderation.decide_attendance",
        ("att_1",),
        {"decision": "accept", "reason": "A friend"},
        "/v1/moderation/attendances/att_1/decisions",
        {"decision": "accept", "reason": "A friend"},
        "AttendanceReview",
    ),
    Case(
        "bounces.report",
        (),
        {"message_id": "<ltr_1@campaign.example>", "status": "5.1.1"},
        "/v1/bounces",
        {"message_id": "<ltr_1@campaign.example>", "status": "5.1.1"},
        "BounceReceipt",
    ),
]

FILES = [
    Case("events.ics", (), {"kind": "vigil"}, "/v1/events.ics", "kind=vigil", "text/calendar"),
    Case("events.event_ics", ("evt_1",), {}, "/v1/events/evt_1.ics", "", "text/calendar"),
    Case("events.geojson", (), {"q": "x"}, "/v1/events.geojson", "q=x", "application/geo+json"),
    Case("events.csv", (), {"limit": 5}, "/v1/events.csv", "limit=5", "text/csv"),
    Case("events.atom", (), {"q": "x"}, "/v1/events.atom", "q=x", "application/atom+xml"),
    Case(
        "events.clusters",
        (),
        {"bbox": (-10, 0, 10, 20), "zoom": 3, "online": False},
        "/v1/events/clusters",
        "online=false&bbox=-10.0,0.0,10.0,20.0&zoom=3",
        "application/json",
    ),
    Case(
        "posters.download",
        ("p", "a b.svg"),
        {"to": BytesIO()},
        "/v1/posters/p/files/a%20b.svg",
        "",
        "*/*",
    ),
]


@pytest.fixture
def wire():
    with respx.mock(base_url=ADDRESS, assert_all_called=False) as router:
        yield router


async def send_request(client_variant, wire, case, response, **options):
    """Make a call over the SDK's own httpx client, and give the request and the result."""
    wire.route().mock(return_value=response)
    campaign = client_variant.client_class(ADDRESS, **options)
    room, _, method = case.method.partition(".")
    result = getattr(getattr(campaign, room), method)(*case.given, **case.options)
    result = await client_variant.result_of(result)
    await client_variant.close(campaign)
    (call,) = wire.calls
    return call.request, result


def target(request):
    path, _, query = request.url.raw_path.decode().partition("?")
    return path, sorted(parse_qsl(query))


def rows(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.method for case in cases])


@rows(GETS)
async def test_reads_send_their_request_and_parse_the_response(
    client_variant, wire, sample_responses, case
):
    response = httpx.Response(200, json=sample_responses[case.expected])
    request, result = await send_request(client_variant, wire, case, response)
    assert request.method == "GET"
    assert target(request) == (case.path, sorted(parse_qsl(case.sent)))
    assert request.content == b""
    assert request.headers["accept"] == "application/json"
    assert not {"idempotency-key", "authorization", "content-type"} & set(request.headers)
    assert result == getattr(models, case.expected).model_validate(sample_responses[case.expected])


@rows(LISTS)
async def test_lists_send_their_request_and_parse_the_response(
    client_variant, wire, sample_responses, case
):
    response = httpx.Response(200, json={"items": [sample_responses[case.expected]], "next": None})
    request, result = await send_request(client_variant, wire, case, response)
    assert request.method == "GET"
    assert target(request) == (case.path, sorted(parse_qsl(case.sent)))
    assert result == [
        getattr(models, case.expected).model_validate(sample_responses[case.expected])
    ]


@rows(POSTS)
async def test_writes_send_their_body_and_parse_the_response(
    client_variant, wire, sample_responses, case
):
    response = httpx.Response(201, json=sample_responses[case.expected])
    request, result = await send_request(client_variant, wire, case, response)
    assert request.method == "POST"
    assert target(request) == (case.path, [])
    assert json.loads(request.content) == case.sent
    assert request.headers["content-type"] == "application/json"
    assert re.fullmatch("[0-9a-f]{32}", request.headers["idempotency-key"])
    assert result == getattr(models, case.expected).model_validate(sample_responses[case.expected])


BODIES = {
    "text/calendar": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "text/csv": b"id,title\r\n",
    "application/atom+xml": b"<feed>\n</feed>\n",
}


@rows(FILES)
async def test_files_are_requested_by_media_type(client_variant, wire, case):
    body = BODIES.get(case.expected, b'{"items": []}')
    response = httpx.Response(200, content=body, headers={"content-type": case.expected})
    request, _ = await send_request(client_variant, wire, case, response)
    assert request.method == "GET"
    assert target(request) == (case.path, sorted(parse_qsl(case.sent)))
    assert request.headers["accept"] == case.expected


async def test_a_code_is_exchanged_for_its_token(client_variant, wire):
    case = Case(
        "confirmations.find",
        (),
        {"email": "person@example.org", "code": "ABCD-EFGH"},
        "/v1/confirmation-codes",
        {"email": "person@example.org", "code": "ABCD-EFGH"},
        "",
    )
    response = httpx.Response(200, json={"token": "t0k"})
    request, result = await send_request(client_variant, wire, case, response)
    assert (request.method, target(request)) == ("POST", (case.path, []))
    assert json.loads(request.content) == case.sent
    assert result == "t0k"


async def test_undoing_a_rejection_deletes_it(client_variant, wire):
    case = Case(
        "confirmations.undo_rejection", ("t0k",), {}, "/v1/confirmations/t0k/rejection", b"", ""
    )
    request, result = await send_request(client_variant, wire, case, httpx.Response(204))
    assert (request.method, target(request)) == ("DELETE", (case.path, []))
    assert (request.content, result) == (case.sent, None)


async def test_unsubscribing_returns_nothing(client_variant, wire):
    path = "/v1/confirmations/t0k/unsubscription"
    case = Case("confirmations.unsubscribe", ("t0k",), {}, path, b"{}", "")
    request, result = await send_request(client_variant, wire, case, httpx.Response(204))
    assert (request.method, target(request)) == ("POST", (case.path, []))
    assert (request.content, result) == (case.sent, None)


@pytest.mark.parametrize("challenge", [None, {"parameters": {"cost": 2}, "signature": "s"}])
async def test_a_challenge_is_returned_if_one_is_needed(client_variant, wire, challenge):
    case = Case("campaign.challenge", (), {}, "/v1/challenges", b"", "")
    response = httpx.Response(200, json={"challenge": challenge})
    request, result = await send_request(client_variant, wire, case, response)
    assert (request.method, target(request)) == ("GET", (case.path, []))
    assert (result and result.model_dump()) == challenge


DATA_CHANGES = [
    ("withdraw_signature", ("sig_1",), "DELETE", "/signatures/sig_1"),
    ("hide_name", ("sig_1",), "DELETE", "/signatures/sig_1/public"),
    ("stop_updates", ("sig_1",), "DELETE", "/signatures/sig_1/updates"),
    ("cancel_attendance", ("att_1",), "DELETE", "/attendances/att_1"),
    ("cancel_event", ("evt_1",), "DELETE", "/events/evt_1"),
    ("cancel_order", ("ord_1",), "DELETE", "/orders/ord_1"),
    ("delete_host_address", ("evt_1",), "DELETE", "/events/evt_1/address"),
    ("block", (), "POST", "/block"),
    ("unblock", (), "DELETE", "/block"),
    ("erase", (), "POST", "/erasure"),
]


@pytest.mark.parametrize(("name", "given", "method", "path"), DATA_CHANGES, ids=str)
async def test_a_change_of_personal_data_returns_nothing(
    client_variant, wire, name, given, method, path
):
    address = f"/v1/personal-data/t0k{path}"
    case = Case(f"personal_data.{name}", ("t0k", *given), {}, address, b"", "")
    request, result = await send_request(client_variant, wire, case, httpx.Response(204))
    assert (request.method, target(request), result) == (method, (case.path, []), None)


async def test_erasing_says_whether_to_block(client_variant, wire):
    case = Case("personal_data.erase", ("t0k",), {"block": True}, "", b"", "")
    request, _ = await send_request(
        client_variant,
        wire,
        case._replace(path="/v1/personal-data/t0k/erasure"),
        httpx.Response(204),
    )
    assert json.loads(request.content) == {"block": True}


async def test_a_page_in_place_of_an_empty_response_is_an_error(client_variant):
    page = "<!doctype html><title>Log in</title>"
    campaign = client_variant.client_for(lambda _: client_variant.library.Response(200, html=page))
    with pytest.raises(errors.UnexpectedResponse, match="expected an empty body"):
        await client_variant.result_of(campaign.confirmations.undo_rejection("t0k"))


PLAN = {"title": "T", "description": "D", "time_zone": "Africa/Nairobi"}
CHANGES = {
    "attendances.leave": ("DELETE", ("t0k",), {}, "/v1/attendances/t0k", None),
    "attendances.change": (
        "PATCH",
        ("t0k",),
        {"guests": 2},
        "/v1/attendances/t0k",
        {"guests": 2},
    ),
    "hosted_events.set_capacity": (
        "PATCH",
        ("t0k", None),
        {},
        "/v1/hosted-events/t0k",
        {"capacity": None},
    ),
    "hosted_events.propose_change": (
        "PUT",
        ("t0k",),
        {**PLAN, "starts_at": "2026-12-18T18:00:00+03:00"},
        "/v1/hosted-events/t0k/change",
        {
            **PLAN,
            "starts_at": "2026-12-18T18:00:00+03:00",
            "ends_at": None,
            "url": None,
            "place": None,
        },
    ),
    "hosted_events.withdraw_change": (
        "DELETE",
        ("t0k",),
        {},
        "/v1/hosted-events/t0k/change",
        None,
    ),
    "hosted_events.withdraw": ("DELETE", ("t0k",), {}, "/v1/hosted-events/t0k", None),
}
RESULTS = {"attendances.change": "Attendance"}


@pytest.mark.parametrize("name", CHANGES)
async def test_change_is_sent_whole(client_variant, wire, sample_responses, name):
    """None is a value in a change: it removes an end or a limit."""
    verb, given, options, path, body = CHANGES[name]
    response = (
        httpx.Response(204)
        if verb == "DELETE"
        else httpx.Response(200, json=sample_responses[RESULTS.get(name, "HostedEvent")])
    )
    case = Case(name, given, options, path, b"", "")
    request, result = await send_request(client_variant, wire, case, response)
    assert (request.method, target(request)) == (verb, (path, []))
    assert (json.loads(request.content) if request.content else None) == body
    assert (result is None) == (verb == "DELETE")


CAMPAIGN, SIGNATURE = GETS[0], POSTS[0]


async def test_a_key_goes_into_the_authorization_header(client_variant, wire, sample_responses):
    response = httpx.Response(200, json=sample_responses["Campaign"])
    request, _ = await send_request(client_variant, wire, CAMPAIGN, response, api_key="imd_sample")
    assert request.headers["authorization"] == "Bearer imd_sample"
    assert request.headers["user-agent"].startswith("imd-sdk/")


async def test_an_idempotency_key_is_sent_unchanged(client_variant, wire, sample_responses):
    response = httpx.Response(202, json=sample_responses["SubmissionReceipt"])
    case = SIGNATURE._replace(options={**SIGN, "idempotency_key": "row-17-of-the-sample-keys"})
    request, _ = await send_request(client_variant, wire, case, response)
    assert request.headers["idempotency-key"] == "row-17-of-the-sample-keys"


async def test_personal_data_is_not_in_the_url(client_variant, wire, sample_responses):
    response = httpx.Response(202, json=sample_responses["SubmissionReceipt"])
    request, _ = await send_request(client_variant, wire, SIGNATURE, response)
    assert request.url.raw_path == b"/v1/petitions/convention/signatures"


def test_the_tables_have_every_method():
    rooms = {
        "campaign": endpoints.CampaignCalls,
        "petitions": endpoints.PetitionCalls,
        "confirmations": endpoints.ConfirmationCalls,
        "personal_data": endpoints.PersonalDataCalls,
        "events": endpoints.EventCalls,
        "posters": endpoints.PosterCalls,
        "attendances": endpoints.AttendanceCalls,
        "hosted_events": endpoints.HostedEventCalls,
        "share_kit": endpoints.ShareKitCalls,
        "resources": endpoints.ResourceCalls,
        "moderation": endpoints.ModerationCalls,
        "partners": endpoints.PartnerCalls,
        "bounces": endpoints.BounceCalls,
    }
    methods = {f"{room}.{name}" for room, kind in rooms.items() for name in public(kind)}
    alone = {
        "campaign.challenge",
        "confirmations.find",
        "confirmations.undo_rejection",
        "confirmations.unsubscribe",
        *CHANGES,
    }
    alone |= {f"personal_data.{name}" for name, *_ in DATA_CHANGES}
    assert methods == {case.method for case in GETS + LISTS + POSTS + FILES} | alone


def public(kind):
    return {name for name in vars(kind) if not name.startswith("_")}


def test_every_endpoint_of_the_api_has_a_call():
    """The API's page names each address once in the form `GET /v1/…`."""
    page = Path(__file__).parents[2].joinpath("docs", "http-api.md").read_text("utf-8")
    promised = re.findall(
        r"`(GET|POST|DELETE) (/v1/[^`?]*|/healthz)(?:\?[^`]*)?`|`(/v1/events\.geojson)`", page
    )
    addresses = {(method or "GET", first or second) for method, first, second in promised}
    for_others = {
        *(("GET", path) for path in ("/v1/openapi.json", "/v1/docs", "/v1/problems/{name}")),
        ("POST", "/v1/orders/{id}/payments"),  # for the checkout of an organisation, without a key
    }
    source = Path(_calls.__file__).read_text("utf-8")
    known = set(re.findall(r'"(/(?:v1|healthz)[^"]*)"', source))
    assert addresses - for_others
    assert {path for _, path in addresses - for_others} - known == set()
