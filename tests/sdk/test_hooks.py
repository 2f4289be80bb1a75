"""What hooks hear of a call, and that they cannot harm it."""

import contextvars
import logging
from dataclasses import replace

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imd_sdk import _calls, _terms, errors
from imd_sdk._driver import with_layers
from imd_sdk._response import RawResponse
from imd_sdk._retry_flow import Send, TransportFailure
from imd_sdk.hooks import Hook, LoggingHook
from imd_sdk.testing import InMemoryCampaign, Unavailable

pytestmark = pytest.mark.anyio

SIGN = {"name": "Sample Zebedee", "email": "zebedee@example.org", "country": "ES"}
EVENTS = ("begin", "attempt", "outcome", "wait", "end")


class Diary(Hook):
    """Writes down all that it hears."""

    def __init__(self, book=None):
        self.book = [] if book is None else book

    def begin(self, call):
        self.book.append(("begin", call))

    def attempt(self, call, attempt):
        self.book.append(("attempt", attempt))

    def outcome(self, call, outcome):
        self.book.append(("outcome", outcome))

    def wait(self, call, wait):
        self.book.append(("wait", wait))

    def end(self, call, end):
        self.book.append(("end", end))

    @property
    def names(self):
        return [name for name, _ in self.book]

    def all(self, name):
        return [recorded for other, recorded in self.book if other == name]

    @property
    def last(self):
        return self.book[-1][1]


def make_client(client_variant, *responses, **options):
    """A client whose campaign sends these responses in turn, and the requests that it got."""
    requests = []

    def app(request):
        requests.append(request)
        response = responses[min(len(requests), len(responses)) - 1]
        if isinstance(response, BaseException):
            raise response
        return response

    return client_variant.client_for(app, **options), requests


def well(client_variant):
    return client_variant.json(200, {"status": "ok"}, x_request_id="req_1")


@pytest.mark.client_variants("sync and async")
async def test_hooks_see_a_successful_call(client_variant):
    diary = Diary()
    campaign, _ = make_client(client_variant, well(client_variant), hooks=[diary])
    await client_variant.result_of(campaign.campaign.health())
    assert diary.names == ["begin", "attempt", "outcome", "end"]
    call, outcome = diary.book[0][1], diary.all("outcome")[0]
    assert (call.method, call.route, call.base_url) == ("GET", "/healthz", client_variant.address)
    assert (outcome.attempt, outcome.status, outcome.failure) == (1, 200, None)
    assert (outcome.request_id, diary.last.last) == ("req_1", outcome)
    assert (diary.last.attempts, diary.last.error) == (1, None)
    assert 0 <= outcome.seconds <= diary.last.seconds < 5


@pytest.mark.client_variants("sync and async")
async def test_hooks_see_each_failure_and_the_wait_after_it(client_variant, sample_responses):
    diary = Diary()
    cut, busy = (
        client_variant.library.ReadTimeout("slow"),
        client_variant.json(503, retry_after="0"),
    )
    signed = client_variant.json(202, sample_responses["SubmissionReceipt"])
    campaign, _ = make_client(client_variant, cut, busy, signed, hooks=[diary])
    await client_variant.result_of(campaign.petitions.sign("c", **SIGN))
    assert diary.names == [
        "begin",
        *["attempt", "outcome", "wait"] * 2,
        "attempt",
        "outcome",
        "end",
    ]
    recorded = [(o.attempt, o.failure, o.status) for o in diary.all("outcome")]
    assert recorded == [(1, "ReadTimeout", None), (2, None, 503), (3, None, 202)]
    assert [wait.after for wait in diary.all("wait")] == diary.all("outcome")[:2]
    assert diary.last.attempts == 3


async def test_the_end_event_names_the_error(client_variant):
    diary = Diary()
    campaign, _ = make_client(
        client_variant, client_variant.problem(404, "not-found"), hooks=[diary]
    )
    with pytest.raises(errors.NotFound):
        await client_variant.result_of(campaign.petitions.get("none"))
    assert (diary.last.error, diary.last.last.status) == ("NotFound", 404)


