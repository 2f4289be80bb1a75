"""What the files say becomes true, in one transaction, and nothing else is touched."""

import hashlib
from pathlib import Path

import pytest
from signing import confirm, count_all, sign
from sqlalchemy import func, insert, select

from imd_campaign.api_keys.service import Caller
from imd_campaign.audit import service as audit
from imd_campaign.campaign_files import service
from imd_campaign.campaign_files.kinds.event_kind import EventKind
from imd_campaign.campaign_files.problems import InvalidFiles
from imd_campaign.errors import AlreadyDecided, CampaignClosed
from imd_campaign.events import private_places
from imd_campaign.events.schemas import PrivatePlaceForm
from imd_campaign.posters import store as posters
from imd_campaign.posters.tables import orders, prints
from imd_campaign.tables import metadata

pytestmark = pytest.mark.anyio

TITLED_OTHERWISE = {"title": "Second", "summary": "S", "text": "T", "target": "All"}


def list_changes(plan):
    return [
        (change.action, change.kind, change.key, {f.name: (f.old, f.new) for f in change.fields})
        for change in plan.changes
    ]


def list_actions(plan):
    return [(change.action, change.kind, change.key) for change in plan.changes]


def order(context, numbers):
    """Sell prints, as confirmed orders do."""
    row = {
        "id": "ord_sample",
        "state": "paid",
        "poster": "paths",
        "edition": "limited",
        "quantity": 1,
        "amount": 9000,
        "currency": "EUR",
        "created_at": context.now(),
    }
    with context.database.write() as connection:
        posters.add_order(connection, {c.name: row.get(c.name) for c in orders.c})
        posters.sell(connection, row, numbers)


def count_prints(context):
    with context.database.read() as connection:
        return connection.execute(select(func.count()).select_from(prints)).scalar_one()


def list_entries(context, subject):
    with context.database.read() as connection:
        return audit.list_entries(connection, subject)


# --- the plan ----------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_nothing_differs_after_applying(apply, plan):
    assert list_actions(apply()) == [
        ("add", "campaign", "campaign"),
        ("add", "petition", "safe-routes"),
        ("add", "event", "madrid-lunch"),
        ("add", "poster", "paths"),
    ]
    assert plan().changes == []


async def test_plan_shows_old_and_new_value_of_each_language(apply, plan, files):
    apply()
    files.petition["texts"]["es"]["title"] = "Rutas seguras"
    files.petition["goal"] = 2000
    changed = {"title.es": ("Vías seguras", "Rutas seguras"), "goal": (1000, 2000)}
    assert list_changes(plan()) == [("change", "petition", "safe-routes", changed)]


async def test_planning_writes_nothing(plan, context):
    plan()
    with context.database.read() as connection:
        tables = [t for t in metadata.sorted_tables if t.name != "secret_checks"]
        counts = [connection.scalar(select(func.count()).select_from(t)) for t in tables]
    assert sum(counts) == 1  # the version of the index of events


@pytest.mark.both_databases
async def test_changed_database_since_the_plan_is_refused(apply, plan, files, client):
    apply()
    files.petition["goal"] = 2000
    seen = plan()
    files.petition["goal"] = 3000
    apply()
    files.petition["goal"] = 2000
    with pytest.raises(service.PlanOutdated):
        apply(digest=seen.digest)
    assert (await client.get("/v1/petitions/safe-routes")).json()["goal"] == 3000


async def test_nothing_is_applied_to_a_closed_campaign(apply, files, context):
    apply()
    closed = {"name": "read_only", "value": "closed", "changed_at": context.now()}
    with context.database.write() as connection:
        connection.execute(insert(metadata.tables["switches"]).values(closed))
    files.petition["goal"] = 2000
    with pytest.raises(CampaignClosed):
        apply()


async def test_value_in_a_private_place_is_not_in_the_plan(plan, files):
    files.event["place"]["private"] = True
    assert "Hidden" not in str(plan().to_json())


