import base64
import hashlib
import io
import stat

import pytest

from imd_sdk import errors
from imd_sdk.testing import InMemoryCampaign, TruncatedResponse

pytestmark = [pytest.mark.anyio, pytest.mark.client_variants("sync and async")]

FILE = bytes(range(256)) * 40
HALF = len(FILE) // 2


class FileServer:
    """Serves one file; can break off in the middle, forget Range, or change the file."""

    def __init__(
        self, client_variant, *, breaks=0, ranges=True, etags=('"1"',), digest=None, content=FILE
    ):
        self.client_variant = client_variant
        self.breaks = breaks
        self.ranges = ranges
        self.etags = list(etags)
        self.digest = digest or hashlib.sha256(content).digest()
        self.content = content
        self.requested_ranges = []

    def __call__(self, request):
        self.requested_ranges.append(request.headers.get("range"))
        etag = self.etags.pop(0) if len(self.etags) > 1 else self.etags[0]
        start = (
            int(request.headers["range"][6:-1]) if self.ranges and self.requested_ranges[-1] else 0
        )
        whole = f"sha-256=:{base64.b64encode(self.digest).decode()}:"
        headers = {"repr-digest": whole, "content-type": "image/svg+xml"}
        headers["content-length"] = str(len(self.content) - start)
        if etag:
            headers["etag"] = etag
        if start:
            headers["content-range"] = f"bytes {start}-{len(FILE) - 1}/{len(FILE)}"
        body = self.body(start)
        return self.client_variant.library.Response(
            206 if start else 200, headers=headers, stream=body
        )

    def body(self, start):
        pieces = [self.content[start : start + HALF], self.content[start + HALF :]]
        if self.breaks:
            self.breaks -= 1
            pieces[1] = self.client_variant.library.ReadError("cut")
        return Pieces(self.client_variant, pieces)


def Pieces(client_variant, pieces):  # noqa: N802 - it makes a stream of either kind
    base = (
        client_variant.library.AsyncByteStream
        if client_variant.is_async
        else client_variant.library.SyncByteStream
    )

    class Stream(base):
        def __iter__(self):
            for piece in pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece

        async def __aiter__(self):
            for piece in self.__iter__():
                yield piece

    return Stream()


def load(client_variant, server, to, **options):
    return client_variant.result_of(
        client_variant.client_for(server).posters.download("p", "p.svg", to=to, **options)
    )


@pytest.fixture
def campaign():
    campaign = InMemoryCampaign()
    campaign.add_poster("p", files={"p.svg": FILE})
    return campaign


def load_from(campaign, client_variant, to):
    return client_variant.result_of(
        client_variant.client_of(campaign).posters.download("p", "p.svg", to=to)
    )


@pytest.mark.client_variants("every")
async def test_a_file_is_downloaded_completely(client_variant, campaign):
    file = io.BytesIO()
    done = await load_from(campaign, client_variant, file)
    assert file.getvalue() == FILE
    assert (done.bytes, done.media_type) == (len(FILE), "image/svg+xml")
    assert done.sha256 == hashlib.sha256(FILE).hexdigest()


@pytest.mark.client_variants("every")
async def test_an_interrupted_download_requests_only_the_rest(client_variant, campaign):
    campaign.fail_next(TruncatedResponse())
    file = io.BytesIO()
    await load_from(campaign, client_variant, file)
    assert file.getvalue() == FILE
    requested_ranges = [request.headers.get("range") for request in campaign.requests]
    assert requested_ranges == [None, f"bytes={HALF}-"]


@pytest.mark.parametrize("ways", [{"ranges": False}, {"etags": (None,)}], ids=["range", "etag"])
async def test_a_download_resumes_without_range_support(client_variant, ways):
    file = io.BytesIO()
    await load(client_variant, FileServer(client_variant, breaks=1, **ways), file)
    assert file.getvalue() == FILE


async def test_a_file_that_changes_during_the_download_is_an_error(client_variant):
    with pytest.raises(errors.UnexpectedResponse, match="changed"):
        await load(
            client_variant, FileServer(client_variant, breaks=1, etags=('"1"', '"2"')), io.BytesIO()
        )


async def test_a_wrong_digest_is_an_error(client_variant, tmp_path):
    with pytest.raises(errors.UnexpectedResponse, match="digest"):
        await load(client_variant, FileServer(client_variant, digest=b"x" * 32), tmp_path / "p.svg")
    assert list(tmp_path.iterdir()) == []


async def test_the_target_appears_once_the_download_is_complete(client_variant, tmp_path):
    goal = tmp_path / "p.svg"
    goal.write_bytes(b"old")
    await load(
        client_variant,
        FileServer(client_variant, breaks=1),
        str(goal),
        progress=lambda done, total: unchanged(goal),
    )
    assert goal.read_bytes() == FILE
    assert list(tmp_path.iterdir()) == [goal]


def unchanged(goal):
    assert goal.read_bytes() == b"old"


@pytest.mark.client_variants("every")
async def test_a_failed_download_leaves_nothing_behind(client_variant, tmp_path):
    with pytest.raises(errors.OutcomeUnknown):
        await load(client_variant, FileServer(client_variant, breaks=9), tmp_path / "p.svg")
    assert list(tmp_path.iterdir()) == []


async def test_a_downloaded_file_has_default_permissions(client_variant, tmp_path):
    """A poster is public: a web server is to show it, and runs as somebody else."""
    (tmp_path / "other").touch()
    await load(client_variant, FileServer(client_variant), tmp_path / "poster")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes["poster"] == modes["other"]


@pytest.mark.parametrize("name", ["", ".", "a-folder"])
async def test_a_folder_as_target_is_rejected_before_sending(
    client_variant, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-folder").mkdir()
    server = FileServer(client_variant)
    with pytest.raises(IsADirectoryError):
        await load(client_variant, server, name)
    assert server.requested_ranges == []


async def test_an_error_response_is_not_written_to_the_file(client_variant):
    file = io.BytesIO()
    with pytest.raises(errors.NotFound):
        await load(client_variant, lambda request: client_variant.problem(404, "not-found"), file)
    assert file.getvalue() == b""


async def test_progress_is_reported(client_variant):
    seen = []
    server = FileServer(client_variant, breaks=1)
    await load(
        client_variant, server, io.BytesIO(), progress=lambda *arguments: seen.append(arguments)
    )
    assert seen == [(HALF, len(FILE)), (len(FILE), len(FILE))]


async def test_an_absurd_content_length_is_ignored(client_variant):
    server, seen = FileServer(client_variant), []

    def respond(request):
        response = server(request)
        response.headers["content-length"] = "9" * 5_000
        return response

    await load(
        client_variant, respond, io.BytesIO(), progress=lambda *arguments: seen.append(arguments)
    )
    assert seen[-1] == (len(FILE), None)
