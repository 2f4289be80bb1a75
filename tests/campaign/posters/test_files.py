import base64
import hashlib

import pytest

pytestmark = pytest.mark.anyio

PATH = "/v1/posters/paths/files/paths.svg"


async def test_a_file_comes_whole(client, poster, artwork):
    answer = await client.get(PATH)
    assert (answer.status_code, answer.content) == (200, artwork)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-length"] == str(len(artwork))
    assert answer.headers["accept-ranges"] == "bytes"


async def test_a_file_comes_with_its_digest(client, poster, artwork):
    digest = hashlib.sha256(artwork)
    answer = await client.get(PATH, headers={"Range": "bytes=0-9"})
    assert (
        answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    )
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'


async def test_a_part_comes_as_a_part(client, poster, artwork):
    answer = await client.get(PATH, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, artwork[10:20])
    assert answer.headers["content-range"] == f"bytes 10-19/{len(artwork)}"
    assert answer.headers["content-length"] == "10"


async def test_a_part_of_another_version_comes_whole(client, poster, artwork):
    headers = {"Range": "bytes=10-19", "If-Range": '"another"'}
    answer = await client.get(PATH, headers=headers)
    assert (answer.status_code, answer.content) == (200, artwork)


async def test_a_download_that_broke_off_goes_on(client, poster, artwork):
    first = await client.get(PATH, headers={"Range": "bytes=0-999"})
    headers = {"Range": "bytes=1000-", "If-Range": first.headers["etag"]}
    rest = await client.get(PATH, headers=headers)
    assert first.content + rest.content == artwork


async def test_a_part_outside_the_file_is_a_416(client, poster, artwork):
    answer = await client.get(PATH, headers={"Range": f"bytes={len(artwork)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(artwork)}"
    assert answer.json()["type"] == "/v1/problems/range-not-satisfiable"


async def test_a_file_that_one_has_is_not_sent(client, poster):
    tag = (await client.get(PATH)).headers["etag"]
    headers = {"If-None-Match": tag, "Range": "bytes=0-9"}
    answer = await client.get(PATH, headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")


async def test_head_says_all_but_the_file(client, poster, artwork):
    answer = await client.head(PATH)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(artwork))


async def test_a_drawing_opened_by_itself_can_do_nothing(client, poster):
    headers = (await client.get(PATH)).headers
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == 'attachment; filename="paths.svg"'


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "name", ["%2E%2E", "..%2F..%2Fcampaign.sqlite3", "%2Fetc%2Fpasswd", "paths.svg%00"]
)
async def test_only_files_of_a_poster_are_served(client, poster, name):
    answer = await client.get(f"/v1/posters/paths/files/{name}")
    assert answer.status_code in {400, 404}
