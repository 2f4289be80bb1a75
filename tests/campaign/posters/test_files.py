import base64
import hashlib

import pytest

pytestmark = pytest.mark.anyio

PATH = "/v1/posters/paths/files/paths.svg"


async def test_file_is_served_whole(client, poster, artwork):
    answer = await client.get(PATH)
    assert (answer.status_code, answer.content) == (200, artwork)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-length"] == str(len(artwork))
    assert answer.headers["accept-ranges"] == "bytes"


async def test_file_has_its_digest_in_the_headers(client, poster, artwork):
    digest = hashlib.sha256(artwork)
    answer = await client.get(PATH, headers={"Range": "bytes=0-9"})
    assert (
        answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    )
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'


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
    answer = await client.get(PATH, headers={"Range": sent})
    assert (answer.status_code, answer.content) == (206, artwork[part.start : part.stop])
    assert answer.headers["content-range"] == f"bytes {part.start}-{part[-1]}/{len(artwork)}"
    assert answer.headers["content-length"] == str(len(part))


async def test_several_ranges_are_sent_as_multipart(client, poster, artwork):
    answer = await client.get(PATH, headers={"Range": "bytes=0-3,10-13"})
    boundary = answer.headers["content-type"].removeprefix("multipart/byteranges; boundary=")
    _, first, second, _ = answer.text.split(f"--{boundary}")
    assert answer.status_code == 206
    assert first.endswith(f"Content-Range: bytes 0-3/{len(artwork)}\r\n\r\n<svg\r\n")
    assert second.endswith(artwork[10:14].decode() + "\r\n")


@pytest.mark.parametrize(
    "sent", ["", "bytes", "bytes=-", "bytes=a-b", "bytes=9-0", "items=0-9", "bytes=0x1-2"]
)
async def test_malformed_range_is_ignored(client, poster, artwork, sent):
    answer = await client.get(PATH, headers={"Range": sent})
    assert (answer.status_code, answer.content) == (200, artwork)


@pytest.mark.parametrize("version", ['"another"', 'W/"{tag}"', "Fri, 18 Dec 2020 00:00:00 GMT"])
async def test_range_of_another_version_gets_the_whole_file(client, poster, artwork, version):
    tag = hashlib.sha256(artwork).hexdigest()
    headers = {"Range": "bytes=10-19", "If-Range": version.format(tag=tag)}
    answer = await client.get(PATH, headers=headers)
    assert (answer.status_code, answer.content) == (200, artwork)


async def test_interrupted_download_can_be_resumed(client, poster, artwork):
    first = await client.get(PATH, headers={"Range": "bytes=0-999"})
    headers = {"Range": "bytes=1000-", "If-Range": first.headers["etag"]}
    rest = await client.get(PATH, headers=headers)
    assert first.content + rest.content == artwork


@pytest.mark.parametrize("sent", ["bytes=4100-", "bytes=4100-5000", "bytes=-0"])
async def test_range_outside_the_file_is_not_satisfiable(client, poster, artwork, sent):
    answer = await client.get(PATH, headers={"Range": sent})
    assert answer.status_code == 416
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-range"] == f"bytes */{len(artwork)}"
    assert answer.json()["type"] == "/v1/problems/range-not-satisfiable"


async def test_unchanged_file_is_not_sent_again(client, poster):
    tag = (await client.get(PATH)).headers["etag"]
    headers = {"If-None-Match": tag, "Range": "bytes=0-9"}
    answer = await client.get(PATH, headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")


async def test_head_sends_the_headers_without_the_file(client, poster, artwork):
    answer = await client.head(PATH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(artwork))


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
    answer = await client.get(f"/v1/posters/paths/files/{name}")
    assert answer.status_code in {400, 404}