# --- petitions ---------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_changed_text_is_public_at_once(apply, files, client):
    apply()
    assert (await client.get("/v1/petitions/safe-routes")).json()["title"] == "Safe routes"
    files.petition["texts"]["en"]["title"] = "Safe routes for all"
    apply()
    assert (await client.get("/v1/petitions/safe-routes")).json()["title"] == "Safe routes for all"


async def test_changing_a_signed_text_is_noted(apply, plan, files, client, emails, context):
    apply()
    await sign(client, "safe-routes")
    await confirm(client, emails()[0])
    count_all(context)
    files.petition["texts"]["en"]["text"] = "Two."
    [change] = plan().changes
    assert change.notes == ["1 signatures were given for the earlier text."]


async def test_closed_petition_refuses_signatures(apply, files, client, clock):
    files.petition["closes"] = "2026-11-24T00:00:00"
    apply()
    assert (await sign(client, "safe-routes")).status_code == 202
    clock.forward(days=1)
    response = await sign(client, "safe-routes")
    assert response.json()["type"] == "/v1/problems/petition-closed"


async def test_signature_from_before_closing_can_be_confirmed(apply, files, client, clock, emails):
    files.petition["closes"] = "2026-11-24T00:00:00"
    apply()
    await sign(client, "safe-routes")
    [email] = emails()
    clock.forward(days=2)
    assert (await confirm(client, email)).json()["state"] == "confirmed"


async def test_closed_petition_is_reopened_by_its_file(apply, files, client, clock):
    files.petition["closes"] = "2026-11-22T00:00:00"
    apply()
    assert (await client.get("/v1/petitions/safe-routes")).json()["state"] == "closed"
    del files.petition["closes"]
    apply()
    assert (await sign(client, "safe-routes")).status_code == 202


async def test_petition_without_a_file_is_kept(apply, plan, files, client):
    files.data["petitions/second"] = {**files.petition, "texts": {"en": TITLED_OTHERWISE}}
    apply()
    del files.data["petitions/second"]
    assert plan().changes == []
    assert [(kept.key, kept.note) for kept in plan().kept] == [
        ("second", "stays open; --close-missing closes it")
    ]


async def test_petition_without_a_file_is_closed_on_request(apply, files, client):
    files.data["petitions/second"] = {**files.petition, "texts": {"en": TITLED_OTHERWISE}}
    apply()
    del files.data["petitions/second"]
    assert list_actions(apply(close_missing=True)) == [("close", "petition", "second")]
    assert (await client.get("/v1/petitions/second")).json()["state"] == "closed"


async def test_changed_slug_is_refused(apply, files):
    apply()
    files.data["petitions/safer-routes"] = files.data.pop("petitions/safe-routes")
    files.data["campaign"]["petition"] = "safer-routes"
    with pytest.raises(InvalidFiles, match="name it safe-routes again"):
        apply()


# --- audit -------------------------------------------------------------------------------------


@pytest.mark.both_databases
async def test_each_change_is_in_the_audit_trail(apply, files, context):
    apply()
    files.petition["goal"] = 2000
    apply()
    entry = list_entries(context, "petition:safe-routes")[-1]
    assert (entry.actor, entry.action, entry.reason) == (
        "shell:sample",
        "files.change",
        "a sample reason",
    )
    assert entry.details == {"fields": [{"name": "goal", "old": 1000, "new": 2000}]}


async def test_audit_trail_has_no_address(apply, context):
    apply()
    [entry] = list_entries(context, "evt_madrid-lunch")
    assert "place.address" in entry.details["fields"]
    assert "Hidden" not in str(entry.details)


# --- events ------------------------------------------------------------------------------------


async def test_own_event_is_public_at_once(apply, client):
    apply()
    event = (await client.get("/v1/events/evt_madrid-lunch")).json()
    assert (event["state"], event["starts_at"]) == ("public", "2026-12-18T12:00:00+01:00")


