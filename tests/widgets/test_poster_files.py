"""Files of posters: caching, ranges, and protection against hostile files."""

from asyncio import gather
from base64 import b64encode
from hashlib import sha256

import httpx
import pytest
from sample_campaign import PREVIEW

PATH = "/posters/many-paths/files/many-paths.svg"
PDF = "/posters/many-paths/files/many-paths.pdf"
CONTENT = b"%PDF" + bytes(range(250)) * 14_000
HOSTILE = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

pytestmark = pytest.mark.anyio


async def test_image_may_be_embedded_by_any_site(browser, campaign):
    response = await browser.get(PATH)
    assert response.content == PREVIEW
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["access-control-allow-origin"] == "*"


async def test_image_sends_no_referrer(browser):
    assert (await browser.get(PATH)).headers["referrer-policy"] == "no-referrer"


async def test_svg_runs_no_script(browser, campaign):
    campaign.replace_files(previews={"many-paths.svg": HOSTILE})
    headers = (await browser.get(PATH)).headers
    policy = dict(d.partition(" ")[::2] for d in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "sandbox" in policy
    assert policy["sandbox"] == ""
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("claimed", ["text/html", "application/xhtml+xml", "text/xml", "x\r\ny: z"])
async def test_unknown_media_type_is_a_download(browser, campaign, claimed):
    campaign.poster["files"][1]["media_type"] = claimed
    headers = (await browser.get(PATH)).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")


async def test_file_name_is_escaped_in_the_header(campaign, served_with):
    campaign.poster["files"][1]["name"] = 'a"; x=\r\n\N{RIGHT-TO-LEFT OVERRIDE}.svg'
    transport = campaign.transport()

    async def respond(request):
        if "/files/" in request.url.path:
            request = httpx.Request("GET", f"{campaign.url}/v1{PATH}")
        return await transport.handle_async_request(request)

    campaign.transport = lambda _library: httpx.MockTransport(respond)
    async with served_with() as browser:
        response = await browser.get("/posters/many-paths/files/a%22%3B%20x%3D%0D%0A%E2%80%AE.svg")
    assert response.headers["content-disposition"] == (
        "inline; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%E2%80%AE.svg"
    )


async def test_file_is_requested_once_and_cached(browser, campaign):
    for _ in range(3):
        await browser.get(PATH)
    assert campaign.calls.count("GET /v1/posters/many-paths/files/many-paths.svg") == 1
    assert "max-age=3600" in (await browser.get(PATH)).headers["cache-control"]


async def test_unchanged_file_is_not_sent_again(browser, campaign):
    etag = (await browser.get(PATH)).headers["etag"]
    response = await browser.get(PATH, headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")


async def test_replaced_file_is_served(browser, campaign, clock):
    await browser.get(PATH)
    campaign.replace_files(previews={"many-paths.svg": b"<svg id='new'/>"})
    clock.advance(3600)
    assert (await browser.get(PATH)).content == b"<svg id='new'/>"


@pytest.fixture
def content(campaign) -> bytes:
    campaign.replace_files(files={"many-paths.pdf": CONTENT})
    return CONTENT


async def test_concurrent_requests_download_a_file_once(browser, campaign, content):
    responses = await gather(*(browser.get(PDF) for _ in range(5)))
    assert all(response.content == content for response in responses)
    headers = responses[0].headers
    assert headers["content-length"] == str(len(content))
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''many-paths.pdf"
    assert campaign.calls.count(f"GET /v1{PDF}") == 1


async def test_file_has_a_digest_header(browser, content):
    digest = (await browser.get(PDF)).headers["repr-digest"]
    assert digest == f"sha-256=:{b64encode(sha256(content).digest()).decode()}:"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=3500000-", slice(3_500_000, None)),
        ("bytes=-4", slice(-4, None)),
        ("bytes=100-99999999", slice(100, None)),
    ],
)
async def test_range_request_returns_the_range(browser, content, asked, part):
    response = await browser.get(PDF, headers={"Range": asked})
    assert (response.status_code, response.content) == (206, content[part])
    start = range(len(content))[part].start
    end = start + len(content[part]) - 1
    assert response.headers["content-range"] == f"bytes {start}-{end}/{len(content)}"
    assert response.headers["content-length"] == str(len(content[part]))


