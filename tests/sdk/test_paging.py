import anyio
import pytest

from imd_sdk import errors

pytestmark = [pytest.mark.anyio, pytest.mark.client_variants("sync and async")]


def make_client(client_variant, sample_responses, *pages):
    """A list of petitions in pages: (number of items, next cursor) by cursor."""
    cursors = []

    def app(request):
        cursor = request.url.params.get("cursor")
        cursors.append(cursor)
        number, following = dict(pages)[cursor]
        return client_variant.json(
            200, {"items": [sample_responses["Petition"]] * number, "next": following}
        )

    return client_variant.client_for(app), cursors


async def test_a_list_goes_through_all_pages(client_variant, sample_responses):
    campaign, cursors = make_client(
        client_variant, sample_responses, (None, (2, "a")), ("a", (1, "b")), ("b", (2, None))
    )
    assert len(await client_variant.result_of(campaign.petitions.list())) == 5
    assert cursors == [None, "a", "b"]


async def test_an_empty_page_does_not_end_the_list(client_variant, sample_responses):
    campaign, _ = make_client(
        client_variant, sample_responses, (None, (1, "a")), ("a", (0, "b")), ("b", (1, None))
    )
    assert len(await client_variant.result_of(campaign.petitions.list())) == 2


async def test_a_list_starts_at_a_cursor(client_variant, sample_responses):
    campaign, cursors = make_client(
        client_variant, sample_responses, ("a", (1, "b")), ("b", (1, None))
    )
    pages = await client_variant.pages_of(campaign.petitions.list(cursor="a"))
    assert [page.next for page in pages] == ["b", None]
    assert cursors == ["a", "b"]


@pytest.mark.parametrize(
    "pages",
    [
        [(None, (1, "a")), ("a", (1, "a"))],
        [(None, (1, "a")), ("a", (1, "b")), ("b", (1, "a"))],
    ],
    ids=["itself", "a circle"],
)
async def test_a_repeated_cursor_is_an_error(client_variant, sample_responses, pages):
    campaign, cursors = make_client(client_variant, sample_responses, *pages)
    with pytest.raises(errors.UnexpectedResponse) as caught:
        await client_variant.result_of(campaign.petitions.list())
    assert caught.value.path == "$.next"
    assert len(cursors) == len(pages)


async def test_the_page_with_the_repeated_cursor_is_returned(client_variant, sample_responses):
    campaign, _ = make_client(client_variant, sample_responses, ("a", (3, "a")))
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


async def test_pages_are_fetched_lazily(client_variant, sample_responses):
    campaign, cursors = make_client(client_variant, sample_responses, (None, (2, "a")))
    pager = campaign.petitions.list()
    assert cursors == []
    if client_variant.is_async:
        await anext(aiter(pager))
    else:
        next(iter(pager))
    assert cursors == [None]


async def test_each_iteration_starts_again(client_variant, sample_responses):
    campaign, cursors = make_client(
        client_variant, sample_responses, (None, (1, "a")), ("a", (1, None))
    )
    pager = campaign.petitions.list()
    assert await client_variant.result_of(pager) == await client_variant.result_of(pager)
    assert cursors == [None, "a"] * 2


async def test_the_deadline_holds_for_all_pages(client_variant, sample_responses):
    campaign, cursors = make_client(
        client_variant, sample_responses, (None, (1, "a")), ("a", (1, "b"))
    )
    pager = campaign.petitions.list(deadline=0.05)
    with pytest.raises(errors.DeadlineExceeded):
        await slowly(pager)
    assert cursors == [None]


async def slowly(pager):
    if hasattr(pager, "__aiter__"):
        async for _ in pager:
            await anyio.sleep(0.06)
    else:
        for _ in pager:
            await anyio.sleep(0.06)


async def test_a_list_rejects_unknown_arguments_at_once(client_variant, sample_responses):
    campaign, _ = make_client(client_variant, sample_responses)
    with pytest.raises(TypeError):
        campaign.petitions.list(langg="es")


async def test_a_pager_repr_shows_only_the_route(client_variant, sample_responses):
    campaign, _ = make_client(client_variant, sample_responses)
    assert repr(campaign.petitions.signatures("secret")).endswith(
        "Pager /v1/petitions/{slug}/signatures>"
    )
