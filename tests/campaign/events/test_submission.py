import pytest
from signing import find_token, find_tokens

from imd_campaign.audit.service import list_entries

pytestmark = pytest.mark.anyio


@pytest.fixture
def moderator(key):
    return key("events:moderate")


@pytest.fixture
def decide(client, moderator):
    async def post(event_id, decision, reason="seen", headers=moderator):
        return await client.post(
            f"/v1/moderation/events/{event_id}/decisions",
            headers=headers,
            json={"decision": decision, "reason": reason},
        )

    return post


@pytest.fixture
async def submitted_id(body, submit):
    return await submit(body())


async def list_in_review(client, moderator):
    page = await client.get("/v1/moderation/events", headers=moderator)
    return page.json()["items"]


@pytest.mark.both_databases
async def test_event_reaches_the_moderators_on_confirmation(
    client, body, moderator, emails, confirm_last
):
    response = await client.post("/v1/events", json=body())
    emails()
    before = await list_in_review(client, moderator)
    confirmation = (await confirm_last()).json()
    [submitted] = await list_in_review(client, moderator)
    assert (response.status_code, response.json()["status"]) == (202, "confirmation_sent")
    assert (before, submitted["event"]["id"]) == ([], confirmation["event"])
    assert (confirmation["state"], confirmation["title"]) == ("confirmed", None)


async def test_link_shows_what_it_confirms(client, at_home, emails):
    await client.post("/v1/events", json=at_home(capacity=12))
    shown = await client.get(f"/v1/confirmations/{find_token(emails()[0])}")
    assert shown.json() == {
        "kind": "event",
        "state": "pending",
        "name": "Sample Group",
        "expires_at": "2026-11-30T12:00:00+00:00",
        "title": "A potluck",
        "description": "Candles, songs and silence.",
        "starts_at": "2026-12-18T19:00:00-08:00",
        "time_zone": "America/Los_Angeles",
        "url": None,
        "place": {
            "name": "Home of a Sample Person",
            "address": "1218 Secret Lane",
            "locality": "Oakland",
            "region": "California",
            "country": "US",
            "latitude": 37.80443,
            "longitude": -122.27118,
            "precision": "exact",
        },
        "private": True,
        "capacity": 12,
        "event": None,
    }


async def test_host_is_asked_without_the_words_of_the_form(client, body, emails):
    await client.post("/v1/events", json=body(title="Buy at example.net", description="Cheap"))
    [email] = emails()
    assert email["Subject"] == "Please confirm your event"
    assert "18 December 2026" in email.get_content()
    assert "example.net" not in email.as_string()


async def test_host_can_correct_the_name(client, body, moderator, confirm_last):
    await client.post("/v1/events", json=body())
    await confirm_last(name="Corrected Group")
    [submitted] = await list_in_review(client, moderator)
    assert submitted["event"]["host"] == "Corrected Group"


async def test_host_confirms_several_events_in_one_email(client, body, moderator, emails):
    for title in ("Vigil", "March"):
        await client.post("/v1/events", json=body(title=title))
    [email] = emails()
    for token in find_tokens(email):
        await client.post(f"/v1/confirmations/{token}")
    titles = {item["event"]["title"] for item in await list_in_review(client, moderator)}
    assert titles == {"Vigil", "March"}


async def test_event_under_review_is_not_public(client, submitted_id):
    assert (await client.get(f"/v1/events/{submitted_id}")).status_code == 404
    assert (await client.get("/v1/events")).json()["items"] == []


@pytest.mark.both_databases
async def test_approved_event_is_public(client, submitted_id, decide, ids):
    response = await decide(submitted_id, "approve")
    assert response.json()["state"] == "public"
    assert response.json()["event"]["id"] == submitted_id
    assert await ids("") == [submitted_id]


@pytest.mark.both_databases
async def test_rejected_event_is_not_public(client, submitted_id, decide):
    assert (await decide(submitted_id, "reject")).json()["state"] == "rejected"
    assert (await client.get(f"/v1/events/{submitted_id}")).status_code == 404


@pytest.mark.both_databases
async def test_cancelled_event_is_marked_and_not_listed(client, submitted_id, decide, ids):
    await decide(submitted_id, "approve")
    await decide(submitted_id, "cancel")
    assert (await client.get(f"/v1/events/{submitted_id}")).json()["state"] == "cancelled"
    assert "STATUS:CANCELLED" in (await client.get(f"/v1/events/{submitted_id}.ics")).text
    assert await ids("") == []


@pytest.mark.both_databases
@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_event_cannot_be_decided_on_twice(submitted_id, decide, decision):
    await decide(submitted_id, "approve")
    response = await decide(submitted_id, decision)
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/already-decided")


async def test_only_public_events_can_be_cancelled(submitted_id, decide):
    response = await decide(submitted_id, "cancel")
    assert response.json()["errors"][0]["field"] == "decision"


async def test_decision_requires_a_reason(submitted_id, decide):
    response = await decide(submitted_id, "approve", reason=" ")
    assert response.json()["errors"][0]["field"] == "reason"


@pytest.mark.both_databases
async def test_decision_is_recorded_with_actor_and_reason(context, submitted_id, decide):
    await decide(submitted_id, "approve", reason="known group")
    with context.database.read() as connection:
        [entry] = list_entries(connection, submitted_id)
    assert (entry.action, entry.reason) == ("event.approve", "known group")
    assert entry.actor.startswith("key_")


