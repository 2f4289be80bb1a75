"""Thousands of signatures, each once, whatever happens on the way."""

import json
import signal
import stat
import sys

import anyio
import httpx
import pytest
from sheets import people, person, problem

from imd_sdk import Client, bulk
from imd_sdk.bulk import JournalError, RowOutcome, _run
from imd_sdk.bulk._journal import Job
from imd_sdk.errors import NotSent, Problem, RateLimited

ADDRESS = "http://campaign.example"
pytestmark = pytest.mark.anyio


def lines(journal):
    return [json.loads(line) for line in journal.read_text().splitlines()]


@pytest.mark.client_variants("sync and async")
async def test_each_person_is_signed_for_once(client_variant, journal, server):
    report = await client_variant.sign(people(20), journal)
    assert (report.sent, report.is_complete) == (20, True)
    assert (server.submitted, server.keys_used) == (20, 20)


@pytest.mark.client_variants("sync and async")
async def test_a_second_run_sends_nothing(client_variant, journal, road):
    await client_variant.sign(people(5), journal)
    report = await client_variant.sign(people(5), journal)
    assert (report.skipped, report.sent, report.is_complete) == (5, 0, True)
    assert len(road.bodies) == 5


async def test_a_duplicate_row_is_sent_once(client_variant, journal, road):
    report = await client_variant.sign([person(1), person(2), person(1)], journal)
    assert (report.sent, report.skipped) == (2, 1)
    assert len(road.bodies) == 2


@pytest.mark.client_variants("sync and async")
async def test_what_is_sent_is_the_row_and_the_source(client_variant, journal, road):
    await client_variant.sign([person(1, lang="sw")], journal, source="sample-partner")
    assert json.loads(road.bodies[0]) == {**person(1, lang="sw"), "source": "sample-partner"}


def interrupt_at(line):
    """Return a trace function that presses Ctrl-C at a line of the job, counted as they run."""
    passed = 0

    def trace(frame, event, argument):
        nonlocal passed
        if "imd_sdk/bulk" not in frame.f_code.co_filename:
            return None
        passed += event == "line"
        if event == "line" and passed == line:
            signal.raise_signal(signal.SIGINT)
        return trace

    return trace


@pytest.mark.parametrize("line", range(400, 2000, 37))
def test_ctrl_c_at_any_line_leaves_every_request_recorded(line, journal, road):
    before = sys.gettrace()
    with Client(ADDRESS, http_client=httpx.Client(transport=httpx.MockTransport(road))) as imd:
        sys.settrace(interrupt_at(line))
        try:
            with pytest.raises(KeyboardInterrupt):
                bulk.sign_many(imd, "convention", people(20), journal=journal)
        finally:
            sys.settrace(before)
    last = {entry["key"]: entry["outcome"] for entry in lines(journal)[1:] if "key" in entry}
    assert list(last.values()).count("sent") == len(road.bodies)


@pytest.mark.client_variants("sync and async")
async def test_concurrency_is_limited(client_variant, journal, road):
    await client_variant.sign(people(30), journal, concurrency=3)
    assert 1 < road.most <= 3


@pytest.mark.client_variants("sync and async")
async def test_rows_are_read_as_they_are_needed(client_variant, journal, road):
    ahead = []

    def rows():
        for number in range(1, 31):
            ahead.append(number - len(road.bodies))
            yield person(number)

    await client_variant.sign(rows(), journal, concurrency=2)
    assert max(ahead) <= 4


# --- what may go wrong -------------------------------------------------------------------------


@pytest.mark.client_variants("sync and async")
async def test_a_truncated_response_is_retried_with_the_same_key(
    client_variant, journal, road, server
):
    def cut(number, request):
        if number == 2:
            server.respond(request)
            raise httpx.ReadError("cut")

    road.happens = cut
    report = await client_variant.sign(people(4), journal, concurrency=1)
    assert (report.sent, report.is_complete, server.submitted, server.keys_used) == (4, True, 4, 4)
    assert road.times(road.keys[1]) == 2


@pytest.mark.client_variants("sync and async")
async def test_a_429_is_waited_for_and_loses_no_row(client_variant, journal, road, server):
    road.happens = lambda n, r: problem(429, "rate-limited", retry_after="0") if n % 3 else None
    report = await client_variant.sign(people(6), journal)
    assert (report.sent, report.is_complete, server.submitted) == (6, True, 6)


def test_a_429_pauses_all_rows(monkeypatch):
    monkeypatch.setattr(_run.time, "monotonic", lambda: 1000.0)
    run = alone()
    run.add_row(person(1))
    run.settle(run.step().pending, limited(60))
    assert run.step() == _run.Collect(60.0)


def test_a_429_that_asks_for_too_long_stops_the_job():
    run = alone()
    run.add_row(person(1))
    run.settle(run.step().pending, limited(7200))
    assert run.report.stopped == "the campaign asks to wait 120 minutes"


