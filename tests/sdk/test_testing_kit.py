"""The kit for partners' tests: what it does beyond answering as the campaign server does."""

import asyncio
import csv
import inspect
import io
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import feedparser
import httpx
import pytest

import imd_sdk
from imd_sdk import webhooks
from imd_sdk.testing import (
    ConnectionRefused,
    ConnectionReset,
    InMemoryCampaign,
    LoginPage,
    Rejected,
    SlowResponse,
    TimedOut,
    TooManyRequests,
    TruncatedResponse,
    Unavailable,
    _field_types,
    webhook,
)

pytestmark = pytest.mark.anyio

PERSON = {"name": "Sample Person", "email": "sample@example.org", "country": "KE"}
BUYER = {
    "name": "Sample Buyer",
    "email": "buyer@example.org",
    "address": {"lines": ["1 Sample Street"], "locality": "Sampletown", "country": "ES"},
}
GUEST = {"name": "Sample Guest", "email": "guest@example.org"}
VIGIL = {
    "title": "Sample vigil",
    "description": "A sample.",
    "kind": "online",
    "starts_at": "2026-12-18T18:00:00+00:00",
    "time_zone": "Etc/UTC",
    "host": {"name": "Sample Group", "email": "group@example.org"},
    "lang": "en",
    "online": True,
    "url": "https://example.org/vigil",
}
SIGN = "POST /v1/petitions/{slug}/signatures"


@pytest.fixture
def campaign():
    return InMemoryCampaign(now=datetime(2026, 11, 23, 12, tzinfo=UTC))


async def end(result):
    return await result if inspect.isawaitable(result) else result


@pytest.fixture
def connect(client_variant, campaign):
    """Make a client of either kind, over either library."""
    return lambda **options: client_variant.client_of(campaign, **options)


# --- what arrives --------------------------------------------------------------------------------


@pytest.mark.client_variants("sync and async")
async def test_requests_are_recorded(connect, campaign):
    await end(
        connect().petitions.sign("convention", **PERSON, idempotency_key="mine-of-the-sample-keys")
    )
    [request] = campaign.requests
    assert (request.method, request.path) == ("POST", "/v1/petitions/convention/signatures")
    assert request.headers["idempotency-key"] == "mine-of-the-sample-keys"
    assert request.json == PERSON
    assert (request.route, request.status) == ("/v1/petitions/{slug}/signatures", 202)


async def test_signatures_are_recorded_and_can_be_confirmed(connect, campaign):
    imd = connect()
    await end(imd.petitions.sign("convention", **PERSON, lang="es"))
    [email] = campaign.mail
    await end(imd.confirmations.confirm(email.token, public=True))
    [signed] = campaign.signatures("convention")
    assert (signed.email, signed.lang, signed.public) == ("sample@example.org", "es", True)
    assert (email.to, signed.state) == ("sample@example.org", "confirmed")
    assert (await end(imd.petitions.count("convention"))).total == 1


async def test_submitted_events_are_recorded(connect, campaign):
    await end(connect().events.submit(**VIGIL))
    [submitted] = campaign.submissions()
    assert (submitted.id, submitted.state) == (campaign.mail[0].about, "pending")
    assert submitted.form["host"] == {"name": "Sample Group", "email": "group@example.org"}


async def test_guests_are_recorded(connect, campaign):
    imd, event = connect(), campaign.add_event(capacity=2)
    await end(imd.events.attend(event, **GUEST))
    [guest] = campaign.attendances(event)
    assert (guest.email, guest.status) == ("guest@example.org", "pending")


async def test_orders_are_recorded(connect, campaign):
    imd = connect()
    held = await end(imd.posters.reserve("many-paths", edition="limited"))
    await end(imd.posters.order(held.token, **BUYER, lang="sw"))
    [entered] = campaign.orders()
    assert (entered.id, entered.state, entered.numbers) == (None, "pending", ())
    confirmed = await end(imd.confirmations.confirm(campaign.mail[-1].token))
    [placed] = campaign.orders()
    assert (placed.id, placed.state, placed.numbers) == (confirmed.order, "placed", (1,))
    assert (placed.lang, placed.address["locality"]) == ("sw", "Sampletown")


