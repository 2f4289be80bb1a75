from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

pytestmark = pytest.mark.anyio


@pytest.fixture
def fetch_calendar(client):
    async def fetch(path):
        response = await client.get(path)
        assert response.headers["content-type"] == "text/calendar; charset=utf-8"
        return Calendar.from_ical(response.content)

    return fetch


async def test_calendar_entry_has_local_time(fetch_calendar, publish):
    event = publish(ends_at="2026-12-18T19:30:00-06:00")
    [entry] = (await fetch_calendar(f"/v1/events/{event}.ics")).events
    assert entry.start.replace(tzinfo=None).isoformat() == "2026-12-18T18:00:00"
    assert entry.start.utcoffset() == timedelta(hours=-6)
    assert entry["dtstart"].params["TZID"] == "America/Mexico_City"
    assert entry.duration == timedelta(minutes=90)


async def test_calendar_defines_every_time_zone_it_uses(fetch_calendar, publish):
    publish()
    publish(starts_at="2027-06-18T18:00:00+02:00", time_zone="Europe/Berlin")
    calendar = await fetch_calendar("/v1/events.ics")
    assert calendar.get_used_tzids() == {"America/Mexico_City", "Europe/Berlin"}
    assert calendar.get_missing_tzids() == set()


async def test_time_zone_definition_matches_the_real_zone(fetch_calendar, publish):
    event = publish(starts_at="2027-06-18T18:00:00+02:00", time_zone="Europe/Berlin")
    calendar = await fetch_calendar(f"/v1/events/{event}.ics")
    [written] = calendar.timezones
    start = calendar.events[0].start.replace(tzinfo=None)
    own, real = (
        start.replace(tzinfo=zone) for zone in (written.to_tz(), ZoneInfo("Europe/Berlin"))
    )
    assert own.utcoffset() == real.utcoffset() == timedelta(hours=2)


async def test_calendar_entry_has_a_stable_uid(fetch_calendar, publish):
    event = publish(id="evt_one")
    entries = [(await fetch_calendar(f"/v1/events/{event}.ics")).events[0] for _ in range(2)]
    assert [str(entry["uid"]) for entry in entries] == ["evt_one@campaign.example"] * 2


async def test_calendar_entry_has_text_place_and_language(fetch_calendar, publish):
    event = publish(title="وقفة؛ بالشموع", description="one,\n\ntwo; three", lang="ar")
    [entry] = (await fetch_calendar(f"/v1/events/{event}.ics")).events
    assert str(entry["summary"]) == "وقفة؛ بالشموع"
    assert entry["summary"].params["LANGUAGE"] == "ar"
    page = f"https://campaign.example/events/{event}"
    assert str(entry["description"]) == f"one,\n\ntwo; three\n\n{page}"
    assert str(entry["location"]) == "Sample Church, 5 Sample Street, Mexico City, MX"
    assert entry["geo"].to_ical() == "19.4326;-99.1332"
    assert str(entry["url"]) == page


async def test_text_cannot_inject_calendar_lines(client, publish):
    event = publish(description="end\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:forged")
    text = (await client.get(f"/v1/events/{event}.ics")).text
    lines = text.replace("\r\n ", "").split("\r\n")
    assert [line for line in lines if line.startswith("SUMMARY:forged")] == []
    assert lines.count("BEGIN:VEVENT") == 1


async def test_calendar_lines_are_folded_at_75_octets(client, publish):
    publish(description="ありがとう شكرا 🕯️ " * 50)
    response = await client.get("/v1/events.ics")
    assert max(len(line) for line in response.content.split(b"\r\n")) <= 75


async def test_online_entry_has_the_page_and_the_meeting(fetch_calendar, publish, online):
    event = publish(online(url="https://example.org/live?a=1,2;b"))
    [entry] = (await fetch_calendar(f"/v1/events/{event}.ics")).events
    assert str(entry["url"]) == f"https://campaign.example/events/{event}"
    assert str(entry["conference"]) == "https://example.org/live?a=1,2;b"
    assert entry["conference"].params == {"VALUE": "URI", "FEATURE": "VIDEO"}
    assert "https://example.org/live?a=1,2;b" in entry["description"].split("\n")
    assert "location" not in entry


