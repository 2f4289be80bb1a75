"""Whatever a site sends, the reader gets a page that explains it, soon."""

import gzip
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from raw_server import answering

from imd_widgets.app import create_app
from imd_widgets.settings import Settings
from imd_widgets.site_check import fetcher as fetching
from imd_widgets.site_check.fetcher import Fetcher, FetchError
from imd_widgets.site_check.http_exchange import MAX_EVENTS, MAX_PAGE_BYTES
from imd_widgets.site_check.routes import REASONS

pytestmark = pytest.mark.anyio

PAGE = b"<p>Hello"


async def at_home(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


HERE = Fetcher(resolve=at_home, public=lambda _: True, is_any_port_allowed=True)

names = st.sampled_from(
    [
        b"Content-Length",
        b"Content-Encoding",
        b"Content-Type",
        b"Content-Security-Policy",
        b"Cross-Origin-Embedder-Policy",
        b"Transfer-Encoding",
        b"Location",
        b"Set-Cookie",
        b"Connection",
    ]
) | st.binary(max_size=8)
values = st.sampled_from(
    [
        b"-1",
        b"9" * 5000,
        b"\xb2",
        b"5, 6",
        b"gzip",
        b"gzip, br",
        b"chunked",
        b"chunked, gzip",
        b"text/html; charset=\xff",
        b"text/html; charset=unicode_escape",
        b"frame-src \xe9\x00\xff",
        b"//[",
        b"//[::1",
        b"http://a:b",
        b"http://\xc3\xbc\xff.example/",
        b"http://\xe2\x80\xae/",
        b"https://user:secret@ally.example/",
        b"javascript:alert(1)",
        b"\x00\x01\x7f\x80\xff",
        b"/" + b"\xff" * 1990,
        b"a" * 70_000,
    ]
) | st.binary(max_size=40)
starts = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 302 Found",
        b"HTTP/1.1 200 \xff\x00",
        b"HTTP/1.1 099 ?",
        b"HTTP/1.1 1000 ?",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.1 204 No Content",
        b"HTTP/2 200",
        b"ICY 200 OK",
        b"",
    ]
) | st.binary(max_size=20)
bodies = st.sampled_from(
    [
        PAGE,
        b"5\r\nHello\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\n",
        b"-1\r\n",
        b"5;" + b"a" * 70_000 + b"\r\n",
        gzip.compress(PAGE),
        gzip.compress(PAGE)[:15],
        b"<![x[ ]]>&#9999999999;<iframe src=//[ >",
    ]
) | st.binary(max_size=40)


@st.composite
def responses(draw) -> bytes:
    headers = draw(st.lists(st.tuples(names, values), max_size=4))
    lines = [draw(starts), *(name + b": " + value for name, value in headers), b""]
    return b"\r\n".join([*lines, draw(bodies)])


@asynccontextmanager
async def open_checker(fetcher: Fetcher) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(), fetcher=fetcher)
    transport = httpx.ASGITransport(app)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = httpx.AsyncClient(transport=transport, base_url="http://widgets.example")
        yield await stack.enter_async_context(http)


@pytest.fixture(scope="module")
async def checker() -> AsyncIterator[httpx.AsyncClient]:
    async with open_checker(HERE) as checker:
        yield checker


@pytest.fixture(scope="module")
async def unresolving_checker() -> AsyncIterator[httpx.AsyncClient]:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise OSError

    async with open_checker(Fetcher(resolve=resolve)) as checker:
        yield checker


def let_in(checker: httpx.AsyncClient) -> None:
    """Forget earlier checks, of which there may be few in a minute."""
    checker._transport.app.state.checker._started.clear()


async def check(checker: httpx.AsyncClient, address: str) -> str:
    let_in(checker)
    response = await checker.get("/check", params={"url": address})
    assert response.status_code == 200
    return response.text


def is_explained(text: str) -> bool:
    return 'class="findings"' in text or 'class="wrong"' in text


@given(sent=responses() | st.binary(max_size=200))
@example(sent=b"HTTP/1.1 200 OK\r\nX-Odd: \xe2\x80\xff\r\nContent-Length: 0\r\n\r\n")
@example(sent=b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n")
@example(sent=b"HTTP/1.1 302 Found\r\nLocation: http://a:99999/\r\n\r\n")
@example(sent=b"HTTP/1.1 302 Found\r\nLocation: //\xc3\xbc\xff/\x01\r\n\r\n")
@example(sent=b"HTTP/1.1 200 OK\r\nContent-Security-Policy: frame-src \xe9\r\n\r\n")
async def test_any_response_is_explained(checker, sent):
    async with answering(sent) as port:
        assert is_explained(await check(checker, f"http://ally.example:{port}/"))


@given(st.text(max_size=60).map(lambda text: f"http://{text}") | st.text(min_size=1, max_size=60))
@example("http://ally.example:0/")
@example("http://\u0661\u0662\u0667.0.0.1/")
@example("http://a.example:\u0661/")
@example("http://[::1%25lo]/")
@example("http://[v1.a]/")
@example("\ud800")
async def test_any_url_is_explained(unresolving_checker, address):
    text = await check(unresolving_checker, address.encode("utf-8", "replace").decode())
    assert is_explained(text) or not address.strip()


async def why_not(sent: bytes, *, stays_open: bool = False) -> str:
    async with answering(sent, stays_open=stays_open) as port:
        with pytest.raises(FetchError) as failed:
            await HERE.fetch(f"http://ally.example:{port}/")
    return failed.value.reason


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xff\xfe\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 50_000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * (MAX_EVENTS + 10),
    ],
)
async def test_what_is_not_http_is_unreadable(sent):
    assert await why_not(sent) == "unreadable"


async def test_many_chunks_are_truncated():
    chunks = b"1\r\na\r\n" * (MAX_EVENTS + 1000)
    async with answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks) as port:
        html = (await HERE.fetch(f"http://ally.example:{port}/")).html
    assert MAX_EVENTS - 10 < len(html) <= MAX_EVENTS


async def test_a_page_of_the_largest_size_is_read():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MAX_PAGE_BYTES
    async with answering(head + b"a" * MAX_PAGE_BYTES) as port:
        assert len((await HERE.fetch(f"http://ally.example:{port}/")).html) == MAX_PAGE_BYTES


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\n\r\nHello"], ids=["head", "body"])
async def test_a_site_that_stops_is_slow(monkeypatch, sent):
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    began = time.monotonic()
    assert await why_not(sent, stays_open=True) == "slow"
    assert time.monotonic() - began < 3


def test_every_reason_has_a_sentence():
    raised = Path(fetching.__file__).read_text("utf-8").split('FetchError("')[1:]
    assert {text.partition('"')[0] for text in raised} == set(REASONS)