def test_reprs_of_records_omit_personal_data(campaign):
    imd, event = campaign.client(), campaign.add_event()
    imd.petitions.sign("convention", **PERSON)
    imd.events.attend(event, name=PERSON["name"], email=PERSON["email"])
    imd.posters.order(imd.posters.reserve("many-paths", edition="open").token, **BUYER)
    seen = [campaign.requests, campaign.mail, campaign.orders()]
    seen += [campaign.signatures("convention"), campaign.attendances()]
    secrets = ("Sample", "@", campaign.mail[0].token, campaign.mail[0].code)
    assert [word for word in secrets if word in repr(seen)] == []


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.client_variants("sync and async")
async def test_a_refused_connection_sends_nothing(connect, campaign):
    campaign.fail_next(ConnectionRefused())
    with pytest.raises(imd_sdk.NotSent):
        await end(connect(max_retries=0).petitions.sign("convention", **PERSON))
    assert campaign.signatures("convention") == []


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("fault", [TimedOut, ConnectionReset])
@pytest.mark.parametrize("is_processed", [False, True])
async def test_a_lost_response_leaves_the_outcome_unknown(connect, campaign, fault, is_processed):
    campaign.fail_next(fault(is_processed=is_processed))
    with pytest.raises(imd_sdk.OutcomeUnknown) as lost:
        await end(connect(max_retries=0).petitions.sign("convention", **PERSON))
    assert len(campaign.signatures("convention")) == is_processed
    await end(
        connect().petitions.sign("convention", **PERSON, idempotency_key=lost.value.idempotency_key)
    )
    assert len(campaign.mail) == 1


@pytest.mark.client_variants("sync and async")
async def test_a_timeout_advances_the_clock_by_the_clients_timeout(connect, campaign):
    campaign.fail_next(TimedOut())
    before = campaign.clock.now()
    await end(connect(timeout=7).petitions.sign("convention", **PERSON))
    assert campaign.clock.now() - before == timedelta(seconds=7.5)


@pytest.mark.client_variants("sync and async")
async def test_a_truncated_response_is_retried(connect, campaign):
    campaign.fail_next(TruncatedResponse())
    await end(connect().petitions.sign("convention", **PERSON))
    first, second = campaign.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert len(campaign.mail) == 1


@pytest.mark.client_variants("sync and async")
async def test_a_truncated_file_is_resumed(connect, campaign, tmp_path):
    campaign.add_poster("other", files={"other.svg": b"<svg/>" * 100})
    campaign.fail_next(TruncatedResponse())
    await end(connect().posters.download("other", "other.svg", to=tmp_path / "other.svg"))
    assert campaign.requests[-1].headers["range"] == "bytes=300-"
    assert (tmp_path / "other.svg").read_bytes() == b"<svg/>" * 100


@pytest.mark.client_variants("sync and async")
async def test_retries_wait_by_the_kits_clock(connect, campaign):
    campaign.fail_next(Unavailable(retry_after=20), times=2)
    await end(connect().petitions.sign("convention", **PERSON))
    assert campaign.clock.waits == [20.5, 21]


async def test_a_persistent_fault_raises_its_error(connect, campaign):
    campaign.fail_next(Unavailable(), times=3)
    with pytest.raises(imd_sdk.ServerError) as raised:
        await end(connect().petitions.get("convention"))
    assert (raised.value.status, raised.value.retry_after) == (503, None)


async def test_rate_limits_are_waited_for_within_the_deadline(connect, campaign):
    campaign.fail_next(TooManyRequests(retry_after=60))
    imd = connect(deadline=90)
    assert (await end(imd.petitions.get("convention"))).slug == "convention"
    campaign.fail_next(TooManyRequests(retry_after=60))
    with pytest.raises(imd_sdk.RateLimited) as raised:
        await end(imd.petitions.get("convention", deadline=30))
    assert raised.value.retry_after == 60


@pytest.mark.client_variants("sync and async")
async def test_a_deadline_is_counted_by_the_kits_clock(connect, campaign):
    campaign.fail_next(TimedOut(), times=3)
    with pytest.raises(imd_sdk.NoResponseInTime):
        await end(connect(timeout=10, max_retries=9).petitions.get("convention", deadline=25))
    assert len(campaign.requests) == 3


async def test_a_login_page_is_an_error(connect, campaign):
    campaign.fail_next(LoginPage())
    with pytest.raises(imd_sdk.UnexpectedResponse):
        await end(connect().petitions.get("convention"))


@pytest.mark.client_variants("every")
async def test_a_slow_response_advances_the_clock(connect, campaign):
    campaign.fail_next(SlowResponse(9))
    before = campaign.clock.now()
    await end(connect(timeout=10).petitions.get("convention"))
    assert campaign.clock.now() - before == timedelta(seconds=9)


