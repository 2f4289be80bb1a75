"""A calendar is fetched from public hosts only, and within limits."""

import asyncio
import gzip
import ssl
from collections.abc import Callable, Iterator

import pytest
import trustme

from imd_campaign.calendars.fetching import (
    MAX_BYTES,
    Fetcher,
    FetchError,
    Validators,
    parse_url,
)

HOST = "calendar.example"
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
NOTHING = Validators()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Calendar.example/a.ics", "calendar.example"),
        ("webcal://calendar.example/a.ics", "calendar.example"),
        ("https://calendar.example:443/?a=1", "calendar.example"),
    ],
)
def test_public_url_is_accepted(url: str, host: str):
    assert parse_url(url).host == host


@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example/a.ics",
        "file:///etc/passwd",
        "https://user:password@calendar.example/",
        "https://calendar.example:8443/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://intranet/",
        "https://printer.local/",
        "https://calendar.example/a b",
        "https://calendar.example/\r\nX: y",
        f"https://calendar.example/{'a' * 1000}",
        "https:///a",
    ],
)
def test_other_url_is_refused_without_being_repeated(url: str):
    with pytest.raises(FetchError) as failure:
        parse_url(url)
    assert url not in str(failure.value)


# --- a server of our own -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def fetch(authority: trustme.CA) -> Iterator[Callable[..., tuple[object, list[bytes]]]]:
    """Fetch from a server that sends these responses; return what was fetched, and the requests."""
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(server_tls)

    def fetch(
        *responses: bytes,
        known: Validators = NOTHING,
        addresses=("127.0.0.1",),
        trusted=True,
        scheme="https",
    ) -> tuple[object, list[bytes]]:
        return asyncio.run(_fetch(list(responses), known, addresses, trusted, scheme))

    async def _fetch(responses, known, addresses, trusted, scheme):
        requests = []

        async def respond(reader, writer):
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(responses.pop(0))
            await writer.drain()
            writer.close()

        async def resolve(_host, _port):
            return addresses

        client_tls = ssl.create_default_context()
        if trusted:
            authority.configure_trust(client_tls)
        server = await asyncio.start_server(respond, "127.0.0.1", 0, ssl=server_tls)
        port = server.sockets[0].getsockname()[1]
        fetcher = Fetcher(resolve, client_tls, lambda a: a == "127.0.0.1", allows_any_port=True)
        try:
            found = await fetcher.fetch(f"{scheme}://{HOST}:{port}/a.ics", known)
        finally:
            server.close()
        return found, requests

    return fetch


def make_response(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    fields = {"Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def test_calendar_is_fetched_with_its_version(fetch):
    found, _ = fetch(make_response(CALENDAR, ETag='"1"', Last_Modified="yesterday"))
    assert (found.data, found.validators) == (CALENDAR, Validators('"1"', "yesterday"))


def test_known_version_is_not_sent_again(fetch):
    known = Validators('"1"', "yesterday")
    found, (request,) = fetch(make_response(b"", "304 Not Modified"), known=known)
    assert found is None
    assert b'If-None-Match: "1"\r\nIf-Modified-Since: yesterday\r\n' in request


def test_compressed_calendar_is_decompressed(fetch):
    found, _ = fetch(make_response(gzip.compress(CALENDAR), Content_Encoding="gzip"))
    assert found.data == CALENDAR


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (make_response(b"a" * (MAX_BYTES + 1)), "larger than 1 MB"),
        (make_response(gzip.compress(b"a" * 50_000_000), Content_Encoding="gzip"), "larger than"),
        (make_response(CALENDAR, Content_Encoding="gzip"), "cannot be decompressed"),
        (make_response(b"", "404 Not Found"), "status 404"),
        (b"nonsense\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000, "not HTTP"),
    ],
    ids=["large", "bomb", "encoding", "status", "nonsense", "headers"],
)
def test_other_response_is_one_error(fetch, response: bytes, message: str):
    with pytest.raises(FetchError, match=message):
        fetch(response)


@pytest.mark.parametrize(
    "location",
    [
        "http://calendar.example/",
        "https://user@calendar.example/",
        "file:///etc/passwd",
        "https://[",
    ],
)
def test_redirect_to_what_is_not_allowed_is_refused(fetch, location: str):
    with pytest.raises(FetchError, match="must begin with"):
        fetch(make_response(b"", "302 Found", Location=location))


def test_redirects_are_followed_three_times(fetch):
    redirect = make_response(b"", "302 Found", Location="/b.ics")
    found, requests = fetch(redirect, redirect, redirect, make_response(CALENDAR))
    assert (found.data, len(requests)) == (CALENDAR, 4)
    with pytest.raises(FetchError, match="too many redirects"):
        fetch(redirect, redirect, redirect, redirect)


def test_webcal_url_can_redirect_within_its_host(fetch):
    redirect = make_response(b"", "302 Found", Location="/b.ics")
    found, requests = fetch(redirect, make_response(CALENDAR), scheme="webcal")
    assert found.data == CALENDAR
    assert requests[1].startswith(b"GET /b.ics ")


@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("127.0.0.1", "169.254.169.254"), ()])
def test_host_with_a_private_address_is_not_connected_to(fetch, addresses):
    with pytest.raises(FetchError, match="unknown or not public"):
        fetch(make_response(CALENDAR), addresses=addresses)


def test_certificate_is_checked(fetch):
    with pytest.raises(FetchError, match="certificate is not valid"):
        fetch(make_response(CALENDAR), trusted=False)