@pytest.mark.parametrize("asked", ["bytes=9-1", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "x"])
async def test_invalid_and_multiple_ranges_are_ignored(browser, content, asked):
    response = await browser.get(PDF, headers={"Range": asked})
    assert (response.status_code, len(response.content)) == (200, len(content))


@pytest.mark.parametrize("asked", ["bytes=3500004-", "bytes=-0"])
async def test_unsatisfiable_range_returns_416(browser, content, asked):
    response = await browser.get(PDF, headers={"Range": asked})
    assert (response.status_code, response.content) == (416, b"")
    assert response.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize(("same", "status"), [(True, 206), (False, 200)])
async def test_if_range_requires_the_same_etag(browser, content, same, status):
    etag = (await browser.head(PDF)).headers["etag"] if same else '"other"'
    response = await browser.get(PDF, headers={"Range": "bytes=5-", "If-Range": etag})
    assert response.status_code == status


async def test_head_request_downloads_nothing(browser, campaign, content):
    response = await browser.head(PDF)
    assert response.headers["content-length"] == str(len(content))
    assert response.headers["accept-ranges"] == "bytes"
    assert not [asked for asked in campaign.calls if "/files/" in asked]


@pytest.mark.parametrize("wrong", [{"sha256": "ef" * 32}, {"bytes": 10}, {"bytes": 99_999_999}])
async def test_file_with_wrong_metadata_is_never_complete(browser, campaign, content, wrong):
    campaign.poster["files"][0] |= wrong
    try:
        response = await browser.get(PDF)
    except Exception:  # noqa: BLE001 - the connection breaks off
        return
    assert response.content != content
    assert response.status_code in {200, 503}


async def test_failed_download_is_not_retried_at_once(browser, campaign, content, clock):
    await browser.get("/posters/many-paths")
    await browser.get("/posters/many-paths/files/nothing")
    campaign.down = True
    statuses = [(await browser.get(PDF)).status_code for _ in range(3)]
    asked = campaign.calls.count(f"GET /v1{PDF}")
    campaign.down = False
    clock.advance(11)
    assert (statuses, asked) == ([503] * 3, 1)
    assert (await browser.get(PDF)).content == content


async def test_image_survives_a_restart_while_the_campaign_is_down(
    campaign, clock, served_with, tmp_path
):
    async with served_with(snapshot_dir=tmp_path) as browser:
        before = await browser.get(PATH)
    campaign.down = True
    async with served_with(snapshot_dir=tmp_path) as browser:
        after = await browser.get(PATH)
    assert (after.status_code, after.content) == (200, before.content)


async def test_disk_usage_is_bounded(campaign, clock, served_with, tmp_path, content):
    async with served_with(snapshot_dir=tmp_path, file_bytes=4_000_000) as browser:
        assert (await browser.get(PATH)).status_code == 200
        assert (await browser.get(PDF)).status_code == 200
        campaign.replace_files(files={"many-paths.pdf": content[1:]})
        clock.advance(3600)
        assert (await browser.get(PDF)).content == content[1:]
    sizes = [path.stat().st_size for path in (tmp_path / "files").iterdir()]
    assert sum(sizes) <= 4_000_000


async def test_file_larger_than_the_cache_is_an_error_page(served_with, content):
    async with served_with(file_bytes=1000) as browser:
        response = await browser.get(PDF)
    assert response.status_code == 503
    assert "The campaign cannot be reached right now" in response.text


@pytest.mark.parametrize("path", ["/posters/many-paths/files/other.svg", "/posters/x/files/y.svg"])
async def test_file_of_another_poster_is_not_found(browser, campaign, path):
    assert (await browser.get(path)).status_code == 404
    assert not [asked for asked in campaign.calls if "/files/" in asked]


@pytest.mark.parametrize("name", ["many-paths.svg", "many-paths.pdf"])
async def test_deleted_file_is_an_error_page(browser, campaign, name):
    campaign.remove("/v1/posters/{slug}/files/{name}")
    response = await browser.get(f"/posters/many-paths/files/{name}")
    assert response.status_code == 404
    assert "Page not found" in response.text


@pytest.mark.parametrize("name", ["many-paths.svg", "many-paths.pdf"])
async def test_unreachable_file_is_an_error_page(browser, campaign, name):
    await browser.get("/posters/many-paths")
    await browser.get("/posters/many-paths/files/nothing")
    campaign.down = True
    response = await browser.get(f"/posters/many-paths/files/{name}")
    assert response.status_code == 503
    assert "The campaign cannot be reached right now" in response.text