async def test_moderation_requires_the_scope(client, submitted_id, decide, key):
    assert (await client.get("/v1/moderation/events")).status_code == 401
    other = key("signatures:read")
    response = await client.get("/v1/moderation/events", headers=other)
    assert (response.status_code, response.json()["scope"]) == (403, "events:moderate")
    assert (await decide(submitted_id, "approve", headers=other)).status_code == 403


@pytest.mark.both_databases
async def test_moderation_list_filters_by_state_oldest_first(
    client, body, submit, moderator, clock, decide
):
    ids = []
    for _ in range(3):
        ids.append(await submit(body()))
        clock.forward(seconds=1)
    await decide(ids[0], "reject")
    for state, expected in (("pending_review", ids[1:]), ("rejected", ids[:1])):
        page = await client.get(f"/v1/moderation/events?state={state}", headers=moderator)
        assert [item["event"]["id"] for item in page.json()["items"]] == expected


async def test_host_emails_are_in_the_events_language(body, submit, decide, emails, clock):
    event = await submit(body(lang="es"))
    clock.forward(seconds=1)
    emails()
    await decide(event, "approve")
    _, received, approved = emails()
    assert received["Subject"] == "Hemos recibido tu acto"
    assert approved["Subject"] == "Tu acto ya es público: Vigil for migrants"
    assert approved["To"] == "host@example.org"
    assert f"https://campaign.example/events/{event}" in approved.get_content()


async def test_host_of_a_home_learns_what_stays_hidden(at_home, submit, decide, emails):
    event = await submit(at_home())
    await decide(event, "approve")
    [told] = [email for email in emails() if email["Subject"].startswith("Your event is")]
    assert "everybody can find it" not in told.get_content()
    assert "Your name and the address stay hidden" in told.get_content()


async def test_user_input_is_not_emailed_before_approval(body, submit, decide, emails):
    spam = body(title="Buy at https://example.net", description="Cheap", lang="en")
    event = await submit(spam)
    await decide(event, "reject", reason="not an event")
    for email in emails():
        assert "example.net" not in f"{email['Subject']} {email.get_content()}"


async def test_event_languages_default_to_its_own_language(client, body, submit, moderator):
    await submit(body(lang="fr"))
    page = await client.get("/v1/moderation/events", headers=moderator)
    assert page.json()["items"][0]["event"]["languages"] == ["fr"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "a" * 201}, "title"),
        ({"title": "a\u202eb"}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"description": "  "}, "description"),
        ({"lang": "english"}, "lang"),
        ({"languages": []}, "languages"),
        ({"languages": ["en", "?"]}, "languages.1"),
        ({"kind": "party"}, "kind"),
        ({"starts_at": "2026-12-18T18:00:00-05:00"}, "starts_at"),
        ({"starts_at": "2026-12-18T18:00:00"}, "starts_at"),
        ({"starts_at": "2026-12-18"}, "starts_at"),
        ({"starts_at": 1766016000}, "starts_at"),
        ({"starts_at": "1766016000"}, "starts_at"),
        ({"starts_at": "2025-12-18T18:00:00-06:00"}, "starts_at"),
        ({"starts_at": "2030-12-18T18:00:00-06:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"ends_at": "2026-12-18T17:00:00-06:00"}, "ends_at"),
        ({"ends_at": "2026-12-18T20:00:00-05:00"}, "ends_at"),
        ({"ends_at": "2027-02-18T20:00:00-06:00"}, "ends_at"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "ends_at"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"place": None}, "place"),
        ({"online": True}, "url"),
        ({"online": True, "url": "https://example.org"}, "place"),
        ({"online": "true"}, "online"),
        ({"kind": "online"}, "online"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://user:pass@example.org"}, "url"),
        ({"host": {"name": "Sample Group", "email": "nobody"}}, "host.email"),
        ({"host": None}, "host"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 1.5}, "capacity"),
        ({"capacity": 10**30}, "capacity"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_invalid_field_is_reported(client, body, changes, field):
    response = await client.post("/v1/events", json=body(**changes))
    assert (response.status_code, response.json()["type"]) == (422, "/v1/problems/invalid-body")
    assert field in [error["field"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"latitude": 90.1}, "place.latitude"),
        ({"latitude": "19"}, "place.latitude"),
        ({"longitude": -180.5}, "place.longitude"),
        ({"country": "mx"}, "place.country"),
        ({"country": "ZZ"}, "place.country"),
        ({"locality": ""}, "place.locality"),
        ({"private": "yes"}, "place.private"),
        ({"zip": "1"}, "place.zip"),
    ],
)
async def test_invalid_place_field_is_reported(client, body, place, changes, field):
    response = await client.post("/v1/events", json=body(place=place(**changes)))
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


async def test_nan_coordinate_causes_no_server_error(client, body):
    sent = (await client.post("/v1/events", json=body())).request.content
    broken = sent.replace(b"19.4326", b"NaN")
    headers = {"Content-Type": "application/json"}
    assert (await client.post("/v1/events", content=broken, headers=headers)).status_code < 500


async def test_repeated_idempotency_key_submits_one_event(client, body, emails):
    headers = {"Idempotency-Key": "one-of-the-sample-keys"}
    first = await client.post("/v1/events", json=body(), headers=headers)
    again = await client.post("/v1/events", json=body(), headers=headers)
    assert again.json() == first.json()
    assert len(find_tokens(emails()[0])) == 1
