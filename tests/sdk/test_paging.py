import anyio
import pytest

from imd_sdk import errors

pytestmark = [pytest.mark.anyio, pytest.mark.client_variants("sync and async")]


def book(client_variant, answers, *pages):
    """A list of petitions in pages: (number of items, next cursor) by cursor."""
    asked = []

    def app(request):
        cursor = request.url.params.get("cursor")
        asked.append(cursor)
        number, following = dict(pages)[cursor]
        return client_variant.json(
            200, {"items": [answers["Petition"]] * number, "next": following}
        )

    return client_variant.client_for(app), asked


async def test_a_list_goes_through_all_pages(client_variant, answers):
    campaign, asked = book(
        client_variant, answers, (None, (2, "a")), ("a", (1, "b")), ("b", (2, None))
    )
    assert len(await client_variant.result_of(campaign.petitions.list())) == 5
    assert asked == [None, "a", "b"]


async def test_an_empty_page_does_not_end_the_list(client_variant, answers):
    campaign, _ = book(client_variant, answers, (None, (1, "a")), ("a", (0, "b")), ("b", (1, None)))
    assert len(await client_variant.result_of(campaign.petitions.list())) == 2


async def test_a_list_starts_at_a_cursor(client_variant, answers):
    campaign, asked = book(client_variant, answers, ("a", (1, "b")), ("b", (1, None)))
    pages = await client_variant.pages_of(campaign.petitions.list(cursor="a"))
    assert [page.next for page in pages] == ["b", None]
    assert asked == ["a", "b"]


@pytest.mark.parametrize(
    "pages",
    [
        [(None, (1, "a")), ("a", (1, "a"))],
        [(None, (1, "a")), ("a", (1, "b")), ("b", (1, "a"))],
    ],
    ids=["itself", "a circle"],
)
async def test_a_repeated_cursor_is_an_error(client_variant, answers, pages):
    campaign, asked = book(client_variant, answers, *pages)
    with pytest.raises(errors.UnexpectedResponse) as caught:
        await client_variant.result_of(campaign.petitions.list())
    assert caught.value.path == "$.next"
    assert len(asked) == len(pages)


async def test_the_page_with_the_repeated_cursor_is_returned(client_variant, answers):
    campaign, _ = book(client_variant, answers, ("a", (3, "a")))
    seen = []
    with pytest.raises(errors.UnexpectedResponse):
        await collect(campaign.petitions.list(cursor="a"), seen)
    assert len(seen) == 3


async def collect(pager, seen):
    if hasattr(pager, "__aiter__"):
        async for item in pager:
            seen.append(item)
    else:
        seen.extend(pager)


async def test_pages_are_fetched_lazily(client_variant, answers):
    campaign, asked = book(client_variant, answers, (None, (2, "a")))
    pager = campaign.petitions.list()
    assert asked == []
    if client_variant.is_async:
        await anext(aiter(pager))
    else:
        next(iter(pager))
    assert asked == [None]


async def test_each_iteration_starts_again(client_variant, answers):
    campaign, asked = book(client_variant, answers, (None, (1, "a")), ("a", (1, None)))
    pager = campaign.petitions.list()
    assert await client_variant.result_of(pager) == await client_variant.result_of(pager)
    assert asked == [None, "a"] * 2


async def test_the_deadline_holds_for_all_pages(client_variant, answers):
    campaign, asked = book(client_variant, answers, (None, (1, "a")), ("a", (1, "b")))
    pager = campaign.petitions.list(deadline=0.05)
    with pytest.raises(errors.DeadlineExceeded):
        await slowly(pager)
    assert asked == [None]


async def slowly(pager):
    if hasattr(pager, "__aiter__"):
        async for _ in pager:
            await anyio.sleep(0.06)
    else:
        for _ in pager:
            await anyio.sleep(0.06)


async def test_a_list_rejects_unknown_arguments_at_once(client_variant, answers):
    campaign, _ = book(client_variant, answers)
    with pytest.raises(TypeError):
        campaign.petitions.list(langg="es")


async def test_a_pager_repr_shows_only_the_route(client_variant, answers):
    campaign, _ = book(client_variant, answers)
    assert repr(campaign.petitions.signatures("secret")).endswith(
        "Pager /v1/petitions/{slug}/signatures>"
    )