async def test_page_of_an_event_at_a_place_is_no_conference(fetch_calendar, publish):
    event = publish(url="https://example.org/vigil")
    [entry] = (await fetch_calendar(f"/v1/events/{event}.ics")).events
    assert "conference" not in entry
    assert "https://example.org/vigil" in entry["description"].split("\n")


async def test_calendar_says_how_often_it_changes(fetch_calendar):
    calendar = await fetch_calendar("/v1/events.ics")
    assert calendar["refresh-interval"].to_ical() == b"PT1H"
    assert calendar["refresh-interval"].params["VALUE"] == "DURATION"
    assert calendar["x-published-ttl"] == "PT1H"
    assert calendar.calendar_name == "International Migrants Day"


async def test_sequence_rises_with_each_published_change(fetch_calendar, client, publish, key):
    event, moderator = publish(), key("events:moderate")

    async def fetch_entry():
        return (await fetch_calendar(f"/v1/events/{event}.ics")).events[0]

    first = await fetch_entry()
    path = f"/v1/moderation/events/{event}/decisions"
    cancellation = {"decision": "cancel", "reason": "The place is closed."}
    assert (await client.post(path, json=cancellation, headers=moderator)).status_code == 200
    last = await fetch_entry()
    assert [(str(entry["status"]), entry["sequence"]) for entry in (first, last)] == [
        ("CONFIRMED", 0),
        ("CANCELLED", 1),
    ]


async def test_second_of_two_hours_with_the_same_local_time_is_in_utc(fetch_calendar, publish):
    zone = {"time_zone": "Europe/Berlin", "ends_at": None}
    publish(id="a", starts_at="2026-10-25T02:30:00+02:00", **zone)
    publish(id="b", starts_at="2026-10-25T02:30:00+01:00", **zone)
    first, second = (await fetch_calendar("/v1/events.ics")).events
    assert first["dtstart"].to_ical() == b"20261025T023000"
    assert second["dtstart"].to_ical() == b"20261025T013000Z"


async def test_calendar_can_be_empty(fetch_calendar):
    assert (await fetch_calendar("/v1/events.ics?kind=press")).events == []


async def test_calendar_and_geojson_accept_the_filters_of_the_list(fetch_calendar, client, publish):
    publish(id="a"), publish(id="b", kind="rally")
    assert [
        str(entry["uid"])[0] for entry in (await fetch_calendar("/v1/events.ics?kind=rally")).events
    ] == ["b"]
    features = (await client.get("/v1/events.geojson?kind=rally")).json()["features"]
    assert [feature["id"] for feature in features] == ["b"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1000001", "cursor=x"])
@pytest.mark.parametrize("format_", ["ics", "geojson", "csv", "atom"])
async def test_feeds_reject_cursors_and_wrong_limits(client, format_, query):
    assert (await client.get(f"/v1/events.{format_}?{query}")).status_code == 400


async def test_geojson_features_have_coordinates_unless_online(client, publish, online):
    publish(id="a")
    publish(online(starts_at="2026-12-19T18:00:00-06:00"), id="b")
    response = await client.get("/v1/events.geojson")
    assert response.headers["content-type"] == "application/geo+json"
    on_site, online_event = response.json()["features"]
    assert on_site["geometry"] == {"type": "Point", "coordinates": [-99.1332, 19.4326]}
    assert online_event["geometry"] is None
    assert on_site["properties"]["title"] == "Vigil for migrants"


async def test_geojson_features_have_the_url_of_the_page(client, publish):
    event = publish()
    [feature] = (await client.get("/v1/events.geojson")).json()["features"]
    assert feature["properties"]["page_url"] == f"https://campaign.example/events/{event}"


async def test_unchanged_feeds_are_not_sent_again(client, publish):
    publish()
    for format_ in ("ics", "geojson", "csv", "atom"):
        path = f"/v1/events.{format_}"
        tag = (await client.get(path)).headers["etag"]
        assert (await client.get(path, headers={"If-None-Match": tag})).status_code == 304