@pytest.mark.client_variants("sync and async")
async def test_an_unfinished_request_is_in_flight(connect, campaign):
    imd = connect(timeout=10, max_retries=0)
    token, key = campaign.add_signature("convention"), "mine-of-the-sample-keys"
    campaign.fail_next(SlowResponse(60))
    with pytest.raises(imd_sdk.OutcomeUnknown):
        await end(imd.confirmations.confirm(token, idempotency_key=key))
    with pytest.raises(imd_sdk.IdempotencyInFlight) as raised:
        await end(imd.confirmations.confirm(token, idempotency_key=key))
    assert raised.value.retry_after == 1
    campaign.clock.advance(60)
    assert (await end(imd.confirmations.confirm(token, idempotency_key=key))).state == "confirmed"


def test_a_fault_applies_to_its_route(campaign):
    campaign.fail_next(Unavailable(), on=SIGN)
    campaign.fail_next(Unavailable(), on="GET /v1/petitions/convention/count")
    imd = campaign.client(max_retries=0)
    imd.petitions.get("convention")
    with pytest.raises(imd_sdk.ServerError):
        imd.petitions.count("convention")
    with pytest.raises(imd_sdk.ServerError):
        imd.petitions.sign("convention", **PERSON)
    assert [request.status for request in campaign.requests] == [200, 503, 503]


@pytest.mark.parametrize("on", ["POST", SIGN, "POST /v1/petitions/convention/signatures"])
def test_a_fault_may_name_a_method_a_route_or_a_path(campaign, on):
    campaign.fail_next(Unavailable(), on=on)
    imd = campaign.client(max_retries=0)
    imd.petitions.get("convention")
    with pytest.raises(imd_sdk.ServerError):
        imd.petitions.sign("convention", **PERSON)


@pytest.mark.parametrize("on", ["TRACE", "/v1/orders", "GET /v1/orders", "POST /v1/order"])
def test_a_fault_for_an_unknown_route_is_rejected(campaign, on):
    with pytest.raises(ValueError, match="is not a method, route or path"):
        campaign.fail_next(Unavailable(), on=on)


@pytest.mark.parametrize("fault", [Unavailable, "timeout"])
def test_an_object_that_is_not_a_fault_is_rejected(campaign, fault):
    with pytest.raises(TypeError, match="such as TimedOut"):
        campaign.fail_next(fault)


def test_heal_removes_faults(campaign):
    campaign.fail_next(Unavailable(), times=5)
    campaign.clear_faults()
    assert campaign.client(max_retries=0).campaign.get().year


def test_a_fault_without_a_number_lasts_until_cleared(campaign):
    imd = campaign.client(max_retries=0)
    campaign.fail_next(Unavailable(), times=None, on="GET /v1/campaign")
    for _ in range(3):
        with pytest.raises(imd_sdk.ServerError):
            imd.campaign.get()
    assert imd.petitions.get("convention").state == "open"
    campaign.clear_faults()
    assert imd.campaign.get().year


def test_a_fault_that_is_due_no_times_is_ignored(campaign):
    campaign.fail_next(Unavailable(), times=0)
    assert campaign.client(max_retries=0).campaign.get().year


def test_a_rejection_names_the_invalid_fields(campaign):
    campaign.fail_next(Rejected("invalid-body", fields=("name", "email")), on=SIGN)
    with pytest.raises(imd_sdk.InvalidRequest) as rejected:
        campaign.client().petitions.sign("convention", **PERSON)
    assert [error.field for error in rejected.value.errors] == ["name", "email"]
    assert campaign.signatures("convention") == []


def test_a_rejection_has_the_members_of_its_problem(campaign):
    campaign.fail_next(Rejected("sold-out", extra={"available": 3}))
    with pytest.raises(imd_sdk.SoldOut) as rejected:
        campaign.client().posters.reserve("many-paths", edition="limited", quantity=4)
    assert rejected.value.problem.extra == {"available": 3}


def test_a_rejected_request_can_be_sent_again_with_its_key(campaign):
    confirmations, key = campaign.client().confirmations, "mine-of-the-sample-keys"
    token = campaign.add_signature("convention")
    campaign.fail_next(Rejected("sold-out"))
    with pytest.raises(imd_sdk.SoldOut):
        confirmations.confirm(token, idempotency_key=key)
    assert confirmations.confirm(token, idempotency_key=key).state == "confirmed"


def test_an_unknown_problem_is_an_error(campaign):
    with pytest.raises(ValueError, match="unknown problem 'sold_out'"):
        campaign.fail_next(Rejected("sold_out"))


# --- changed responses ---------------------------------------------------------------------------


def test_responses_of_a_route_can_be_changed(campaign):
    campaign.change_responses(
        lambda sent: sent | {"total": 1_000_000}, on="GET /v1/petitions/{slug}/count"
    )
    imd = campaign.client()
    assert imd.petitions.count("convention").total == 1_000_000
    assert imd.petitions.get("convention").goal == 10000


