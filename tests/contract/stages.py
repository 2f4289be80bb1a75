"""The kit and the real campaign server as two stages that the same scenarios are played on.

Both begin with the same sample at the same time, and note what goes over the wire.
"""

import base64
import csv
import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, NamedTuple, Self

import feedparser
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from nacl.public import PrivateKey

from imd_campaign import db, seed
from imd_campaign.api_keys import service as keys
from imd_campaign.app import create_app
from imd_campaign.confirmations.processing import process_due
from imd_campaign.idempotency import service as idempotency
from imd_campaign.mail.sender import MailSender
from imd_campaign.mail.transport_interface import Message
from imd_campaign.partners import service as partners
from imd_campaign.petitions import counting
from imd_campaign.petitions.partner_numbers import publish_due
from imd_campaign.posters import orders
from imd_campaign.settings import Settings
from imd_sdk import Client
from imd_sdk.testing import InMemoryCampaign, SlowResponse, _sample

ADDRESS = "https://campaign.example"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SIGNED = {"MX": 29, "KE": 7}
"""Numbers for which every threshold of the server leads to the kit's rule: rounded down to tens."""
COUNT_WINDOW = timedelta(seconds=30)
PARTNER = "sample-partner"
MODERATOR = ("events:moderate", "orders:manage", "signatures:read")


class SentEmail(NamedTuple):
    to: str
    token: str | None
    code: str | None
    message_id: str
    own: str | None


class Recorder(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, seen: list[dict[str, Any]]) -> None:
        self._inner = inner
        self._seen = seen

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        self._seen.append(seen(request, response))
        return response


