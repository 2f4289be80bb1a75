import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.both_databases
async def test_poster_has_the_documented_fields(client, poster, artwork):
    found = (await client.get(f"/v1/posters/{poster}")).json()
    [file] = found.pop("files")
    assert found == {
        "slug": "paths",
        "lang": "en",
        "languages": ["en", "es"],
        "title": "Paths",
        "artist": "Sample Artist",
        "year": 2026,
        "description": "Four inks.",
        "alternative_text": "A tree.",
        "state": "on_sale",
        "editions": [
            {
                "id": "open",
                "kind": "open",
                "title": "open edition",
                "size": "50 × 70 cm",
                "price": {"amount": 2500, "currency": "USD"},
                "run": None,
                "available": None,
            },
            {
                "id": "limited",
                "kind": "limited",
                "title": "limited edition",
                "size": "50 × 70 cm",
                "price": {"amount": 9000, "currency": "USD"},
                "run": 5,
                "available": 5,
            },
        ],
    }
    assert (file["bytes"], file["href"]) == (len(artwork), "/v1/posters/paths/files/paths.svg")


@pytest.mark.parametrize(
    ("lang", "title"), [("es", "Caminos"), ("es-MX", "Caminos"), ("ja", "Paths")]
)
async def test_texts_are_in_the_requested_language(client, poster, lang, title):
    page = (await client.get(f"/v1/posters?lang={lang}")).json()
    assert [one["title"] for one in page["items"]] == [title]


async def test_unknown_poster_file_and_order_are_not_found(client, poster):
    for path in ("/v1/posters/none", "/v1/posters/paths/files/none.svg", "/v1/orders/ord_none"):
        assert (await client.get(path)).status_code == 404


async def test_poster_is_cached_for_15_seconds(client, poster):
    response = await client.get("/v1/posters/paths")
    assert "max-age=15," in response.headers["cache-control"]