def test_changes_of_responses_are_applied_in_order(campaign):
    campaign.change_responses(lambda sent: sent | {"year": sent["year"] + 1})
    campaign.change_responses(lambda sent: sent | {"year": sent["year"] * 10})
    year = campaign.clock.now().year
    assert campaign.client().campaign.get().year == (year + 1) * 10


def test_a_change_in_place_does_not_change_the_campaign(campaign):
    def remove_links(sent):
        sent["links"].clear()
        return sent

    campaign.change_responses(remove_links, on="GET /v1/campaign")
    with httpx.Client(transport=campaign.transport(), base_url=campaign.url) as http:
        assert http.get("/v1/campaign").json()["links"] == {}
    calendar = campaign.client().events.ics()
    assert b"campaign.example/events/" in calendar


def test_a_changed_response_has_another_etag(campaign):
    with httpx.Client(transport=campaign.transport(), base_url=campaign.url) as http:
        before = http.get("/v1/petitions/convention").headers["etag"]
        campaign.change_responses(lambda sent: sent | {"title": "Another"})
        changed = http.get("/v1/petitions/convention", headers={"If-None-Match": before})
    assert (changed.status_code, changed.json()["title"]) == (200, "Another")


def test_files_and_rejections_are_not_changed(campaign):
    campaign.change_responses(lambda _: {})
    with httpx.Client(transport=campaign.transport(), base_url=campaign.url) as http:
        assert http.get("/v1/events.ics").content.startswith(b"BEGIN:VCALENDAR")
        assert http.get("/v1/posters/many-paths/files/many-paths.svg").content.startswith(b"<svg")
        assert http.get("/v1/petitions/none").json()["status"] == 404


def test_a_change_for_an_unknown_route_is_an_error(campaign):
    with pytest.raises(ValueError, match="is not a method, route or path"):
        campaign.change_responses(dict, on="GET /v1/petition")


# --- time, keys, threads -------------------------------------------------------------------------


def test_time_goes_forward_only_and_has_an_offset(campaign):
    with pytest.raises(ValueError, match="forward"):
        campaign.clock.advance(-1)
    with pytest.raises(ValueError, match="offset"):
        InMemoryCampaign(now=datetime(2026, 12, 1))  # noqa: DTZ001 on purpose


@pytest.mark.parametrize("day", [1, 11, 12, 19, 31])
def test_sample_events_are_in_the_future_on_every_day(day):
    campaign = InMemoryCampaign(now=datetime(2026, 12, day, tzinfo=UTC))
    week = campaign.clock.now() + timedelta(days=7)
    assert all(event.starts_at >= week for event in campaign.client().events.list())


def test_a_key_has_the_scopes_it_was_made_with(campaign):
    imd = campaign.client(api_key=campaign.key("events:moderate"))
    assert list(imd.moderation.events()) == []
    with pytest.raises(imd_sdk.Forbidden) as raised:
        list(imd.petitions.signatures("convention"))
    assert raised.value.problem.extra == {"scope": "signatures:read"}


def test_address_that_bounced_gets_no_email_until_the_clock_has_moved(campaign):
    person = {"name": "Sample Person", "email": "sample@example.org", "country": "KE"}
    imd = campaign.client(api_key=campaign.key("bounces:report"))
    imd.petitions.sign("convention", **person)
    imd.bounces.report(message_id=campaign.mail[0].message_id, status="5.1.1")
    counts = []
    for days in (2, 2):
        campaign.clock.advance(days=days)
        imd.petitions.sign("convention", **person)
        counts.append(len(campaign.mail))
    assert counts == [1, 2]


def test_an_unknown_scope_is_rejected(campaign):
    with pytest.raises(ValueError, match="unknown scope"):
        campaign.key("everything")


def test_a_key_in_the_environment_is_not_sent(campaign, monkeypatch):
    monkeypatch.setenv("IMD_API_KEY", "imd_of_the_real_campaign")
    campaign.client().campaign.get()
    assert "authorization" not in campaign.requests[0].headers


def test_a_proxy_in_the_environment_is_not_used(campaign, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert campaign.client().campaign.get().year


def test_threads_cannot_buy_the_same_print(campaign):
    imd = campaign.client()
    held = imd.posters.reserve("many-paths", edition="limited").token
    for number in range(30):
        imd.posters.order(held, **{**BUYER, "email": f"buyer.{number}@example.org"})

    def buy(email):
        with suppress(imd_sdk.SoldOut):
            imd.confirmations.confirm(email.token)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(buy, campaign.mail))
    sold = [number for order in campaign.orders() for number in order.numbers]
    assert sorted(sold) == list(range(1, 11))


