import copy
import pickle
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imd_sdk import errors
from imd_sdk._problems import parse_retry_after, to_error
from imd_sdk._response import RawResponse

NOW = datetime(2026, 12, 18, 12, tzinfo=UTC)
HOME = {
    "invalid-parameter": errors.InvalidRequest,
    "malformed-body": errors.InvalidRequest,
    "unauthorized": errors.Unauthorized,
    "forbidden": errors.Forbidden,
    "not-found": errors.NotFound,
    "method-not-allowed": errors.StatusError,
    "campaign-closed": errors.CampaignClosed,
    "petition-closed": errors.PetitionClosed,
    "event-closed": errors.EventClosed,
    "sold-out": errors.SoldOut,
    "order-limit-reached": errors.OrderLimitReached,
    "already-decided": errors.AlreadyDecided,
    "invalid-signature": errors.Unauthorized,
    "webhook-limit-reached": errors.Conflict,
    "idempotency-in-flight": errors.IdempotencyInFlight,
    "confirmation-expired": errors.ConfirmationExpired,
    "personal-link-expired": errors.PersonalLinkExpired,
    "reservation-expired": errors.ReservationExpired,
    "body-too-large": errors.StatusError,
    "unsupported-media-type": errors.StatusError,
    "range-not-satisfiable": errors.StatusError,
    "invalid-body": errors.InvalidRequest,
    "idempotency-key-reused": errors.IdempotencyKeyReused,
    "rate-limited": errors.RateLimited,
    "internal": errors.ServerError,
    "queue-full": errors.ServerError,
    "busy": errors.ServerError,
    "read-only": errors.ServerError,
    "unavailable": errors.ServerError,
}


def documented():
    page = Path(__file__).parents[2].joinpath("docs", "http-api.md").read_text("utf-8")
    return {name: int(status) for name, status in re.findall(r"\| `([a-z-]+)` \| (\d+) \|", page)}


def make_response(status=404, content=b"", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawResponse(status, {"x-request-id": "req_1"} | names, content)


def make_error(status, content=b"", hidden=frozenset(), **headers):
    return to_error(make_response(status, content, **headers), "/v1/petitions/{slug}", NOW, hidden)


def problem(status, name, more=""):
    return make_error(
        status, b'{"type": "/v1/problems/%s", "title": "T"%s}' % (name.encode(), more.encode())
    )


def test_every_documented_problem_has_its_error():
    assert set(documented()) == set(HOME)


@pytest.mark.parametrize(("name", "status"), documented().items())
def test_a_problem_becomes_its_error(name, status):
    error = problem(status, name)
    assert type(error) is HOME[name]
    assert (error.status, error.problem.name, error.request_id) == (status, name, "req_1")


def test_unknown_problem_types_map_by_status():
    assert type(problem(409, "of-tomorrow")) is errors.Conflict
    assert type(problem(418, "of-tomorrow")) is errors.StatusError


def test_the_http_status_overrides_the_one_in_the_body():
    assert problem(404, "not-found", ', "status": 200').status == 404


def test_field_errors_are_listed():
    faults = ', "errors": [{"in": "body", "field": "place.latitude", "message": "too far"}, 7]'
    error = problem(422, "invalid-body", faults)
    assert error.errors == (errors.FieldError("body", "place.latitude", "too far"),)


def test_members_of_problem_types_are_attributes():
    assert problem(409, "sold-out", ', "available": 2').available == 2
    assert problem(409, "sold-out", ', "available": "2"').available is None
    assert problem(409, "order-limit-reached", ', "available": 1').available == 1
    assert problem(403, "forbidden", ', "scope": "events:moderate"').scope == "events:moderate"


def test_a_message_does_not_repeat_the_title_as_detail():
    error = problem(404, "not-found", ', "detail": "T."')
    assert str(error) == "404 not-found: T. Check the slug. (request req_1)"


def test_a_message_has_the_problem_and_the_request_id():
    error = problem(404, "not-found", ', "detail": "Nothing here."')
    assert str(error) == "404 not-found: T. Nothing here. Check the slug. (request req_1)"


def test_unauthorized_tells_where_to_pass_the_key():
    error = problem(401, "unauthorized")
    assert str(error) == "401 unauthorized: T. Pass api_key, or set IMD_API_KEY. (request req_1)"


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"type": 3}', b"\xff", b"[" * 100_000]
)
def test_error_responses_in_other_formats_map_by_status(content):
    error = make_error(502, content)
    assert type(error) is errors.ServerError
    assert (error.problem.name, error.problem.title) == (None, "Bad Gateway")