def test_pauses_grow_while_nothing_succeeds(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(_run, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(_run.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(_run.random, "uniform", lambda low, high: high)
    run, waits = alone(), []
    for number in range(5):
        run.add_row(person(number))
        run.settle(run.step().pending, NotSent("nobody"))
        waits.append(run.step().seconds)
        now[0] += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.client_variants("sync and async")
async def test_a_series_of_503_responses_is_survived(client_variant, journal, road, server):
    road.happens = lambda n, r: problem(503, "unavailable") if 3 <= n <= 9 else None
    report = await client_variant.sign(people(6), journal, concurrency=2)
    assert (report.sent, report.is_complete, server.submitted, server.keys_used) == (6, True, 6, 6)


@pytest.mark.client_variants("sync and async")
async def test_an_unreachable_campaign_stops_the_job(client_variant, journal, road):
    road.happens = lambda n, r: problem(503, "unavailable") if n > 2 else None
    report = await client_variant.sign(people(50), journal, concurrency=2)
    assert "does not respond" in report.stopped
    assert (report.sent, report.unknown, report.is_complete) == (2, report.read - 2, False)
    assert report.read < 10


async def test_rows_are_not_sent_if_nothing_listens(client_variant, journal, road):
    def nobody(number, request):
        raise httpx.ConnectError("refused")

    road.happens = nobody
    report = await client_variant.sign(people(3), journal, concurrency=1)
    assert (report.not_sent, report.unknown) == (2, 0)
    assert "no request reached the campaign" in report.stopped


async def test_a_key_in_flight_is_waited_for(client_variant, journal, road, server):
    busy = lambda n, r: problem(409, "idempotency-in-flight", retry_after="0")  # noqa: E731
    road.happens = lambda n, r: busy(n, r) if n < 30 and b"person.2@" in r.content else None
    report = await client_variant.sign(people(4), journal, concurrency=2)
    assert (report.sent, report.is_complete, server.submitted) == (4, True, 4)


async def test_a_row_that_the_server_always_fails_on_stops_no_other(
    client_variant, journal, road, server
):
    poison = b"person.3@"
    road.happens = lambda n, r: problem(500, "internal") if poison in r.content else None
    report = await client_variant.sign(people(40), journal, concurrency=2)
    assert (report.sent, report.unknown, report.stopped) == (39, 1, None)
    assert [failure.rows for failure in report.failures] == [(3,)]


async def test_a_petition_that_closes_stops_the_job(client_variant, journal, road, server):
    road.happens = lambda n, r: server.close_petition() if n == 6 else None
    report = await client_variant.sign(people(50), journal, concurrency=1)
    assert report.stopped == "the petition is closed"
    assert (report.sent, server.submitted, report.refused, report.read) == (5, 5, 1, 6)
    assert [line["outcome"] for line in lines(journal)[1:]].count("sent") == 5


STOPS = {
    "unauthorized": (401, "the API key is not valid"),
    "forbidden": (403, "the API key lacks the required scope"),
    "not-found": (404, "the petition 'convention' does not exist at this URL"),
}


@pytest.mark.parametrize("name", STOPS)
async def test_errors_that_affect_every_row_stop_the_job(client_variant, journal, road, name):
    status, words = STOPS[name]
    road.happens = lambda n, r: problem(status, name)
    report = await client_variant.sign(people(20), journal, concurrency=1)
    assert report.stopped == words
    assert (report.not_sent, len(road.bodies)) == (1, 1)


async def test_a_rejected_row_names_the_field_without_its_value(client_variant, journal, server):
    secret = "person@double..dot.example"
    report = await client_variant.sign([person(1), person(2, email=secret), person(3)], journal)
    (failure,) = report.failures
    assert (failure.outcome, failure.reason) == (RowOutcome.REFUSED, "invalid-body: email")
    assert (failure.rows, server.submitted) == ((2,), 2)
    assert secret not in journal.read_text() + repr(report) + json.dumps(report.as_dict())


async def test_a_login_page_does_not_count_as_success(client_variant, journal, road):
    road.happens = lambda n, r: httpx.Response(200, html="<h1>Wi-Fi</h1>")
    report = await client_variant.sign(people(2), journal, concurrency=1)
    assert (report.sent, report.unknown) == (0, 2)
    assert "not from a campaign" in report.stopped


async def test_an_invalid_row_is_not_sent(client_variant, journal, road):
    rows = [{"name": "Sample"}, person(2, country="Kenya"), person(3)]
    report = await client_variant.sign(rows, journal)
    assert (report.invalid, report.sent, len(road.bodies)) == (2, 1, 1)
    assert {failure.rows for failure in report.failures} == {(1,), (2,)}


# --- the run ends early ------------------------------------------------------------------------


async def test_requests_in_progress_are_recorded_after_ctrl_c(
    client_variant, journal, road, server
):
    seen = []

    def progress(report):
        seen.append(report)
        if report.sent == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await client_variant.sign(people(50), journal, progress=progress)
    assert seen[-1].stopped == "it was interrupted"
    assert server.submitted == [line["outcome"] for line in lines(journal)[1:]].count("sent")


@pytest.mark.client_variants("async")
async def test_requests_in_progress_are_recorded_after_cancellation(
    client_variant, journal, road, server
):
    with anyio.CancelScope() as scope:
        stop = lambda report: scope.cancel() if report.sent == 3 else None  # noqa: E731
        await client_variant.sign(people(50), journal, progress=stop)
    assert scope.cancelled_caught
    assert server.submitted == [line["outcome"] for line in lines(journal)[1:]].count("sent")
    assert (await client_variant.sign(people(50), journal)).is_complete
    assert (server.submitted, server.keys_used) == (50, 50)


@pytest.mark.client_variants("sync and async")
async def test_an_error_while_reading_rows_loses_nothing(client_variant, journal, server):
    def rows():
        yield from people(7)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        await client_variant.sign(rows(), journal)
    assert [line["outcome"] for line in lines(journal)[1:]].count("sent") == server.submitted == 7


@pytest.mark.client_variants("sync and async")
async def test_an_error_in_progress_loses_nothing(client_variant, journal, server):
    def progress(report):
        if report.sent == 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await client_variant.sign(people(9), journal, progress=progress)
    assert [line["outcome"] for line in lines(journal)[1:]].count("sent") == server.submitted


async def test_progress_is_called_after_every_row(client_variant, journal):
    sent = []
    await client_variant.sign(people(3), journal, progress=lambda report: sent.append(report.sent))
    assert sent == [0, 1, 2, 3]


@pytest.mark.client_variants("async")
async def test_rows_may_come_asynchronously(client_variant, journal):
    async def rows():
        for row in people(3):
            yield row

    assert (await client_variant.sign(rows(), journal)).sent == 3


# --- the journal of a run ----------------------------------------------------------------------


async def test_the_journal_is_private_and_holds_no_personal_data(client_variant, journal):
    await client_variant.sign([*people(3), {"name": "Sample Nobody"}], journal)
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    for word in ("Sample", "person", "example.org", "KE"):
        assert word not in journal.read_text()


@pytest.mark.client_variants("sync and async")
async def test_a_row_is_recorded_before_it_is_sent(client_variant, journal, road):
    known = []

    def look(number, request):
        key = request.headers["idempotency-key"]
        known.append(key in journal.read_text())

    road.happens = look
    await client_variant.sign(people(5), journal)
    assert known == [True] * 5


async def test_a_second_process_is_rejected(client_variant, journal):
    def again(report):
        if report.sent == 1:
            bulk.write_unsent(None, journal, journal.with_name("x.csv"))

    with pytest.raises(JournalError, match="in use by another process"):
        await client_variant.sign(people(3), journal, progress=again)


@pytest.mark.parametrize(
    "other", [{"petition": "another"}, {"source": "another-partner"}], ids=["petition", "source"]
)
async def test_a_journal_of_another_job_is_rejected(client_variant, journal, road, other):
    await client_variant.sign(people(2), journal)
    with pytest.raises(JournalError, match=f"belongs to another {next(iter(other))}"):
        await client_variant.sign(people(2), journal, **other)
    assert len(road.bodies) == 2


async def test_keys_differ_between_journals(client_variant, journal, road):
    await client_variant.sign([person(1)], journal)
    await client_variant.sign([person(1)], journal.with_name("other.journal"))
    assert len(set(road.keys)) == 2


async def test_unknown_rows_are_sent_again_after_a_day_and_reported(
    client_variant, journal, road, server, monkeypatch
):
    def cut(number, request):
        server.respond(request)
        raise httpx.ReadError("cut")

    road.happens = cut
    assert (await client_variant.sign([person(1)], journal)).unknown == 1
    day = _run.time.time() + 24 * 3600 + 1
    monkeypatch.setattr(_run.time, "time", lambda: day)
    road.happens = lambda number, request: None
    report = await client_variant.sign([person(1)], journal)
    assert (report.sent, report.late, server.submitted) == (1, 1, 1)


@pytest.mark.parametrize("number", [0, 65])
async def test_concurrency_out_of_range_is_rejected(client_variant, journal, number):
    with pytest.raises(ValueError, match="1 to 64"):
        await client_variant.sign([], journal, concurrency=number)


def alone():
    """A run without a driver, its journal in memory."""
    return _run.BulkRun(Job("http://campaign.example", "convention", None), Memory(), concurrency=4)


class Memory:
    def known_outcome(self, key):
        return None

    def key(self, fields):
        return fields["email"]

    def write(self, entry):
        pass


def limited(seconds):
    problem = Problem("rate-limited", "Too many")
    return RateLimited("429", status=429, problem=problem, retry_after=seconds)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"source": "A Partner"}, "source must be"), ({"concurrency": 65}, "1 to 64")],
)
async def test_an_invalid_job_is_rejected_before_anything_is_sent(
    client_variant, journal, wrong, words
):
    with pytest.raises(ValueError, match=words):
        await client_variant.sign(people(3), journal, **wrong)
    assert not journal.exists()