def test_two_runs_make_the_same_ids():
    def receipts():
        imd = InMemoryCampaign().client()
        return imd.posters.reserve("many-paths", edition="open").token

    assert receipts() == receipts()


# --- what there is -------------------------------------------------------------------------------


def test_an_empty_campaign_is_filled_by_the_test():
    campaign = InMemoryCampaign(sample=False)
    imd = campaign.client()
    campaign.add_petition("other", title="Other", closes_at=campaign.clock.now())
    campaign.add_resource("sheet", kind="tip_sheet")
    campaign.add_poster("print", price=100, run=2)
    campaign.add_event(title="Online", online=True)
    assert [petition.state for petition in imd.petitions.list()] == ["closed"]
    assert [resource.kind for resource in imd.resources.list()] == ["tip_sheet"]
    assert [edition.available for edition in imd.posters.get("print").editions] == [None, 2]
    assert [event.online for event in imd.events.list()] == [True]


def test_a_petition_closes_by_the_kits_clock(campaign):
    campaign.add_petition("short", closes_at=campaign.clock.now() + timedelta(hours=1))
    campaign.client().petitions.sign("short", **PERSON)
    campaign.clock.advance(hours=1)
    with pytest.raises(imd_sdk.PetitionClosed):
        campaign.client().petitions.sign("short", **PERSON)


def test_signatures_without_people_make_the_numbers(campaign):
    campaign.add_signatures("convention", "MX", 25)
    imd = campaign.client()
    assert imd.petitions.count("convention").total == 25
    assert [(place.country, place.count) for place in imd.petitions.places("convention")] == [
        ("MX", 20)
    ]
    assert campaign.signatures("convention") == []


def test_a_machine_without_time_zones_checks_none(monkeypatch):
    monkeypatch.setattr(_field_types, "_zones", frozenset)
    campaign = InMemoryCampaign()
    event = campaign.add_event(starts_at="2030-12-18T18:00:00+03:00", time_zone="Africa/Nairobi")
    assert campaign.client().events.get(event).time_zone == "Africa/Nairobi"
    assert len(list(campaign.client().events.list())) == 5


def test_an_added_signature_waits_for_confirmation(campaign):
    token = campaign.add_signature("convention", email="other@example.org", country="MX")
    [signed] = campaign.signatures("convention")
    assert (signed.email, signed.country, signed.state) == ("other@example.org", "MX", "pending")
    assert campaign.client().confirmations.confirm(token).state == "confirmed"
    assert campaign.mail == ()


def test_an_added_signature_can_be_confirmed_and_public(campaign):
    campaign.add_signature(
        "convention", name="Sample Signer", confirmed=True, public=True, updates=True
    )
    imd = campaign.client()
    assert campaign.signatures("convention")[0].updates
    assert imd.petitions.count("convention").total == 1
    assert [signer.name for signer in imd.petitions.signers("convention")] == ["Sample Signer"]


def test_tokens_and_event_ids_can_be_chosen(campaign):
    campaign.add_signature("convention", token="known")
    campaign.add_event(event_id="evt_known", title="Known")
    imd = campaign.client()
    assert imd.confirmations.get("known").state == "pending"
    assert imd.events.get("evt_known").title == "Known"


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ({"email": "nobody"}, "is not an e-mail address"),
        ({}, "has already signed"),
        ({"public": True}, "are chosen when confirming"),
    ],
)
def test_added_signatures_are_validated(campaign, signature, message):
    campaign.add_signature("convention")
    with pytest.raises(ValueError, match=message):
        campaign.add_signature("convention", **signature)


# --- confirmations -------------------------------------------------------------------------------


def sign(campaign, petition="convention", **change):
    campaign.client().petitions.sign(petition, **{**PERSON, **change})
    return campaign.mail[-1]


def test_each_form_is_confirmed_as_it_was_entered(campaign):
    first, _ = sign(campaign), sign(campaign, country="ES")
    campaign.client().confirmations.confirm(first.token)
    assert [signed.country for signed in campaign.signatures("convention")] == ["KE"]


def test_the_first_confirmation_of_a_mailbox_counts(campaign):
    first, second = sign(campaign), sign(campaign, name="Another")
    confirm = campaign.client().confirmations.confirm
    confirm(first.token)
    assert confirm(second.token, public=True).state == "confirmed"
    [signed] = campaign.signatures("convention")
    assert (signed.name, signed.public) == ("Sample Person", False)


def test_a_corrected_name_is_recorded(campaign):
    campaign.client().confirmations.confirm(sign(campaign).token, name="Sample Pérson")
    assert campaign.signatures("convention")[0].name == "Sample Pérson"