async def test_unreadable_responses_end_with_an_error(client_variant):
    diary = Diary()
    campaign, _ = make_client(client_variant, client_variant.json(200, []), hooks=[diary])
    with pytest.raises(errors.UnexpectedResponse):
        await client_variant.result_of(campaign.campaign.health())
    assert (diary.last.error, diary.last.last.status) == ("UnexpectedResponse", 200)


@pytest.mark.client_variants("sync and async")
async def test_every_page_is_a_call(client_variant):
    diary, pages = Diary(), [{"items": [], "next": "a"}, {"items": [], "next": None}]
    campaign, _ = make_client(
        client_variant, *(client_variant.json(200, page) for page in pages), hooks=[diary]
    )
    await client_variant.result_of(campaign.petitions.list())
    assert diary.names == ["begin", "attempt", "outcome", "end"] * 2


@pytest.mark.client_variants("every")
async def test_local_errors_are_reported_to_hooks(client_variant):
    class Full:
        def write(self, _):
            raise OSError(28, "no space left")

    diary = Diary()
    campaign, _ = make_client(
        client_variant, client_variant.library.Response(200, content=b"file"), hooks=[diary]
    )
    with pytest.raises(OSError, match="no space"):
        await client_variant.result_of(campaign.posters.download("p", "f", to=Full()))
    assert [o.failure for o in diary.all("outcome")] == ["OSError"]
    assert diary.last.error == "OSError"


@pytest.mark.client_variants("async")
async def test_cancelled_calls_end(client_variant):
    async def never(request):
        await anyio.sleep(60)

    if client_variant.is_async:
        diary = Diary()
        campaign = client_variant.client_for(never, hooks=[diary])
        with anyio.move_on_after(0.05):
            await campaign.campaign.health()
        name = anyio.get_cancelled_exc_class().__name__
        assert [o.failure for o in diary.all("outcome")] == [name]
        assert (diary.names[-1], diary.last.error) == ("end", name)


async def test_a_call_with_no_time_left_ends_without_an_attempt(client_variant):
    diary = Diary()
    campaign, requests = make_client(client_variant, well(client_variant), hooks=[diary])
    with pytest.raises(errors.NotSentInTime):
        await client_variant.result_of(campaign.campaign.health(deadline=1e-9))
    assert (diary.names, requests) == (["begin", "end"], [])
    assert (diary.last.attempts, diary.last.error, diary.last.last) == (0, "NotSentInTime", None)


class Marker(Hook):
    """Puts a header into each attempt."""

    def __init__(self, **headers):
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def attempt(self, call, attempt):
        attempt.headers.update(self.headers, **{"X-Attempt": str(attempt.number)})


@pytest.mark.client_variants("sync and async")
async def test_hooks_may_add_headers(client_variant):
    campaign, requests = make_client(
        client_variant,
        client_variant.json(503),
        well(client_variant),
        hooks=[Marker(traceparent="00-1-2-01"), Marker(x_b="b")],
    )
    await client_variant.result_of(campaign.campaign.health())
    assert [r.headers["x-attempt"] for r in requests] == ["1", "2"]
    assert {r.headers["traceparent"] + r.headers["x-b"] for r in requests} == {"00-1-2-01b"}


@pytest.mark.parametrize(
    "recorded",
    [{"Authorization": "Bearer x"}, {"Idempotency_Key": "k"}, {"X_A": "a\r\nb"}, {"A b": ""}],
)
async def test_headers_that_hooks_may_not_set_are_dropped_and_logged(
    client_variant, caplog, sample_responses, recorded
):
    signed = client_variant.json(202, sample_responses["SubmissionReceipt"])
    hooks = [Marker(**recorded), Marker(x_fine="1")]
    campaign, requests = make_client(client_variant, signed, hooks=hooks, api_key="imd_secret")
    await client_variant.result_of(
        campaign.petitions.sign("c", **SIGN, idempotency_key="row-17-of-the-sample-keys")
    )
    (request,) = requests
    assert request.headers["authorization"] == "Bearer imd_secret"
    assert request.headers["idempotency-key"] == "row-17-of-the-sample-keys"
    assert (request.headers["x-fine"], "x-a" in request.headers) == ("1", False)
    assert "Marker.attempt failed, the call goes on" in caplog.text


