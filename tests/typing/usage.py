"""How partners write, for the type checkers: it is read by three of them and never run.

A line with an ignore must be an error: where it is none, the ignore is unused and that fails.
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, assert_type

import httpx
import httpx2

import imd_sdk
from imd_sdk import (
    AsyncClient,
    AsyncPager,
    Client,
    DownloadedFile,
    FieldError,
    ImdError,
    InvalidRequest,
    OutcomeUnknown,
    Pager,
    Problem,
    RateLimited,
    Response,
    SoldOut,
    UnexpectedResponse,
    hooks,
    models,
    webhooks,
)
from imd_sdk.cache import MemoryCache
from imd_sdk.hooks import Hook

if TYPE_CHECKING:
    from imd_sdk.options import EventFilters, PostOptions


def clients() -> None:
    Client()
    Client("https://campaign.example", api_key="key", timeout=5, deadline=20.0, max_retries=0)
    Client(http_client=httpx.Client())
    Client(http_client=httpx2.Client())
    AsyncClient(http_client=httpx.AsyncClient())
    AsyncClient(http_client=httpx2.AsyncClient())
    Client(http_client=httpx.AsyncClient())  # type: ignore[arg-type]
    AsyncClient(http_client=httpx.Client())  # type: ignore[arg-type]
    Client("https://campaign.example", "key")  # type: ignore[call-arg]
    Client(retries=3)  # type: ignore[call-arg]


def misspelled_names() -> None:
    assert_type(imd_sdk.Client(), Client)
    assert_type(imd_sdk.models.EventKind("vigil"), models.EventKind)
    imd_sdk.Cleint()  # type: ignore[attr-defined]
    imd_sdk.models.Evnt  # type: ignore[attr-defined]  # noqa: B018
    imd_sdk.errors.NotFond  # type: ignore[attr-defined]  # noqa: B018


def reads(imd: Client) -> None:
    with imd as same:
        assert_type(same, Client)
    assert_type(imd.campaign.get(lang="es"), models.Campaign)
    assert_type(imd.campaign.get().day, date)
    assert_type(imd.campaign.health(timeout=1), models.Health)
    assert_type(imd.petitions.get("convention"), models.Petition)
    assert_type(imd.petitions.count("convention").total, int)
    assert_type(imd.petitions.count("convention").goal, int | None)
    assert_type(imd.events.get("evt_1").starts_at, datetime)
    assert_type(imd.events.get("evt_1").kind, models.EventKind)
    assert_type(imd.events.get("evt_1").kind.is_known, bool)
    assert_type(imd.events.ics(kind="vigil"), bytes)
    assert_type(imd.events.geojson(limit=10), dict[str, Any])
    assert_type(imd.events.csv(kind="vigil"), bytes)
    assert_type(imd.events.atom(), bytes)
    assert_type(imd.share_kit.get(), models.ShareKit)
    imd.petitions.count(1)  # type: ignore[arg-type]
    imd.petitions.get("convention", "es")  # type: ignore[call-arg]
    imd.petitions.get("convention", idempotency_key="k")  # type: ignore[call-arg]
    imd.events.get("evt_1").starts_on  # type: ignore[attr-defined]  # noqa: B018
    imd.events.get("evt_1").place.locality  # type: ignore[union-attr]  # noqa: B018


def lists(imd: Client) -> None:
    pager = imd.events.list(
        near=(19.43, -99.13), radius_km=50, from_=date(2026, 12, 18), kind=["vigil", "march"]
    )
    assert_type(pager, Pager[models.Event])
    assert_type(iter(pager), Iterator[models.Event])
    for page in pager.pages():
        assert_type(page, models.Page[models.Event])
        assert_type(page.next, str | None)
    assert_type(list(imd.petitions.signers("convention")), list[models.Signer])
    assert_type(imd.events.clusters(bbox=(-180, -90, 180, 90), zoom=2), models.Page[models.Cluster])
    imd.events.list(radius="50")  # type: ignore[call-arg]
    imd.events.list(radius_km="50")  # type: ignore[arg-type]
    imd.events.clusters(zoom=2)  # type: ignore[call-arg]


def writes(imd: Client) -> None:
    receipt = imd.petitions.sign(
        "convention", name="Sample Person", email="person@example.org", country="MX"
    )
    assert_type(receipt, models.SubmissionReceipt)
    place: models.NewPlace = {
        "locality": "Nairobi",
        "country": "KE",
        "latitude": -1.3,
        "longitude": 36.8,
        "private": True,
    }
    submitted = imd.events.submit(
        title="A potluck",
        description="Bring food",
        kind=models.EventKind.POTLUCK,
        starts_at=datetime(2026, 12, 18, 18, tzinfo=UTC),
        time_zone="Africa/Nairobi",
        host={"name": "Sample Group", "email": "group@example.org"},
        lang="en",
        place=place,
        idempotency_key="row-18-of-the-sample-keys",
    )
    assert_type(submitted, models.SubmissionReceipt)
    held = imd.posters.reserve("many-paths", edition="limited", quantity=2)
    assert_type(held.total.decimal.is_finite(), bool)
    assert_type(
        imd.posters.order(
            held.token,
            name="Sample Person",
            email="person@example.org",
            address={"lines": ["A street 1"], "locality": "Madrid", "country": "ES"},
        ),
        models.SubmissionReceipt,
    )
    assert_type(imd.posters.download("many-paths", "print.pdf", to=BytesIO()), DownloadedFile)
    token = imd.confirmations.find(email="person@example.org", code="ABCD-EFGH")
    assert_type(token, str)
    confirmed = imd.confirmations.confirm(token, public=True, updates=True, name="Sample Person")
    assert_type(confirmed, models.Confirmation)
    assert_type(confirmed.kind, models.ConfirmationKind)
    if isinstance(confirmed, models.AttendanceConfirmation):
        assert_type(confirmed.status, models.AttendanceStatus | None)
    assert_type(imd.confirmations.reject(token).state, models.ConfirmationState)
    imd.confirmations.undo_rejection(token)
    imd.confirmations.unsubscribe(token)
    imd.petitions.sign("convention", name="S", email="e", country="MX", public=True)  # type: ignore[call-arg]
    imd.petitions.sign("convention", name="Sample Person")  # type: ignore[call-arg]
    imd.petitions.sign(name="S", email="e", country="MX")  # type: ignore[call-arg]
    imd.events.attend("evt_1", name="S", email="e", guests="1")  # type: ignore[arg-type]


def options(imd: Client) -> None:
    mine: PostOptions = {
        "timeout": 2,
        "deadline": 30.0,
        "idempotency_key": "row-18-of-the-sample-keys",
    }
    assert_type(imd.confirmations.confirm("token", **mine), models.Confirmation)
    here: EventFilters = {"country": "MX", "online": False}
    assert_type(imd.events.list(limit=10, **here), Pager[models.Event])
    imd.campaign.get(deadline="soon")  # type: ignore[arg-type]
    wrong: EventFilters = {"town": "Madrid"}  # type: ignore[typeddict-unknown-key]
    del wrong


class Counting(Hook):
    def begin(self, call: hooks.Call, /) -> Hook | None:
        assert_type(call.route, str)
        return self

    def end(self, call: hooks.Call, end: hooks.End, /) -> None:
        assert_type(end.error, str | None)


class DictCache:
    def get(self, key: str, /) -> bytes | None: ...

    def set(self, key: str, entry: bytes, /) -> None: ...


def other_terms() -> None:
    imd = Client(hooks=[Counting()], cache=MemoryCache(), headers={"X-Partner": "sample"})
    Client(cache=DictCache())
    Client(cache={})  # type: ignore[arg-type]
    Client(hooks=[Counting])  # type: ignore[list-item]
    assert_type(imd.with_options(timeout=1, max_retries=0), Client)
    assert_type(AsyncClient().with_options(headers={"X-Room": "1"}), AsyncClient)
    response = imd.request("POST", "/v1/new/{id}", params={"id": 1}, json=[], idempotency_key="k")
    assert_type(response, Response)
    assert_type(response.headers["etag"], str)
    assert_type(response.request_id, str | None)
    imd.campaign.get(headers={"X-Room": "1"}, max_retries=0, on_response=print)
    imd.campaign.get(headers={"X-Room": 1})  # type: ignore[dict-item]
    imd.with_options(idempotency_key="k")  # type: ignore[call-arg]


def failures(imd: Client) -> None:
    try:
        imd.petitions.count("convention")
    except InvalidRequest as error:
        assert_type(error.problem, Problem)
        assert_type(error.problem.errors, tuple[FieldError, ...])
        assert_type(error.status, int)
    except RateLimited as error:
        assert_type(error.retry_after, float | None)
    except SoldOut as error:
        assert_type(error.available, int | None)
    except OutcomeUnknown as error:
        assert_type(error.idempotency_key, str | None)
    except UnexpectedResponse as error:
        assert_type(error.path, str)
    except ImdError as error:
        assert_type(error.request_id, str | None)
        error.status  # type: ignore[attr-defined]  # noqa: B018


async def awaited(imd: AsyncClient) -> None:
    async with imd as same:
        assert_type(same, AsyncClient)
    assert_type(await imd.petitions.count("convention"), models.Count)
    pager = imd.events.list(language="es")
    assert_type(pager, AsyncPager[models.Event])
    assert_type(aiter(pager), AsyncIterator[models.Event])
    async for event in pager:
        assert_type(event, models.Event)
    async for page in pager.pages():
        assert_type(page.items, list[models.Event])
    imd.petitions.count("convention").total  # type: ignore[attr-defined]  # noqa: B018
    await pager  # type: ignore[misc]
    for _ in pager:  # type: ignore[attr-defined]
        pass


def handle_webhook(body: bytes, headers: dict[str, str]) -> None:
    delivery = webhooks.verify(body, headers, ["whsec_old", webhooks.new_secret()], tolerance=60)
    assert_type(delivery, webhooks.Delivery)
    assert_type(delivery.payload, dict[str, Any])
    assert_type(webhooks.sign(body, "whsec_sample"), dict[str, str])
    webhooks.verify("text", headers, "whsec_sample")  # type: ignore[arg-type]
    delivery.id = "other"  # type: ignore[misc]