def test_a_rejected_signature_is_deleted(campaign):
    campaign.client().confirmations.reject(sign(campaign).token)
    assert campaign.signatures("convention") == []


def test_a_rejecting_mailbox_gets_no_email_for_any_petition(campaign):
    campaign.add_petition("other")
    campaign.client().confirmations.reject(sign(campaign).token)
    sign(campaign)
    sign(campaign, "other")
    assert len(campaign.mail) == 1


def test_emails_that_wait_are_dropped_by_a_rejection(campaign):
    first, *_ = [sign(campaign) for _ in range(4)]
    campaign.client().confirmations.reject(first.token)
    campaign.clock.advance(hours=1)
    campaign.client().campaign.get()
    assert len(campaign.mail) == 3


def test_a_mailbox_gets_three_emails_an_hour_for_all_petitions(campaign):
    campaign.add_petition("other")
    for petition in ("convention", "other") * 2:
        sign(campaign, petition)
    assert [email.about for email in campaign.mail] == ["convention", "other", "convention"]


def test_a_mailbox_gets_six_emails_a_day(campaign):
    for _ in range(10):
        sign(campaign)
        campaign.clock.advance(minutes=21)
    assert len(campaign.mail) == 6


def test_the_newest_form_that_waited_is_emailed_later(campaign):
    for number in range(5):
        sign(campaign, name=f"Sample {number}")
    assert len(campaign.mail) == 3
    campaign.clock.advance(hours=1)
    imd = campaign.client()
    imd.campaign.get()
    assert len(campaign.mail) == 4
    assert imd.confirmations.get(campaign.mail[-1].token).name == "Sample 4"


def test_a_person_who_has_signed_gets_an_email_without_a_link(campaign):
    campaign.add_signature("convention", confirmed=True)
    email = sign(campaign)
    assert (email.kind, email.token, email.code) == ("signed", None, None)


def submit(campaign, **change):
    campaign.client().events.submit(**VIGIL | change)
    return campaign.mail[-1]


def attend(campaign, event, **change):
    campaign.client().events.attend(event, **GUEST | change)
    return campaign.mail[-1]


def test_an_email_says_what_it_confirms(campaign):
    event = campaign.add_event()
    sign(campaign), submit(campaign), attend(campaign, event)
    assert [email.confirms for email in campaign.mail] == ["signature", "event", "attendance"]


def test_a_confirmed_event_reaches_the_moderators(campaign):
    email = submit(campaign)
    moderation = campaign.client(api_key=campaign.key("events:moderate")).moderation
    assert list(moderation.events()) == []
    confirmed = campaign.client().confirmations.confirm(email.token, name="Another Group")
    assert [review.event.id for review in moderation.events()] == [confirmed.event]
    [submitted] = campaign.submissions()
    assert (submitted.state, submitted.form["host"]["name"]) == ("pending_review", "Another Group")
    assert campaign.mail[-1].kind == "received"


def test_each_event_of_a_host_is_confirmed_by_itself(campaign):
    confirm = campaign.client().confirmations.confirm
    confirm(submit(campaign).token)
    submit(campaign, title="Another vigil")
    assert [event.state for event in campaign.submissions()] == ["pending_review", "pending"]


def test_places_are_taken_by_confirming(campaign):
    event, imd = campaign.add_event(capacity=3), campaign.client()
    email = attend(campaign, event, guests=1)
    assert imd.events.get(event).places_left == 3
    assert imd.confirmations.confirm(email.token).status == "accepted"
    assert imd.events.get(event).places_left == 1


def test_guests_wait_if_an_event_is_full_when_they_confirm(campaign):
    event = campaign.add_event(capacity=1)
    emails = [attend(campaign, event, email=f"{name}@example.org") for name in "ab"]
    confirm = campaign.client().confirmations.confirm
    assert [confirm(email.token).status for email in emails] == ["accepted", "waiting"]
    assert [email.kind for email in campaign.mail[2:]] == ["accepted", "waiting"]


def test_a_guest_on_the_list_gets_an_email_without_a_link(campaign):
    event = campaign.add_event()
    campaign.client().confirmations.confirm(attend(campaign, event).token)
    email = attend(campaign, event)
    assert (email.kind, email.token, email.confirms) == ("attending", None, None)


def test_other_links_of_a_guest_on_the_list_are_confirmed(campaign):
    event, confirmations = campaign.add_event(), campaign.client().confirmations
    first, second = attend(campaign, event), attend(campaign, event, guests=2)
    confirmations.confirm(first.token)
    found = confirmations.get(second.token)
    assert (found.state, found.status, found.guests) == ("confirmed", "accepted", None)