class Broke(Hook):
    """Raises in the chosen methods."""

    def __init__(self, *where):
        for name in where:
            setattr(self, name, self.fall)

    def fall(self, *recorded):
        raise RuntimeError("a hook fell over")


@pytest.mark.parametrize("where", [*([name] for name in EVENTS), EVENTS], ids=str)
async def test_a_failing_hook_is_logged_and_the_call_goes_on(
    client_variant, caplog, sample_responses, where
):
    before, after = Diary(), Diary()
    signed = client_variant.json(202, sample_responses["SubmissionReceipt"])
    campaign, requests = make_client(
        client_variant, client_variant.json(503), signed, hooks=[before, Broke(*where), after]
    )
    receipt = await client_variant.result_of(campaign.petitions.sign("c", **SIGN))
    assert receipt.status == "confirmation_sent"
    assert len(requests) == 2
    assert before.names == after.names
    assert before.names[-1] == "end"
    assert f"Broke.{where[0]} failed" in caplog.text
    assert "a hook fell over" in caplog.text


@pytest.mark.parametrize("where", EVENTS)
async def test_a_hook_that_raises_does_not_hide_the_error(client_variant, where):
    campaign, _ = make_client(
        client_variant, client_variant.problem(404, "not-found"), hooks=[Broke(where)]
    )
    with pytest.raises(errors.NotFound) as caught:
        await client_variant.result_of(campaign.petitions.get("none"))
    assert caught.value.__context__ is None or "hook" not in str(caught.value.__context__)


@pytest.mark.client_variants("sync and async")
async def test_the_report_of_a_hook_does_not_repeat_the_error_of_the_call(client_variant, caplog):
    campaign, _ = make_client(client_variant, well(client_variant), hooks=[Broke("end")])
    with pytest.raises(LookupError):
        await client_variant.result_of(
            campaign.posters.download("p", "f", to=Raising(LookupError("personal")))
        )
    assert "a hook fell over" in caplog.text
    assert "personal" not in caplog.text


class Raising:
    """A file that raises what it was given."""

    def __init__(self, error):
        self.error = error

    def write(self, _):
        raise self.error


async def test_begin_may_return_an_observer_of_the_call(client_variant):
    class Many(Hook):
        def begin(self, call):
            diaries.append(Diary())
            return diaries[-1]

    diaries = []
    campaign, _ = make_client(client_variant, well(client_variant), hooks=[Many()])
    await client_variant.result_of(campaign.campaign.health())
    await client_variant.result_of(campaign.campaign.health())
    assert [diary.names for diary in diaries] == [["attempt", "outcome", "end"]] * 2


async def test_hooks_are_nested(client_variant):
    class Named(Hook):
        def __init__(self, name):
            self.name = name

        def attempt(self, call, attempt):
            heard.append(self.name)

        def end(self, call, end):
            heard.append(f"/{self.name}")

    heard = []
    campaign, _ = make_client(client_variant, well(client_variant), hooks=[Named("a"), Named("b")])
    await client_variant.result_of(campaign.campaign.health())
    assert heard == ["a", "b", "/b", "/a"]


WHO = contextvars.ContextVar("who", default="nobody")


@pytest.mark.client_variants("every")
async def test_a_hook_sees_the_context_of_the_caller(client_variant):
    class Asking(Hook):
        def attempt(self, call, attempt):
            heard.append(WHO.get())

    async def caller(name):
        WHO.set(name)
        await client_variant.result_of(campaign.campaign.health())

    heard = []
    campaign, _ = make_client(client_variant, well(client_variant), hooks=[Asking()])
    async with anyio.create_task_group() as group:
        group.start_soon(caller, "a")
        group.start_soon(caller, "b")
    assert sorted(heard) == ["a", "b"]


@pytest.mark.client_variants("sync and async")
async def test_hooks_see_calls_of_derived_clients(client_variant):
    diary = Diary()
    campaign, _ = make_client(client_variant, well(client_variant), hooks=[diary])
    await client_variant.result_of(campaign.with_options(timeout=2).campaign.health())
    assert len(diary.all("end")) == 1