class Stage:
    """What a scenario has in its hands; `transport`, `key`, `advance` and `emails` differ."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.imd = self.client()
        self.raw = httpx.Client(
            transport=Recorder(self.transport(), self.seen), base_url=ADDRESS, trust_env=False
        )

    def client(self, *scopes: str) -> Client:
        http = httpx.Client(transport=Recorder(self.transport(), self.seen), trust_env=False)
        api_key = self.key(*scopes) if scopes else None
        return Client(ADDRESS, http_client=http, api_key=api_key, max_retries=0)

    @property
    def moderator(self) -> Client:
        return self.client(*MODERATOR)

    def token(self) -> str:
        """The token in the last e-mail that has one."""
        return [email.token for email in self.emails() if email.token][-1]

    def own_token(self, to: str) -> str:
        """The token with which a guest or a host acts, in the last e-mail to the address."""
        return [email.own for email in self.emails() if email.own and email.to == to][-1]

    def code(self) -> str:
        """The code in the last e-mail that has one, such as ABCD-EFGH."""
        return [email.code for email in self.emails() if email.code][-1]

    def kinds(self) -> None:
        """Record which e-mails were sent, like a request.

        The server sends e-mails to confirm before others that wait, so the order is not compared.
        """
        sent = [
            [email.to, bool(email.token), bool(email.code), bool(email.own)]
            for email in self.emails()
        ]
        self.seen.append({"emails": sorted(sent)})


class KitStage(Stage):
    def __init__(self) -> None:
        self.campaign = InMemoryCampaign(now=NOW)
        for country, count in SIGNED.items():
            self.campaign.add_signatures("convention", country, count)
        super().__init__()

    def transport(self) -> httpx.BaseTransport:
        return self.campaign.transport()

    def key(self, *scopes: str) -> str:
        return self.campaign.key(*scopes)

    def partner_token(self) -> str:
        return self.campaign.partner_link()

    def advance(self, **span: float) -> None:
        self.campaign.clock.advance(**span)

    def emails(self) -> list[SentEmail]:
        return [
            SentEmail(email.to, email.token, email.code, email.message_id, email.own_token)
            for email in self.campaign.mail
        ]

    def leave_in_flight(self, path: str, body: bytes, key: str) -> None:
        self.campaign.fail_next(SlowResponse(60))
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        with (
            httpx.Client(transport=self.campaign.transport(), base_url=ADDRESS) as http,
            suppress(httpx.ReadTimeout),
        ):
            http.post(path, content=body, headers=headers)


class Bridge(httpx.BaseTransport):
    """From a blocking client to an application in a loop of its own.

    What a request submitted is processed at once, as in the kit, and not at the next tick.
    """

    def __init__(self, app: Any, portal: BlockingPortal) -> None:
        self._app = app
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        publish_due(self._app.state.context)
        response = self._portal.call(self._answered, request)
        while process_due(self._app.state.context):
            pass
        return response

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"  # the kit does not compress
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=body)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Postbox:
    """Keeps the e-mails that it gets."""

    max_sessions = 1

    def __init__(self) -> None:
        self.messages: list[Any] = []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Self]:
        yield self

    async def announce(self, message: Message) -> None:
        pass

    async def transfer(self, message: Message) -> None:
        self.messages.append(message_from_bytes(message.content, policy=policy.default))


class RealStage(Stage):
    def __init__(self, app: Any, clock: Clock, portal: BlockingPortal) -> None:
        self._app, self._clock, self._portal = app, clock, portal
        self._postbox = Postbox()
        self._counted_at = clock.now
        super().__init__()

    def transport(self) -> httpx.BaseTransport:
        return Bridge(self._app, self._portal)

    def key(self, *scopes: str) -> str:
        if keys.PARTNER_SCOPES.intersection(scopes):
            self._add_partner()
            return partners.make_key(self._app.state.context, PARTNER, scopes, actor="test")
        database = self._app.state.context.database
        return keys.create(database, name="Test", scopes=scopes, now=self._clock())[0]

    def partner_token(self) -> str:
        self._add_partner()
        context = self._app.state.context
        link = partners.make_link(context, PARTNER, actor="test", reason="Asked.")
        return link.rpartition("/")[2]

    def _add_partner(self) -> None:
        with suppress(partners.PartnerError):
            partners.add(self._app.state.context, PARTNER, "Sample Partner", actor="test")

    def advance(self, **span: float) -> None:
        self._clock.now += timedelta(**span)
        orders.expire_unpaid(self._app.state.context)
        if self._clock.now - self._counted_at >= COUNT_WINDOW:
            counting.fold(self._app.state.context)
            self._counted_at = self._clock.now

    def emails(self) -> list[SentEmail]:
        sender = MailSender(self._app.state.context, self._postbox)
        while self._portal.call(sender.send_due):
            pass
        return [_read_email(message) for message in self._postbox.messages]

    def leave_in_flight(self, path: str, body: bytes, key: str) -> None:
        request = b"\n".join([b"POST", path.encode(), b"", body])
        idempotency.begin(self._app.state.context, caller="public", key=key, request=request)


def _read_email(message: Any) -> SentEmail:
    text = message.get_content()
    message_id = str(message["Message-ID"])
    return SentEmail(str(message["To"]), _token(text), _code(text), message_id, _own(text))


def _token(text: str) -> str | None:
    found = re.search(r"/(?:confirm|your-data)/([\w-]+)", text)
    return found and found[1]


def _own(text: str) -> str | None:
    found = re.search(r"/(?:attendances|hosted-events)/([\w-]+)", text)
    return found and found[1]


def _code(text: str) -> str | None:
    found = re.search(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", text)
    return found and found[0]


@contextmanager
def real_stage(template: Settings, folder: Path) -> Iterator[RealStage]:
    """A server over a copy of the seeded database."""
    file = shutil.copy(template.database_url.removeprefix("sqlite:///"), folder / "c.sqlite3")
    clock = Clock()
    settings = template.model_copy(update={"database_url": f"sqlite:///{file}"})
    app = create_app(settings, clock=clock)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
    ):
        yield RealStage(app, clock, portal)


def seeded(folder: Path) -> Settings:
    """Put the kit's own sample into a database of the campaign server."""
    settings = Settings(
        secret=secrets.token_urlsafe(32),
        public_key=base64.b64encode(bytes(PrivateKey.generate().public_key)).decode(),
        database_url=f"sqlite:///{folder / 'template.sqlite3'}",
        site_url=ADDRESS,
        files_dir=folder / "files",
        mail_delivery=False,
        count_window=COUNT_WINDOW.seconds,
    )
    written(folder / "sample")
    engine = db.open_engine(settings.database_url)
    db.migrate(engine)
    seed.load(engine, settings, NOW, folder / "sample")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return settings