def test_the_newest_form_of_a_guest_is_recorded(campaign):
    event = campaign.add_event()
    attend(campaign, event), attend(campaign, event, guests=2)
    assert [guest.guests for guest in campaign.attendances(event)] == [2]


def test_a_rejected_event_is_deleted(campaign):
    campaign.client().confirmations.reject(submit(campaign).token)
    assert campaign.submissions() == []


def test_an_attendance_of_a_closed_event_stays_pending(campaign):
    event, imd = campaign.add_event(), campaign.client()
    email = attend(campaign, event)
    moderator = campaign.client(api_key=campaign.key("events:moderate"))
    moderator.moderation.decide_event(event, decision="cancel", reason="Rain.")
    with pytest.raises(imd_sdk.EventClosed):
        imd.confirmations.confirm(email.token)
    assert imd.confirmations.get(email.token).state == "pending"


@pytest.mark.parametrize("consent", ["public", "updates"])
def test_consent_is_for_signatures_only(campaign, consent):
    confirmations, token = campaign.client().confirmations, submit(campaign).token
    with pytest.raises(imd_sdk.InvalidRequest, match=f"{consent}: is asked for signatures only"):
        confirmations.confirm(token, **{consent: True})
    assert confirmations.get(token).state == "pending"


def test_emails_of_all_kinds_are_limited_together(campaign):
    event, box = campaign.add_event(), PERSON["email"]
    sign(campaign), submit(campaign, host={"name": "Sample Group", "email": box})
    attend(campaign, event, email=box), sign(campaign)
    assert len(campaign.mail) == 3


@pytest.mark.parametrize("spelling", [str.lower, lambda code: code.replace("-", " ")])
def test_a_code_is_found_however_it_is_typed(campaign, spelling):
    email = sign(campaign)
    code = spelling(email.code.replace("0", "o").replace("1", "l"))
    found = campaign.client().confirmations.find(email=email.to.upper(), code=code)
    assert found == email.token


def test_a_code_belongs_to_its_mailbox(campaign):
    email = sign(campaign)
    with pytest.raises(imd_sdk.NotFound):
        campaign.client().confirmations.find(email="other@example.org", code=email.code)


@pytest.mark.parametrize("code", ["ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGU", "ABCD.EFGH", ""])
def test_a_code_of_another_form_is_invalid(campaign, code):
    with pytest.raises(imd_sdk.InvalidRequest) as raised:
        campaign.client().confirmations.find(email="sample@example.org", code=code)
    assert [(error.in_, error.field) for error in raised.value.errors] == [("body", "code")]


def test_codes_of_one_mailbox_are_tried_a_hundred_times_an_hour(campaign):
    email, find = sign(campaign), campaign.client().confirmations.find
    for _ in range(100):
        assert find(email=email.to, code=email.code) == email.token
    with pytest.raises(imd_sdk.RateLimited) as raised:
        find(email=email.to, code=email.code)
    assert raised.value.retry_after == 3600
    campaign.clock.advance(hours=1)
    assert find(email=email.to, code=email.code) == email.token


def test_an_added_petition_has_texts_and_milestones(campaign):
    campaign.add_petition("other", summary="Short.", text="Long.", target="You", milestones=[5, 9])
    petition = campaign.client().petitions.get("other")
    assert (petition.summary, petition.text, petition.target) == ("Short.", "Long.", "You")
    assert petition.milestones == [5, 9]


def test_an_added_poster_has_prices_stock_and_files(campaign):
    campaign.add_poster(
        "other",
        artist="Sample Artist",
        price=100,
        limited_price=900,
        run=10,
        sold=8,
        files={"other.pdf": b"%PDF"},
        previews={"other.png": b"PNG"},
    )
    posters = campaign.client().posters
    poster = posters.get("other")
    assert poster.artist == "Sample Artist"
    assert [edition.price.amount for edition in poster.editions] == [100, 900]
    assert [(file.purpose, file.media_type, file.width) for file in poster.files] == [
        ("print", "application/pdf", None),
        ("preview", "image/png", 680),
    ]
    assert poster.editions[1].available == 2


def test_sold_prints_of_an_added_poster_cannot_be_ordered(campaign):
    campaign.add_poster("other", run=10, sold=9)
    with pytest.raises(imd_sdk.SoldOut):
        campaign.client().posters.reserve("other", edition="limited", quantity=2)