def test_place_of_a_private_event_is_encrypted(apply, files, context):
    files.event["place"]["private"] = True
    apply()
    file = Path(context.settings.database_url.removeprefix("sqlite:///"))
    with context.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Hidden Street" not in file.read_bytes()


@pytest.mark.both_databases
async def test_guests_are_told_about_another_time(apply, files, client, emails):
    apply()
    guest = {"name": "Sample Guest", "email": "guest@example.org"}
    await client.post("/v1/events/evt_madrid-lunch/attendances", json=guest)
    await confirm(client, emails()[-1])
    files.event["starts"] = "2026-12-18T13:00:00"
    apply()
    told = [email.get_content() for email in emails() if email["To"] == "guest@example.org"]
    assert any("13:00" in content for content in told)


async def test_more_capacity_lets_the_waiting_list_move_up(apply, files, client, emails):
    files.event["capacity"] = 1
    apply()
    for name in ("first", "second"):
        guest = {"name": "Sample Guest", "email": f"{name}@example.org"}
        await client.post("/v1/events/evt_madrid-lunch/attendances", json=guest)
        [email] = [email for email in emails() if email["To"] == guest["email"]]
        await confirm(client, email)
    files.event["capacity"] = 2
    apply()
    told = [email.get_content() for email in emails() if email["To"] == "second@example.org"]
    assert any("reservada" in content for content in told)


async def test_changed_event_has_a_higher_revision(apply, files, client):
    apply()
    files.event["title"] = "Merienda"
    apply()
    calendar = (await client.get("/v1/events/evt_madrid-lunch.ics")).text
    assert "SEQUENCE:1" in calendar
    assert "Merienda" in calendar


async def test_event_that_is_over_stays_as_it_is(apply, plan, files, clock):
    apply()
    clock.forward(days=40)
    files.event["title"] = "Merienda"
    assert plan().changes == []
    assert [kept.note for kept in plan().kept] == ["is over and stays as it is."]


async def test_event_that_is_over_does_not_move_to_another_day(apply, files, clock):
    apply()
    clock.forward(days=40)
    files.event["starts"] = "2027-12-18T12:00:00"
    with pytest.raises(InvalidFiles, match="Give the new event an ID of its own"):
        apply()


async def test_private_home_does_not_become_public(apply, files):
    files.event["place"]["private"] = True
    apply()
    files.event["place"]["private"] = False
    with pytest.raises(InvalidFiles, match=r"`place\.private` cannot change"):
        apply()


def test_files_follow_a_place_that_a_moderator_made_private(apply, files, context):
    apply()
    moderator, form = Caller("key_1", "M", frozenset()), PrivatePlaceForm(reason="It is a home.")
    private_places.make_private(context, moderator, "evt_madrid-lunch", form)
    with pytest.raises(InvalidFiles, match="Set it to true"):
        apply()
    files.event["place"]["private"] = True
    apply()


def test_place_that_was_made_private_since_the_plan_stays_so(apply, plan, files, context):
    apply()
    files.event["title"] = "Merienda"
    planned = plan()
    moderator, form = Caller("key_1", "M", frozenset()), PrivatePlaceForm(reason="It is a home.")
    private_places.make_private(context, moderator, "evt_madrid-lunch", form)
    with context.database.write() as connection, pytest.raises(AlreadyDecided):
        EventKind().write(context, connection, planned.changes)


# --- posters -----------------------------------------------------------------------------------


async def test_replaced_artwork_has_another_digest(apply, files, client):
    apply()
    files.artwork["paths.png"] = data = b"\x89PNG\r\n\x1a\n second"
    apply()
    [file] = (await client.get("/v1/posters/paths")).json()["files"]
    assert file["sha256"] == hashlib.sha256(data).hexdigest()
    assert (await client.get(file["href"])).content == data


