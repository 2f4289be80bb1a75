"""A sample campaign for requests that schemathesis generates from the OpenAPI document.

JSON Schema cannot state every rule: some depend on two fields at once, others on what is stored.
`prepare` makes a generated valid request keep them too, so that the server has no reason to reject
it. Each change has its reason beside it.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import schemathesis
from fastapi import FastAPI
from hypothesis import strategies as st
from schemathesis import hooks
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder
from signing import process_all
from starlette.testclient import TestClient

from imd_campaign import seed
from imd_campaign.api_keys import service as keys
from imd_campaign.app import create_app
from imd_campaign.db import migrate, open_engine
from imd_campaign.events.time_zones import list_zone_names
from imd_campaign.mail.sender import MailSender
from imd_campaign.mail.transports import open_transport
from imd_campaign.partners import store as partners
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database
from imd_campaign.web.openapi_examples import BODY_EXAMPLES, EVENT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINK = re.compile(r"https://campaign\.example/([a-z-]+)/([\w-]{22})\b")
PAGES = {"confirm": "confirmations", "your-data": "personal-data"}
COLLECTION = re.compile(r"/v1/([a-z-]+)/")
SHORT_KEY = re.compile(r"[\x21-\x7e]{1,21}")
NUMBERS = count(1)

# Several scripts, an accent of its own, and what is often forgotten: digits and punctuation.
LETTERS = "aZéße\u0301жع한中नि"
VISIBLE = re.compile(r"[^\s\u0301]")
LINES = st.text(st.sampled_from(LETTERS + " 09-'.,:/@"), min_size=1, max_size=20)
LINES = LINES.filter(VISIBLE.search)
PLAIN = LINES.filter(lambda line: not set(line) & set(".,:/@"))
TEXTS = st.lists(LINES, min_size=1, max_size=2).map("\n".join)
WEBHOOK_URLS = ["https://receiver.example", "https://receiver.example:443/imd?key=a%20b"]
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001 a Z follows


def register_formats() -> None:
    """Teach schemathesis the formats of docs/http-api.md."""
    schemathesis.openapi.format("line", LINES)
    schemathesis.openapi.format("line-without-links", PLAIN)
    schemathesis.openapi.format("text", TEXTS)
    schemathesis.openapi.format("time-zone", st.sampled_from(sorted(list_zone_names())))
    schemathesis.openapi.format("webhook-url", st.sampled_from(WEBHOOK_URLS))
    schemathesis.openapi.format("date-time", TIMES.map(lambda time: f"{time.isoformat()}Z"))


PARTNER = "sample-partner"
FIRST_DECISIONS = dict.fromkeys(("sent", "refund", "paid_late"), "paid") | {"cancel": "approve"}


class SampleServer:
    """The application, a key with every scope, and the tokens that were e-mailed."""

    def __init__(self, settings: Settings) -> None:
        _load_sample(settings)
        self.app: FastAPI = create_app(settings, clock=lambda: NOW)
        self.settings = settings
        self.admin = _create_key(settings)
        self.tokens: dict[str, list[str]] = {}
        self._submit_everything()

    def find_token(self, path: str) -> str | None:
        """Return a token for a path, each of those there are in turn."""
        found = COLLECTION.match(path)
        tokens = self.tokens.get(found[1], []) if found else []
        return tokens[next(NUMBERS) % len(tokens)] if tokens else None

    def _submit_everything(self) -> None:
        with TestClient(self.app, base_url="https://campaign.example") as client:
            self._submit(client, "guest")
            self._read_emails()
            for token in self.tokens["confirmations"]:
                client.post(f"/v1/confirmations/{token}").raise_for_status()
            self._approve_events(client)
            self._submit(client, "visitor")
            self._read_emails()

    def _submit(self, client: TestClient, name: str) -> None:
        person = {"name": "Sample Person", "email": f"{name}@example.org"}
        event = {**BODY_EXAMPLES["EventForm"], "host": person}
        order = {**BODY_EXAMPLES["OrderForm"], **person, "reservation": self._reserve(client)}
        for path, form in {
            "petitions/convention/signatures": {**person, "country": "US"},
            f"events/{EVENT}/attendances": {**person, "guests": 1},
            "personal-links": {"email": person["email"]},
            "events": event,
            "orders": order,
        }.items():
            client.post(f"/v1/{path}", json=form).raise_for_status()

    def _reserve(self, client: TestClient) -> str:
        form = BODY_EXAMPLES["ReservationForm"]
        response = client.post("/v1/posters/many-paths/reservations", json=form)
        self.reservation: str = response.raise_for_status().json()["token"]
        return self.reservation

    def _approve_events(self, client: TestClient) -> None:
        events = client.get("/v1/moderation/events", headers=self.admin).json()["items"]
        for event in events:
            path = f"/v1/moderation/events/{event['event']['id']}/decisions"
            form = BODY_EXAMPLES["EventDecision"]
            client.post(path, json=form, headers=self.admin).raise_for_status()

    def _read_emails(self) -> None:
        self.tokens = {}
        for page, token in sorted(set(_read_links(self.app, self.settings))):
            self.tokens.setdefault(PAGES.get(page, page), []).append(token)


def _load_sample(settings: Settings) -> None:
    engine = open_engine(settings.database_url)
    migrate(engine)
    seed.load(engine, settings, NOW)
    engine.dispose()


def _create_key(settings: Settings) -> dict[str, str]:
    database = open_database(settings)
    with database.write() as connection:
        partners.add(connection, source=PARTNER, name="Sample Partner", created_at=NOW)
    text, _ = keys.create(database, name="Test", scopes=list(keys.SCOPES), now=NOW, partner=PARTNER)
    database.engine.dispose()
    return {"Authorization": f"Bearer {text}"}


def _read_links(app: FastAPI, settings: Settings) -> Iterator[tuple[str, str]]:
    context, transport = app.state.context, open_transport(settings)
    process_all(context)
    while asyncio.run(MailSender(context, transport).send_due()):
        pass
    for file in Path(settings.mail.removeprefix("folder:")).glob("*.eml"):
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        yield from LINK.findall(message.get_content())


def prepare(case: schemathesis.Case, server: SampleServer, headers: Mapping[str, str]) -> None:
    """Make a generated valid request keep the rules that no schema states."""
    sent = case.headers
    # With a key, the server accepts a shorter Idempotency-Key than it promises to everybody.
    if headers and SHORT_KEY.fullmatch(str(sent.get("Idempotency-Key", ""))):
        sent["Idempotency-Key"] = 256 * "x"
    # Without a key, relaying is a 401 for every method, also for those that there are not.
    if not headers and case.method.lower() != case.operation.method.lower():
        sent.pop("Imd-Visitor-Address", None)
    if case.meta and case.meta.generation.mode.is_positive:
        _prepare_parameters(case, server)
        if isinstance(case.body, dict):
            _prepare_body(case.path, case.body, server)


def _prepare_parameters(case: schemathesis.Case, server: SampleServer) -> None:
    query = case.query
    # Only the server makes cursors.
    query.pop("cursor", None)
    # A key for another request is rejected.
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"a-key-nobody-guesses-{next(NUMBERS)}"
    if "near" not in query:
        query.pop("radius_km", None)
    if query.get("from") and query.get("to"):
        query["from"], query["to"] = sorted([query["from"], query["to"]])
    if query.get("bbox"):
        west, south, east, north = query["bbox"].split(",")
        south, north = sorted([south, north], key=float)
        query["bbox"] = f"{west},{south},{east},{north}"
    if "token" in case.path_parameters and (token := server.find_token(case.path)):
        case.path_parameters["token"] = token


def _prepare_body(path: str, body: dict[str, Any], server: SampleServer) -> None:
    if {"starts_at", "time_zone"} <= body.keys():
        _set_times(body)
    # A published event stays at a place.
    if path.endswith("/change"):
        body |= {"place": BODY_EXAMPLES["EventChangeForm"]["place"], "url": None}
    # An edition of this poster.
    if path.endswith("/reservations"):
        body["edition"] = "open"
    # A token that the server made.
    if "reservation" in body:
        body["reservation"] = server.reservation
    # An order is sent or refunded once it is paid, and an event is cancelled once it is public.
    if path.endswith("/decisions"):
        body["decision"] = FIRST_DECISIONS.get(body["decision"], body["decision"])
    # A signature without an e-mail address has a reference, and gets no news.
    if path.endswith("/attested-signatures"):
        body |= {"reference": "sheet-1.1", "updates": False}
    # Only signatures ask for consent, and only orders offer a choice.
    if path == "/v1/confirmations/{token}":
        for name in body.keys() - {"name"}:
            del body[name]


def _set_times(body: dict[str, Any]) -> None:
    """Not in the past, in order, and with the UTC offset that the time zone has at that time."""
    starts_at = datetime(2026, 12, 18, 18, tzinfo=ZoneInfo(body["time_zone"]))
    body["starts_at"] = starts_at.isoformat()
    if body.get("ends_at"):
        body["ends_at"] = (
            (starts_at.astimezone(UTC) + timedelta(hours=1))
            .astimezone(starts_at.tzinfo)
            .isoformat()
        )


def list_failures(
    server: SampleServer,
    headers: Mapping[str, str],
    config: Mapping[str, Any],
    paths: str = "",
) -> tuple[Counter[int], list[str]]:
    """Send generated requests; return how often each status came back, and what is wrong."""
    options = schemathesis.Config.from_dict({"headers": dict(headers), **config})
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", server.app, config=options)
    schema = schema.include(path_regex=paths)

    statuses: Counter[int] = Counter()
    failures: list[str] = []
    with _prepared_requests(server, headers):
        events = list(from_schema(schema).execute())
    for event in events:
        if isinstance(event, NonFatalError | FatalError):
            failures.append(f"{event}")
        if isinstance(event, ScenarioFinished):
            recorder = event.recorder
            responses = [sent.response for sent in recorder.interactions.values()]
            statuses.update(response.status_code for response in responses if response)
            failures.extend(_describe_failures(recorder))
    return statuses, failures


@contextmanager
def _prepared_requests(server: SampleServer, headers: Mapping[str, str]) -> Iterator[None]:
    @schemathesis.hook
    def before_call(context: object, case: schemathesis.Case, kwargs: object) -> None:
        prepare(case, server, headers)

    yield
    hooks.unregister(before_call)


def _describe_failures(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, results in recorder.checks.items():
        for failed in (result.failure_info for result in results if result.failure_info):
            response = recorder.interactions[case_id].response
            content = response.content[:500] if response else b""
            yield f"{recorder.label}: {failed.failure.title}\n{failed.code_sample}\n{content!r}"