def test_an_empty_campaign_can_be_named_and_shared():
    campaign = InMemoryCampaign(sample=False)
    campaign.set_campaign(name="Sample day", petition="other", website="https://day.example/")
    campaign.set_share_kit({"one": "Sign:"}, hashtags=["SampleDay"], url="https://day.example/s")
    imd = campaign.client()
    found, kit = imd.campaign.get(), imd.share_kit.get()
    assert (found.name, found.petition, found.links.website) == (
        "Sample day",
        "other",
        "https://day.example/",
    )
    assert (kit.url, kit.hashtags) == ("https://day.example/s", ["SampleDay"])
    assert [(message.id, message.text) for message in kit.messages] == [("one", "Sign:")]


def test_added_events_are_validated(campaign):
    with pytest.raises(ValueError, match="kind: must be one of"):
        campaign.add_event(kind="party")


def test_a_calendar_has_no_line_that_is_too_long(campaign):
    campaign.add_event(title="é" * 150)
    lines = campaign.client().events.ics().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert "é" * 150 in b"\r\n".join(lines).replace(b"\r\n ", b"").decode()


def test_feeds_are_limited_and_link_to_the_events_pages(campaign):
    campaign.clock.advance(seconds=1)
    event = campaign.add_event(title="=A & <b>", lang="en")
    events, page = campaign.client().events, f"https://campaign.example/events/{event}"
    [row] = csv.DictReader(io.StringIO(events.csv(q="=A & <b>").decode("utf-8-sig")))
    assert (row["title"], row["page_url"]) == ("'=A & <b>", page)
    [entry] = feedparser.parse(events.atom(limit=1)).entries
    assert (entry.title, entry.link) == ("=A & <b>", page)
    [feature] = events.geojson(limit=1)["features"]
    assert feature["properties"]["page_url"].startswith("https://campaign.example/events/")
    assert events.ics(limit=1).count(b"BEGIN:VEVENT") == 1


def test_cancelled_event_has_a_higher_sequence(campaign):
    event = campaign.add_event()
    events = campaign.client().events
    review = campaign.client(api_key=campaign.key("events:moderate")).moderation
    assert b"SEQUENCE:0\r\n" in events.event_ics(event)
    review.decide_event(event, decision="cancel", reason="The place is closed.")
    assert b"SEQUENCE:1\r\n" in events.event_ics(event)


def test_a_custom_client_can_use_the_transport(campaign):
    with httpx.Client(transport=campaign.transport(), base_url=campaign.url) as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        assert imd_sdk.Client(http_client=http).campaign.get().petition == "convention"


def test_other_tasks_run_while_an_async_client_waits(campaign):
    async def both():
        imd = campaign.async_client()
        campaign.fail_next(Unavailable(retry_after=10))
        return await asyncio.gather(imd.campaign.get(), imd.petitions.get("convention"))

    first, second = asyncio.run(both())
    assert (first.petition, second.slug) == ("convention", "convention")
    assert [request.path for request in campaign.requests] == [
        "/v1/campaign",
        "/v1/petitions/convention",
        "/v1/campaign",
    ]


# --- webhooks and pytest -------------------------------------------------------------------------


def test_a_webhook_is_genuine():
    secret = webhooks.new_secret()
    made = webhook("event.approved", {"event": "evt_sample"}, secret=secret, delivery_id="msg_1")
    delivery = webhooks.verify(made.body, made.headers, secret)
    assert delivery.id == "msg_1"
    assert delivery.payload["type"] == "event.approved"
    assert delivery.payload["data"] == {"event": "evt_sample"}


def test_an_old_webhook_is_refused():
    secret = webhooks.new_secret()
    made = webhook("petition.closed", secret=secret, at=time.time() - 3600)
    with pytest.raises(webhooks.InvalidWebhook):
        webhooks.verify(made.body, made.headers, secret)
    assert json.loads(made.body)["data"] == {}


CONFTEST = 'pytest_plugins = ["imd_sdk.testing.plugin"]\n'
TEST = """
def test_each_test_has_a_campaign_of_its_own(imd_sdk_campaign):
    imd_sdk_campaign.client().campaign.get()
    assert len(imd_sdk_campaign.requests) == 1

test_once_more = test_each_test_has_a_campaign_of_its_own
"""


def test_the_plugin_provides_a_fixture(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_partner.py").write_text(TEST)
    run = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_importing_a_client_does_not_load_the_kit():
    code = "import sys; from imd_sdk import AsyncClient, Client; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not [name for name in loaded.stdout.split() if name.startswith("imd_sdk.testing")]


def test_the_kit_needs_no_pytest_and_no_server():
    code = "import sys; import imd_sdk.testing; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    tops = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert tops & {"pytest", "_pytest", "httpx2", "starlette", "imd_campaign"} == set()
