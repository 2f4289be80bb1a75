import pytest
from sqlalchemy import func, select

from imd_campaign.posters.tables import posters
from imd_campaign.tables import metadata

pytestmark = pytest.mark.anyio

KEY = {"Idempotency-Key": "one-of-the-sample-keys"}


async def test_reservation_has_the_documented_fields(reserve):
    response = await reserve(quantity=2)
    assert response.status_code == 201
    reserved = response.json()
    assert len(reserved.pop("token")) > 100
    assert reserved == {
        "poster": "paths",
        "edition": "limited",
        "quantity": 2,
        "total": {"amount": 18000, "currency": "USD"},
        "expires_at": "2026-11-23T13:00:00+00:00",
    }


async def test_reservation_writes_nothing(context, client, poster):
    def count_rows():
        with context.database.read() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()
            }

    before = count_rows()
    form = {"edition": "limited"}
    await client.post(f"/v1/posters/{poster}/reservations", json=form, headers=KEY)
    assert count_rows() == before


@pytest.mark.parametrize(("edition", "limit"), [("limited", 2), ("open", 10)])
async def test_quantity_is_limited_by_edition(reserve, edition, limit):
    assert (await reserve(edition, limit)).status_code == 201
    response = await reserve(edition, limit + 1)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "quantity")


async def test_sold_out_edition_cannot_be_reserved(reserve, place):
    for number in range(4):
        await place(email=f"buyer.{number}@example.org")
    response = await reserve(quantity=2)
    assert (response.status_code, response.json()["type"]) == (409, "/v1/problems/sold-out")
    assert response.json()["available"] == 1


async def test_poster_off_sale_cannot_be_reserved(context, reserve):
    with context.database.write() as connection:
        connection.execute(posters.update().values(state="archived"))
    response = await reserve("open")
    assert (response.status_code, response.json()["available"]) == (409, 0)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "edition"),
        ({"edition": "golden"}, "edition"),
        ({"edition": "limited", "quantity": 0}, "quantity"),
        ({"edition": "limited", "quantity": "1"}, "quantity"),
        ({"edition": "limited", "number": 17}, "number"),
    ],
)
async def test_invalid_reservation_field_is_reported(client, poster, form, field):
    response = await client.post(f"/v1/posters/{poster}/reservations", json=form)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)


async def test_reserving_an_unknown_poster_is_not_found(client):
    response = await client.post("/v1/posters/none/reservations", json={"edition": "open"})
    assert response.status_code == 404
