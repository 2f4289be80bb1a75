"""What the server writes, the SDK reads: nothing missing, nothing extra, every word known."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from imd_sdk import AsyncClient
from imd_sdk.models import Model, OpenEnum

pytestmark = pytest.mark.anyio

Read = Callable[[AsyncClient], Awaitable[Any]]
MEXICO_CITY = (19.43, -99.13)
WORLD = (-180, -90, 180, 90)


async def everything(pages: Any) -> list[Any]:
    return [item async for item in pages]


READS: dict[str, Read] = {
    "campaign": lambda imd: imd.campaign.get(),
    "campaign in Arabic": lambda imd: imd.campaign.get(lang="ar"),
    "petitions": lambda imd: everything(imd.petitions.list()),
    "petition": lambda imd: imd.petitions.get("convention"),
    "count": lambda imd: imd.petitions.count("convention"),
    "places": lambda imd: everything(imd.petitions.places("convention")),
    "events": lambda imd: everything(imd.events.list()),
    "events near": lambda imd: everything(imd.events.list(near=MEXICO_CITY, radius_km=500)),
    "clusters": lambda imd: imd.events.clusters(bbox=WORLD, zoom=2),
    "posters": lambda imd: everything(imd.posters.list()),
    "poster": lambda imd: imd.posters.get("many-paths"),
    "share kit": lambda imd: imd.share_kit.get(),
    "resources": lambda imd: everything(imd.resources.list()),
    "reservation": lambda imd: imd.posters.reserve("many-paths", edition="limited"),
    "signature": lambda imd: imd.petitions.sign(
        "convention", name="Sample Person", email="sample@example.org", country="KE"
    ),
}


@pytest.mark.parametrize("name", READS)
async def test_every_field_is_written_and_known(sdk, name):
    response = await READS[name](sdk)
    models = list(models_in(response))
    assert models, "an empty response proves nothing"
    assert {problem for model in models for problem in problems(model)} == set()


def models_in(value: Any) -> Iterator[Model]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from models_in(item)
    if isinstance(value, Model):
        yield value
        for name in type(value).model_fields:
            yield from models_in(getattr(value, name))


def problems(model: Model) -> Iterator[str]:
    kind = type(model).__name__
    for name in type(model).model_fields:
        if name not in model.model_fields_set:
            yield f"{kind}.{name} is not written"
        value = getattr(model, name)
        if isinstance(value, OpenEnum) and not value.is_known:
            yield f"{kind}.{name} is a word the SDK does not know: {value}"
    for name in model.model_extra or {}:
        yield f"{kind}.{name} is not in the SDK"


async def test_an_event_is_read_alone_as_in_the_list(sdk):
    first = await anext(aiter(sdk.events.list()))
    assert await sdk.events.get(first.id) == first


async def test_ordering_returns_a_receipt(sdk):
    reservation = await sdk.posters.reserve("many-paths", edition="limited", quantity=2)
    address = {"lines": ["1 Sample Street"], "locality": "Sampletown", "country": "KE"}
    receipt = await sdk.posters.order(
        reservation.token, name="Sample Person", email="sample@example.org", address=address
    )
    assert set(problems(receipt)) == set()


async def test_submitting_returns_a_receipt(sdk):
    receipt = await sdk.events.submit(
        title="Sample vigil",
        description="A sample.",
        kind="vigil",
        lang="en",
        languages=["en"],
        starts_at="2026-12-18T18:00:00+03:00",
        time_zone="Africa/Nairobi",
        host={"name": "Sample Group", "email": "sample.group@example.org"},
        place={
            "name": "Sample Hall",
            "address": "1 Sample Street",
            "locality": "Nairobi",
            "country": "KE",
            "latitude": -1.286,
            "longitude": 36.817,
        },
    )
    assert set(problems(receipt)) == set()


async def test_attending_returns_a_receipt(sdk):
    event = await anext(aiter(sdk.events.list(country="MX")))
    receipt = await sdk.events.attend(event.id, name="Sample Guest", email="guest@example.org")
    assert set(problems(receipt)) == set()


async def test_a_poster_is_downloaded_whole(sdk, tmp_path):
    poster = await sdk.posters.get("many-paths")
    for file in poster.files:
        await sdk.posters.download(poster.slug, file.name, to=tmp_path / file.name)
    sizes = {file.name: (tmp_path / file.name).stat().st_size for file in poster.files}
    assert sizes == {file.name: file.bytes for file in poster.files}
