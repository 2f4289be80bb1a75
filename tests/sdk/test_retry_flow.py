"""The conversation about one call, driven by hand: no client, no clock, no network."""

import inspect
from dataclasses import replace

import pytest

from imd_sdk import (
    _calls,
    _retry_flow,
    _terms,
    errors,
)
from imd_sdk._response import RawResponse
from imd_sdk._retry_flow import Pause, Send, TransportFailure

READ = _calls.health()
SIGN = _calls.sign("c", name="Sample Person", email="person@example.org", country="ES")
FINE = RawResponse(200, {}, b'{"status": "ok"}')
SIGNED = RawResponse(202, {}, b'{"status": "confirmation_sent", "detail": "d"}')
UNREACHABLE = TransportFailure(was_sent=False, cause=OSError("refused"))
CUT = TransportFailure(was_sent=True, cause=OSError("cut"))


def terms(**changes):
    agreed = _terms.make_terms("https://campaign.example", None)
    return replace(agreed, draw=lambda low, high: high, **changes)


def make_response(status, **headers):
    return RawResponse(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, b""
    )


def problem(status, name):
    return RawResponse(status, {}, b'{"type": "/v1/problems/%s", "title": "T"}' % name.encode())


def run_exchange(call, outcomes, on=None):
    """Play out an exchange: give what it wanted done, and what it returned or raised."""
    talk = _retry_flow.exchange(call, on or terms())
    wanted, outcomes = [next(talk)], iter(outcomes)
    try:
        while True:
            step = wanted[-1]
            wanted.append(talk.send(next(outcomes) if isinstance(step, Send) else None))
    except StopIteration as end:
        return wanted, end.value
    except errors.ImdError as error:
        return wanted, error


def waits(wanted):
    return [step.seconds for step in wanted if isinstance(step, Pause)]


def sends(wanted):
    return [step for step in wanted if isinstance(step, Send)]


def test_a_response_ends_the_exchange():
    wanted, result = run_exchange(READ, [FINE])
    assert (len(wanted), result.status) == (1, "ok")


def test_retries_send_the_same_request():
    wanted, _ = run_exchange(SIGN, [CUT, make_response(503), SIGNED])
    first, second, third = sends(wanted)
    assert first == second == third
    assert first.headers["Idempotency-Key"]


def test_each_call_has_its_own_idempotency_key():
    keys = {sends(run_exchange(SIGN, [SIGNED])[0])[0].headers["Idempotency-Key"] for _ in range(5)}
    assert len(keys) == 5


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_temporary_statuses_are_retried(status):
    wanted, result = run_exchange(READ, [make_response(status), FINE])
    assert (len(sends(wanted)), result.status) == (2, "ok")


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 409, 410, 413, 422, 501])
def test_permanent_statuses_are_not_retried(status):
    wanted, result = run_exchange(READ, [make_response(status)])
    assert len(sends(wanted)) == 1
    assert isinstance(result, errors.ImdError)


def test_a_key_in_flight_is_retried():
    wanted, result = run_exchange(SIGN, [problem(409, "idempotency-in-flight"), SIGNED])
    assert len(sends(wanted)) == 2
    assert result.status.is_known


def test_after_the_last_retry_it_gives_up():
    wanted, error = run_exchange(READ, [make_response(503)] * 3)
    assert len(sends(wanted)) == 3
    assert type(error) is errors.ServerError


def test_no_retries_means_one_try():
    wanted, error = run_exchange(READ, [make_response(503)], terms(max_retries=0))
    assert (len(sends(wanted)), type(error)) == (1, errors.ServerError)


def test_delays_grow_up_to_a_limit():
    wanted, _ = run_exchange(READ, [CUT] * 8, terms(max_retries=7))
    assert waits(wanted) == [0.5, 1, 2, 4, 8, 8, 8]


def test_delays_have_full_jitter():
    wanted, _ = run_exchange(
        READ, [CUT] * 3, replace(terms(), draw=lambda low, high: (low, high)[0])
    )
    assert waits(wanted) == [0, 0]


def test_retry_after_is_the_minimum_delay():
    wanted, _ = run_exchange(READ, [make_response(503, retry_after="7"), FINE])
    assert waits(wanted) == [7.5]


def test_a_long_retry_after_is_not_waited_for():
    wanted, error = run_exchange(READ, [make_response(429, retry_after="3600")])
    assert waits(wanted) == []
    assert (type(error), error.retry_after) == (errors.RateLimited, 3600)


def test_a_deadline_allows_a_longer_wait():
    wanted, _ = run_exchange(
        READ, [make_response(429, retry_after="60"), FINE], terms(deadline=600).start()
    )
    assert waits(wanted) == [60.5]