# ------------------------------------------------------------------ the sample as TOML


def written(folder: Path) -> None:
    for name in ("petitions", "posters", "signatures"):
        (folder / name).mkdir(parents=True)
    (folder / "posters/many-paths.svg").write_bytes(_sample.DRAWING)
    for name, sample in samples().items():
        text = "\n".join(f"{key} = {toml(value)}" for key, value in sample.items())
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def toml(value: Any) -> str:
    if isinstance(value, dict):
        parts = (f"{json.dumps(key)} = {toml(part)}" for key, part in value.items())
        return f"{{ {', '.join(parts)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def samples() -> dict[str, dict[str, Any]]:
    names = _sample.NAMES
    petition = {"goal": 10000, "milestones": [1000, 5000, 10000]}
    resources = [{"slug": slug, **resource} for slug, resource in _sample.RESOURCES.items()]
    return {
        "campaign": {
            "languages": list(names),
            "petition": "convention",
            "links": _sample.LINKS,
            "name": names,
        },
        "petitions/convention": {
            **petition,
            "opens": f"{NOW.year}-01-01T00:00Z",
            "texts": _sample.PETITION,
        },
        "signatures/convention": {"source": "sample", "countries": SIGNED},
        "events": {"events": [event(*pair) for pair in _sample.EVENTS.items()]},
        "posters": {"posters": [poster()]},
        "share_kit": {
            "at": "12-18 17:00",
            "url": _sample.LINKS["website"],
            "texts": _sample.SHARE_KIT,
        },
        "resources": {"resources": resources},
    }


def event(key: str, sample: dict[str, Any]) -> dict[str, Any]:
    day = f"{NOW.year}-12-18"
    times = {name: f"{day}T{sample[name][:5]}" for name in ("starts", "ends") if name in sample}
    return {"id": f"sample_{NOW.year}_{key}", **sample, **times}


def poster() -> dict[str, Any]:
    made = _sample._poster(NOW.year)
    return {
        "slug": made.slug,
        "artist": made.artist,
        "year": made.year,
        "state": made.state,
        "texts": made.texts,
        "editions": [edition(one) for one in made.editions],
        "files": [
            {name: getattr(file, name) for name in ("name", "purpose")}
            | {"width": file.width, "height": file.height}
            for file in made.files
        ],
    }


def edition(one: Any) -> dict[str, Any]:
    described = {"id": one.id, "kind": one.kind, "size": one.size, "price": one.price}
    return {**described, "title": one.titles, **({"run": one.run} if one.run else {})}


# ------------------------------------------------------------------ what is compared

COMPARED = (
    "accept-ranges",
    "access-control-allow-origin",
    "allow",
    "cache-control",
    "content-disposition",
    "content-length",
    "content-range",
    "content-security-policy",
    "content-type",
    "idempotency-replayed",
    "repr-digest",
    "retry-after",
    "www-authenticate",
    "x-content-type-options",
)
MADE = re.compile(r"\b(evt|att|chg|rsv|ord|sig|req|whk|msg)_[0-9a-z]{26}\b")
TOKENS = "confirmations|v1/attendances|hosted-events|personal-data|partner-pages"
SECRET = {"next", "sealed", "secret", "request_id", "token", "reference"}
OF_ITS_OWN_LENGTH = {"text/calendar", "text/csv", "application/atom+xml"}


