import asyncio
import base64
import hashlib

import pytest

pytestmark = pytest.mark.anyio

PATH = "/v1/posters/paths/files/paths.svg"


async def test_file_is_served_whole(client, poster, artwork):
    response = await client.get(PATH)
    assert (response.status_code, response.content) == (200, artwork)
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["content-length"] == str(len(artwork))
    assert response.headers["accept-ranges"] == "bytes"


async def test_file_has_its_digest_in_the_headers(client, poster, artwork):
    digest = hashlib.sha256(artwork)
    response = await client.get(PATH, headers={"Range": "bytes=0-9"})
    assert (
        response.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    )
    assert response.headers["etag"] == f'"{digest.hexdigest()}"'


@pytest.mark.parametrize(
    ("sent", "part"),
    [
        ("bytes=10-19", range(10, 20)),
        ("bytes=3990-", range(3990, 4100)),
        ("bytes=-10", range(4090, 4100)),
        ("bytes=0-", range(4100)),
        ("bytes=4095-5000", range(4095, 4100)),
        ("bytes=-5000", range(4100)),
        ("Bytes=0-0", range(1)),
        ("bytes= 0-0 ", range(1)),
    ],
)
async def test_range_is_sent_as_partial_content(client, poster, artwork, sent, part):
    response = await client.get(PATH, headers={"Range": sent})
    assert (response.status_code, response.content) == (206, artwork[part.start : part.stop])
    assert response.headers["content-range"] == f"bytes {part.start}-{part[-1]}/{len(artwork)}"
    assert response.headers["content-length"] == str(len(part))


async def test_several_ranges_are_sent_as_multipart(client, poster, artwork):
    response = await client.get(PATH, headers={"Range": "bytes=0-3,10-13"})
    boundary = response.headers["content-type"].removeprefix("multipart/byteranges; boundary=")
    _, first, second, _ = response.text.split(f"--{boundary}")
    assert response.status_code == 206
    assert first.endswith(f"Content-Range: bytes 0-3/{len(artwork)}\r\n\r\n<svg\r\n")
    assert second.endswith(artwork[10:14].decode() + "\r\n")


@pytest.mark.parametrize(
    "sent", ["", "bytes", "bytes=-", "bytes=a-b", "bytes=9-0", "items=0-9", "bytes=0x1-2"]
)
async def test_malformed_range_is_ignored(client, poster, artwork, sent):
    response = await client.get(PATH, headers={"Range": sent})
    assert (response.status_code, response.content) == (200, artwork)


@pytest.mark.parametrize("version", ['"another"', 'W/"{tag}"', "Fri, 18 Dec 2020 00:00:00 GMT"])
async def test_range_of_another_version_gets_the_whole_file(client, poster, artwork, version):
    tag = hashlib.sha256(artwork).hexdigest()
    headers = {"Range": "bytes=10-19", "If-Range": version.format(tag=tag)}
    response = await client.get(PATH, headers=headers)
    assert (response.status_code, response.content) == (200, artwork)


async def test_interrupted_download_can_be_resumed(client, poster, artwork):
    first = await client.get(PATH, headers={"Range": "bytes=0-999"})
    headers = {"Range": "bytes=1000-", "If-Range": first.headers["etag"]}
    rest = await client.get(PATH, headers=headers)
    assert first.content + rest.content == artwork


@pytest.mark.parametrize("sent", ["bytes=4100-", "bytes=4100-5000", "bytes=-0"])
async def test_range_outside_the_file_is_not_satisfiable(client, poster, artwork, sent):
    response = await client.get(PATH, headers={"Range": sent})
    assert response.status_code == 416
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["content-range"] == f"bytes */{len(artwork)}"
    assert response.json()["type"] == "/v1/problems/range-not-satisfiable"


async def test_unchanged_file_is_not_sent_again(client, poster):
    tag = (await client.get(PATH)).headers["etag"]
    headers = {"If-None-Match": tag, "Range": "bytes=0-9"}
    response = await client.get(PATH, headers=headers)
    assert (response.status_code, response.content) == (304, b"")


async def test_head_sends_the_headers_without_the_file(client, poster, artwork):
    response = await client.head(PATH)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == str(len(artwork))


async def test_svg_file_is_sandboxed_and_downloaded(client, poster):
    headers = (await client.get(PATH)).headers
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == 'attachment; filename="paths.svg"'


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "name", ["%2E%2E", "..%2F..%2Fcampaign.sqlite3", "%2Fetc%2Fpasswd", "paths.svg%00"]
)
async def test_path_traversal_serves_no_file(client, poster, name):
    response = await client.get(f"/v1/posters/paths/files/{name}")
    assert response.status_code in {400, 404}


async def test_slow_reader_of_a_file_holds_up_nobody(app, client, poster):
    path, reads = f"/v1/posters/{poster}/files/paths.svg", asyncio.Event()

    async def send_slowly(_):
        reads.set()
        await asyncio.sleep(60)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [], "http_version": "1.1", "scheme": "https",
        "server": ("campaign.example", 443), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    slow = asyncio.create_task(app(scope, asyncio.Event().wait, send_slowly))
    await reads.wait()
    async with asyncio.timeout(5):
        assert (await client.get(path)).status_code == 200
    slow.cancel()