def test_a_delay_beyond_the_deadline_fails_at_once():
    wanted, error = run_exchange(
        READ, [make_response(429, retry_after="60")], terms(deadline=30).start()
    )
    assert waits(wanted) == []
    assert (type(error), error.retry_after) == (errors.RateLimited, 60)


def test_the_deadline_shortens_timeouts():
    wanted, _ = run_exchange(READ, [FINE], terms(deadline=3).start())
    assert 2.9 < sends(wanted)[0].timeout <= 3


def test_a_deadline_before_the_first_try_is_not_sent():
    wanted = _retry_flow.exchange(SIGN, replace(terms(deadline=1), until=0.0))
    with pytest.raises(errors.NotSentInTime):
        next(wanted)


def test_a_deadline_before_the_retry_leaves_the_outcome_open():
    _, error = run_exchange(SIGN, [CUT], terms(deadline=0.4).start())
    assert type(error) is errors.NoResponseInTime
    assert error.idempotency_key
    assert isinstance(error.__cause__, OSError)


def test_a_request_that_was_never_sent_raises_not_sent():
    wanted, error = run_exchange(SIGN, [UNREACHABLE] * 3)
    assert (len(sends(wanted)), type(error)) == (3, errors.NotSent)


def test_permanent_failures_are_not_retried():
    wanted, error = run_exchange(READ, [replace(UNREACHABLE, is_permanent=True)])
    assert (len(sends(wanted)), type(error)) == (1, errors.NotSent)


def test_an_unknown_outcome_carries_the_idempotency_key():
    wanted, error = run_exchange(SIGN, [CUT] * 3)
    assert type(error) is errors.OutcomeUnknown
    assert error.idempotency_key == sends(wanted)[0].headers["Idempotency-Key"]


def test_a_refused_connection_does_not_settle_an_unknown_outcome():
    _, error = run_exchange(SIGN, [CUT, UNREACHABLE, UNREACHABLE])
    assert type(error) is errors.OutcomeUnknown


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_unstored_responses_do_not_settle_an_unknown_outcome(status):
    _, error = run_exchange(SIGN, [CUT, make_response(status, retry_after="900")])
    assert type(error) is errors.OutcomeUnknown
    assert error.__cause__.status == status


def test_a_key_in_flight_does_not_settle_an_unknown_outcome():
    _, error = run_exchange(SIGN, [CUT] + [problem(409, "idempotency-in-flight")] * 2)
    assert type(error) is errors.OutcomeUnknown


@pytest.mark.parametrize("status", [404, 409, 410, 422])
def test_stored_responses_settle_an_unknown_outcome(status):
    _, error = run_exchange(SIGN, [CUT, make_response(status)])
    assert isinstance(error, errors.StatusError)
    assert error.status == status


def test_reads_have_no_key_and_raise_the_last_error():
    _, error = run_exchange(READ, [CUT, make_response(503), make_response(503)])
    assert (type(error), error.idempotency_key) == (errors.ServerError, None)


def test_an_unreadable_success_carries_the_key():
    wanted, error = run_exchange(SIGN, [RawResponse(202, {}, b"<html>")])
    assert (type(error), error.path) == (errors.UnexpectedResponse, "$")
    assert error.idempotency_key == sends(wanted)[0].headers["Idempotency-Key"]


def test_rejections_carry_the_key():
    wanted, error = run_exchange(SIGN, [make_response(422)])
    assert error.idempotency_key == sends(wanted)[0].headers["Idempotency-Key"]


def test_the_retry_budget_limits_retries():
    shared = terms()
    tries = sum(
        len(sends(run_exchange(READ, [make_response(503)] * 3, shared)[0])) for _ in range(100)
    )
    assert tries == 110


def test_successes_refill_the_retry_budget():
    shared = terms()
    for _ in range(20):
        run_exchange(READ, [make_response(503)] * 3, shared)
    for _ in range(11):
        run_exchange(READ, [FINE], shared)
    assert len(sends(run_exchange(READ, [make_response(503)] * 3, shared)[0])) == 2


def test_rate_limiting_does_not_use_the_retry_budget():
    shared = terms()
    for _ in range(50):
        run_exchange(READ, [make_response(429, retry_after="1")] * 3, shared)
    assert len(sends(run_exchange(READ, [make_response(503)] * 3, shared)[0])) == 3


def test_no_repr_shows_the_request():
    wanted, error = run_exchange(
        SIGN, [CUT] * 3, terms(headers={"Authorization": "Bearer imd_secret"})
    )
    shown = repr(wanted) + repr(SIGN) + repr(error) + str(error) + repr(terms())
    assert not [word for word in ("Sample", "person@", "imd_secret") if word in shown]


def test_an_exchange_needs_no_network():
    names = inspect.getsource(_retry_flow) + inspect.getsource(_calls)
    assert not [word for word in ("httpx", "socket", "sleep(") if word in names]