def test_unknown_statuses_are_errors():
    assert type(make_error(499)) is errors.StatusError
    assert type(make_error(599)) is errors.ServerError


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://elsewhere.example:8443/secret?secret", " to https://elsewhere.example:8443,"),
        ("https://secret:secret@elsewhere.example/", ","),
        ("/secret", ","),
        ("", ","),
    ],
)
def test_a_redirect_is_an_error_that_names_the_host(location, shown):
    error = make_error(302, location=location)
    assert type(error) is errors.UnexpectedResponse
    assert f": a redirect{shown} and redirects are not followed;" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("depth", [100, 700, 900, 2000])
def test_deeply_nested_error_responses_are_errors(depth):
    content = b'{"type": "/v1/problems/sold-out", "title": "T", "x": %b%b}'
    error = make_error(409, content % (b"[" * depth, b"]" * depth), hidden={"secret"})
    assert isinstance(error, errors.Conflict)


def test_messages_are_one_line_of_limited_length():
    """Nobody writes lines of their own into a log, or colours into a terminal."""
    error = problem(404, "not-found", r', "detail": "a\n\u001b[31mb\r\u0085c %s"' % ("d" * 9000))
    assert str(error).startswith("404 not-found: T. a [31mb c ddd")
    assert len(str(error)) < 2100
    assert error.problem.detail.startswith("a\n")


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a b", "é", "x" * 201, ""])
def test_invalid_request_ids_are_not_shown(name):
    error = make_error(404, x_request_id=name)
    assert error.request_id is None
    assert str(error).endswith("is the base URL right?")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Fri, 18 Dec 2026 12:02:00 GMT", 120),
        ("Friday, 18-Dec-26 12:02:00 GMT", 120),
        ("Fri, 18 Dec 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("Fri, 99 Dec 2026 12:02:00 GMT", None),
        ("Fri, 18 Dec 2026 14:02:00 +0200", 120),
        ("Fri, 18 Dec 2026 12:02:00 -0000", None),
        ("Fri, 18 Dec 99999999999999999999 12:02:00 GMT", None),
        ("Fri, 18 Dec 2026 12:02:00 +9999999999999", None),
        ("9" * 400, float("inf")),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    assert parse_retry_after(make_response(retry_after=value), NOW) == seconds


def test_retry_after_dates_use_the_servers_clock():
    late = {"retry_after": "Fri, 18 Dec 2026 09:01:00 GMT", "date": "Fri, 18 Dec 2026 09:00:00 GMT"}
    assert parse_retry_after(make_response(**late), NOW) == 60


EVERY_ERROR = [
    errors.ImdError("m", request_id="req_1"),
    errors.NotSent("m"),
    errors.NotSentInTime("m"),
    errors.OutcomeUnknown("m", idempotency_key="k"),
    errors.NoResponseInTime("m", idempotency_key="k"),
    errors.UnexpectedResponse("m", path="$.a", status=200, request_id="req_1"),
    *(problem(status, name, ', "available": 2') for name, status in documented().items()),
]


def pickled(error):
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_an_error_survives_a_copy(copied):
    for error in EVERY_ERROR:
        error.__cause__ = TimeoutError("why")
        other = copied(error)
        assert type(other) is type(error)
        assert (str(other), vars(other)) == (str(error), vars(error))
        assert repr(other.__cause__) == repr(error.__cause__)


def test_the_documented_error_tree_is_complete():
    drawn = set(re.findall(r"[│├└─ ]+ ([A-Z]\w+)", errors.__doc__)) | {"ImdError"}
    kinds = {name for name in errors.__all__ if issubclass(getattr(errors, name), Exception)}
    assert drawn == kinds


def test_deadline_errors_tell_whether_the_request_was_sent():
    assert issubclass(errors.NotSentInTime, errors.NotSent | errors.DeadlineExceeded)
    assert errors.NoResponseInTime.__bases__ == (errors.OutcomeUnknown, errors.DeadlineExceeded)