async def test_lost_artwork_is_restored(apply, plan, context):
    apply()
    file = context.settings.files_dir / "posters/paths/paths.png"
    file.unlink()
    changed = {"files.paths.png.is_stored": (False, True)}
    assert list_changes(plan()) == [("change", "poster", "paths", changed)]
    apply()
    assert file.is_file()


async def test_artwork_stays_if_nothing_is_applied(apply, files, context):
    apply()
    order(context, [4])
    files.edition["run"] = 3
    files.artwork["paths.png"] = b"\x89PNG\r\n\x1a\n second"
    with pytest.raises(InvalidFiles):
        apply()
    stored = context.settings.files_dir / "posters/paths/paths.png"
    assert stored.read_bytes().endswith(b"first")


@pytest.mark.both_databases
async def test_run_cannot_fall_below_what_is_sold(apply, files, context):
    apply()
    order(context, [4])
    files.edition["run"] = 3
    with pytest.raises(InvalidFiles, match="cannot have a run of 3: number 4 is sold"):
        apply()
    assert count_prints(context) == 5


@pytest.mark.both_databases
async def test_run_can_fall_to_what_is_sold(apply, files, context):
    apply()
    order(context, [4])
    files.edition["run"] = 4
    apply()
    assert count_prints(context) == 4


async def test_run_grows_only_before_the_first_sale(apply, files, context):
    apply()
    files.edition["run"] = 8
    apply()
    assert count_prints(context) == 8
    order(context, [1])
    files.edition["run"] = 9
    with pytest.raises(InvalidFiles, match="cannot have more than 8 prints"):
        apply()


async def test_price_can_change_after_a_sale(apply, files, context, client):
    apply()
    order(context, [1])
    files.edition["price"]["amount"] = 8000
    apply()
    [edition] = (await client.get("/v1/posters/paths")).json()["editions"]
    assert (edition["price"]["amount"], edition["available"]) == (8000, 4)


async def test_edition_with_orders_cannot_be_removed(apply, files, context):
    apply()
    order(context, [1])
    files.data["posters"]["posters"][0]["editions"] = []
    with pytest.raises(InvalidFiles, match="edition limited has orders"):
        apply()


async def test_edition_without_orders_can_be_removed(apply, files, context):
    apply()
    files.data["posters"]["posters"][0]["editions"] = []
    apply()
    assert count_prints(context) == 0


async def test_poster_without_an_entry_is_no_longer_sold_on_request(apply, files, client):
    apply()
    files.data["posters"]["posters"] = []
    apply(close_missing=True)
    assert (await client.get("/v1/posters/paths")).json()["state"] == "sold_out"


# --- share kit and resources -------------------------------------------------------------------

KIT = {
    "at": "12-18 17:00",
    "url": "https://own.example/",
    "texts": {"en": {"hashtags": ["Day"], "messages": [{"id": "why", "text": "Because."}]}},
}
RESOURCE = {
    "slug": "about",
    "kind": "background",
    "texts": {"en": {"title": "About", "summary": "S", "body": "B"}},
}


@pytest.mark.both_databases
async def test_share_kit_and_resources_are_changed_and_removed(apply, plan, files, client):
    files.data |= {"share_kit": KIT, "resources": {"resources": [RESOURCE]}}
    apply()
    files.data["resources"]["resources"] = [{**RESOURCE, "url": "https://own.example/about"}]
    apply()
    assert (await client.get("/v1/resources/about")).json()["url"] == "https://own.example/about"
    assert (await client.get("/v1/share-kit")).json()["storm_at"] == "2026-12-18T17:00:00+00:00"
    del files.data["share_kit"], files.data["resources"]
    assert [kept.key for kept in plan().kept] == ["share_kit", "about"]
    apply(close_missing=True)
    assert (await client.get("/v1/resources/about")).status_code == 404
    assert (await client.get("/v1/share-kit")).status_code == 404