def seen(request: httpx.Request, response: httpx.Response) -> dict[str, Any]:
    headers = {name: response.headers[name] for name in COMPARED if name in response.headers}
    if _is_its_own_length(response):
        headers.pop("content-length", None)
    address = re.sub(f"({TOKENS})/[^/?]+", r"\1/…", str(request.url))
    return {
        "request": f"{request.method} {plain(address)}",
        "status": response.status_code,
        "headers": headers | {"etag": etag(response), "x-request-id": request_id(response)},
        "body": body(response),
    }


def etag(response: httpx.Response) -> str | None:
    """Its form: of a file the digest is compared by another header."""
    tag = response.headers.get("etag")
    return tag and re.sub("[0-9a-f]{32}", "…", tag)


def request_id(response: httpx.Response) -> str:
    return plain(response.headers["x-request-id"])


def _is_its_own_length(response: httpx.Response) -> bool:
    """Ids of the sample and cursors have other lengths, and a calendar other lines."""
    kind = response.headers.get("content-type", "")
    return "json" in kind or kind.partition(";")[0] in OF_ITS_OWN_LENGTH


def plain(text: str) -> str:
    text = re.sub(r"cursor=[^&]+", "cursor=…", text)
    return MADE.sub(r"\1_…", text.replace("evt_sample_2026_", "evt_sample_"))


def body(response: httpx.Response) -> Any:
    kind = response.headers.get("content-type", "")
    if not response.content:
        return ""
    if "json" in kind:
        return masked(response.json())
    if kind.startswith("text/calendar"):
        return entries(response.text)
    if kind.startswith("text/csv"):
        rows = csv.DictReader(response.content.decode("utf-8-sig").splitlines(keepends=True))
        return [{name: plain(value) for name, value in row.items()} for row in rows]
    if kind.startswith("application/atom+xml"):
        return list(map(atom_entry, feedparser.parse(response.content).entries))
    return response.text


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _member(name, part) for name, part in value.items()}
    if isinstance(value, list):
        return [masked(part) for part in value]
    return plain(value) if isinstance(value, str) else value


def _member(name: str, value: Any) -> Any:
    return type(value).__name__ if name in SECRET else masked(value)


def entries(calendar: str) -> list[dict[str, str]]:
    """Of each entry the lines that mean the same in every way to write a calendar."""
    lines = calendar.replace("\r\n ", "").split("\r\n")
    entries, wanted = [], {"UID", "STATUS", "URL", "LOCATION", "GEO", "CATEGORIES", "SUMMARY"}
    wanted |= {"CONFERENCE", "DESCRIPTION", "SEQUENCE"}
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            entries.append({})
        elif entries and name.partition(";")[0] in wanted:
            entries[-1][name.partition(";")[0]] = plain(value)
    return entries


def atom_entry(entry: Any) -> dict[str, str]:
    names = ("id", "title", "updated", "link", "author")
    found = {name: plain(entry.get(name, "(nothing)")) for name in names}
    return found | {"lang": entry.title_detail.language, "kind": entry.tags[0].term}


def differences(kit: Any, real: Any, path: str = "$") -> Iterator[str]:
    """Where the two differ, and how."""
    if isinstance(kit, dict) and isinstance(real, dict):
        for name in kit.keys() | real.keys():
            there = f"{path}.{name}"
            yield from differences(kit.get(name, "(nothing)"), real.get(name, "(nothing)"), there)
    elif isinstance(kit, list) and isinstance(real, list) and len(kit) == len(real):
        for place, (one, other) in enumerate(zip(kit, real, strict=True)):
            request = f" {one['request']}" if isinstance(one, dict) and "request" in one else ""
            yield from differences(one, other, f"{path}[{place}]{request}")
    elif kit != real or type(kit) is not type(real):
        yield f"{path}: the kit has {kit!r}, the server {real!r}"