@pytest.mark.client_variants("sync and async")
async def test_durations_use_the_clients_clock(client_variant):
    campaign, diary = InMemoryCampaign(), Diary()
    campaign.fail_next(Unavailable(retry_after=20))
    imd = client_variant.client_of(campaign, hooks=[diary], headers={"X-Partner": "sample"})
    await client_variant.result_of(imd.with_options(timeout=2).petitions.count("convention"))
    assert [wait.seconds for wait in diary.all("wait")] == campaign.clock.waits
    assert 20 <= diary.last.seconds < 30
    assert campaign.requests[0].headers["x-partner"] == "sample"


class Awaited(Hook):
    async def end(self, call, end):
        """Nobody would await it."""


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("wrong", [Diary, print, None, Awaited()])
def test_an_object_that_is_not_a_hook_is_rejected(client_variant, wrong):
    with pytest.raises(TypeError, match="hooks must be objects"):
        client_variant.client_class("https://campaign.example", hooks=[wrong])


SETBACKS = [
    RawResponse(503, {}, b""),
    RawResponse(429, {"retry-after": "1"}, b""),
    RawResponse(404, {}, b""),
    RawResponse(302, {}, b""),
    RawResponse(200, {}, b"<html>"),
    RawResponse(200, {}, b'{"status": "ok"}'),
    TransportFailure(was_sent=True, cause=OSError("cut")),
    TransportFailure(was_sent=False, cause=OSError("refused")),
    TransportFailure(was_sent=False, cause=OSError("never"), is_permanent=True),
    KeyboardInterrupt(),
]


def played(outcomes, diary):
    """Drive a conversation by hand, as the twins do."""
    terms = replace(_terms.make_terms("https://campaign.example", None, [diary]), max_retries=4)
    talk, outcomes = with_layers(_calls.health(), terms), iter(outcomes)
    try:
        step = next(talk)
        while True:
            outcome = next(outcomes) if isinstance(step, Send) else None
            failed = isinstance(outcome, BaseException)
            step = talk.throw(outcome) if failed else talk.send(outcome)
    except (StopIteration, errors.ImdError, KeyboardInterrupt):
        return


@given(outcomes=st.lists(st.sampled_from(SETBACKS), min_size=5, max_size=5))
def test_hooks_see_complete_calls_for_any_outcome(outcomes):
    diary = Diary()
    played(outcomes, diary)
    tries = len(diary.all("attempt"))
    names = ["attempt", "outcome", "wait"] * tries
    assert diary.names == ["begin", *names[:-1], "end"]
    assert diary.last.attempts == tries
    assert diary.last.last == diary.all("outcome")[-1]
    well = outcomes[tries - 1] == SETBACKS[5]
    assert (diary.last.error is None) == well


async def test_the_logging_hook_logs_no_sensitive_values(client_variant, caplog, sample_responses):
    caplog.set_level(logging.DEBUG, "imd_sdk")
    signed = client_variant.json(202, sample_responses["SubmissionReceipt"], x_request_id="req_7")
    campaign, _ = make_client(
        client_variant,
        client_variant.json(503),
        signed,
        hooks=[LoggingHook()],
        api_key="imd_secret",
    )
    await client_variant.result_of(
        campaign.petitions.sign("secret-slug", **SIGN, idempotency_key="row-17-of-the-sample-keys")
    )
    lines = [record.getMessage() for record in caplog.records if record.name == "imd_sdk"]
    levels = [record.levelname for record in caplog.records if record.name == "imd_sdk"]
    assert levels == ["DEBUG", "INFO", "DEBUG", "INFO"]
    assert all(line.startswith("POST /v1/petitions/{slug}/signatures: ") for line in lines)
    assert "503 after" in lines[1]
    assert lines[1].endswith("next attempt in 0.0 s")
    assert lines[3].endswith("attempts: 2, request req_7")


async def test_the_logging_hook_warns_about_errors(client_variant, caplog):
    log = logging.getLogger("sample.app")
    campaign, _ = make_client(
        client_variant, client_variant.json(503), hooks=[LoggingHook(log)], max_retries=0
    )
    with pytest.raises(errors.ServerError):
        await client_variant.result_of(campaign.campaign.health())
    (line,) = [r for r in caplog.records if r.name == "sample.app"]
    assert line.levelname == "WARNING"
    assert line.getMessage().startswith("GET /healthz: ServerError in 0.")
