import asyncio
import gzip
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
from raw_server import answering

from imd_widgets.site_check.charsets import CHUNK_SIZE
from imd_widgets.site_check.fetcher import Fetcher, FetchError, parse_target
from imd_widgets.site_check.http_exchange import MAX_PAGE_BYTES

pytestmark = pytest.mark.anyio

Say = Callable[[str], tuple[int, dict[str, str], bytes]]


async def at_home(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello"
HERE = Fetcher(resolve=at_home, public=lambda _: True, is_any_port_allowed=True)


@pytest.fixture
def site() -> Iterator[Callable[[Say], str]]:
    """A site on loopback whose responses the test chooses."""
    servers = []

    def start(say: Say) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = say(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://ally.example:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


async def why_not(fetcher: Fetcher, address: str) -> str:
    with pytest.raises(FetchError) as refused:
        await fetcher.fetch(address)
    return refused.value.reason


async def test_private_address_is_never_requested():
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["169.254.169.254"]

    assert await why_not(Fetcher(resolve=resolve), "https://ally.example/") == "private"


async def test_one_private_address_rejects_the_host():
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["1.1.1.1", "127.0.0.1"]

    assert await why_not(Fetcher(resolve=resolve), "https://ally.example/") == "private"


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
async def test_page_is_requested_at_the_port_of_its_scheme(scheme, port):
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    assert await why_not(Fetcher(resolve=resolve), f"{scheme}://ally.example/") == "private"
    assert asked == [("ally.example", port)]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ally.example",
        "ftp://ally.example/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@ally.example/",
        "https://[::1",
        "https://ally.example:99999/",
        "https://ally.example/" + "a" * 2000,
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[fe80::1%25eth0]/",
        "https://ally.example\\@inner.example/",
        "https://ally%2eexample/",
        "https://ally..example/",
        "https://" + "a" * 64 + ".example/",
        "https://\N{SNOWMAN}\N{ZERO WIDTH JOINER}.example/",
    ],
)
def test_invalid_url_is_rejected(address):
    with pytest.raises(FetchError):
        parse_target(address)


async def test_only_web_ports_are_requested():
    fetcher = Fetcher(resolve=at_home, public=lambda _: True)
    assert await why_not(fetcher, "http://ally.example:6379/") == "address"


async def test_page_and_headers_are_fetched(site):
    address = site(lambda _: (200, {"Content-Security-Policy": "a"}, b"<p>Hello"))
    fetched = await HERE.fetch(address)
    assert (fetched.html, fetched.headers["content-security-policy"]) == ("<p>Hello", "a")


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "utf-7", "unicode_escape", "zlib_codec", "", "x" * 90_000]
)
async def test_unknown_charset_is_decoded_as_utf_8(site, charset):
    headers = {"Content-Type": f"text/html; charset={charset}"}
    address = site(lambda _: (200, headers, "<p>é +AGE-\xff".encode("latin-1") + "é".encode()))
    assert (await HERE.fetch(address)).html == "<p>\ufffd +AGE-\ufffdé"


@pytest.mark.parametrize(
    ("charset", "codec"), [("ISO-8859-2", "iso8859_2"), ('"Shift_JIS"', "cp932"), ("gbk", "gbk")]
)
async def test_charset_is_decoded_across_chunks(site, charset, codec):
    text = {"iso8859_2": "Łódź", "cp932": "日本", "gbk": "中文"}[codec] * (CHUNK_SIZE // 2)
    headers = {"Content-Type": f"text/html; charset={charset}"}
    address = site(lambda _: (200, headers, b"<" + text.encode(codec)))
    assert (await HERE.fetch(address)).html == f"<{text}"


async def test_only_the_headers_that_matter_are_kept(site):
    many = {f"X-{number:x}": "" for number in range(90)}
    assert (await HERE.fetch(site(lambda _: (200, many, b"")))).headers == {}


async def test_slow_page_does_not_block_other_requests(site):
    body, turns = b"1\r\na\r\n" * 2_000 + b"0\r\n\r\n", 0
    fetching = asyncio.create_task(
        HERE.fetch(site(lambda _: (200, {"Transfer-Encoding": "chunked"}, body)))
    )
    while not fetching.done():
        turns += 1
        await asyncio.sleep(0)
    assert (await fetching).html == "a" * 2_000
    assert turns > 2_000


async def test_a_redirect_is_followed(site):
    pages = {"/": (302, {"Location": "/there"}, b""), "/there": (200, {}, b"There")}
    assert (await HERE.fetch(site(pages.__getitem__) + "/")).html == "There"


async def test_redirect_into_the_private_network_is_rejected(site):
    async def resolve(host: str, _port: int) -> list[str]:
        return ["127.0.0.1"] if host == "ally.example" else ["10.0.0.1"]

    fetcher = Fetcher(resolve=resolve, public=lambda a: a != "10.0.0.1", is_any_port_allowed=True)
    address = site(lambda _: (302, {"Location": "http://inner.example/"}, b""))
    assert await why_not(fetcher, address) == "private"


async def test_redirect_loop_is_rejected(site):
    address = site(lambda _: (302, {"Location": "/"}, b""))
    assert await why_not(HERE, address) == "redirects"


async def test_endless_page_is_truncated(site):
    address = site(lambda _: (200, {}, b"a" * (MAX_PAGE_BYTES + 100_000)))
    assert len((await HERE.fetch(address)).html) < MAX_PAGE_BYTES + 100_000


async def test_compressed_page_is_decompressed(site):
    address = site(lambda _: (200, {"Content-Encoding": "gzip"}, gzip.compress(b"<p>Hello")))
    assert (await HERE.fetch(address)).html == "<p>Hello"


async def test_decompression_bomb_is_truncated(site):
    bomb = gzip.compress(bytes(100 * MAX_PAGE_BYTES))
    address = site(lambda _: (200, {"Content-Encoding": "gzip"}, bomb))
    tracemalloc.start()
    assert len((await HERE.fetch(address)).html) == MAX_PAGE_BYTES
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10 * MAX_PAGE_BYTES


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", brotli.compress(bytes(10_000_000))), ("gzip", b"no gzip"), ("gzip, gzip", b"")],
)
async def test_unrequested_encoding_is_rejected(site, coding, body):
    assert await why_not(HERE, site(lambda _: (200, {"Content-Encoding": coding}, body))) == "other"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((404, {}, b""), "refused"), ((200, {"Content-Type": "image/png"}, b""), "other")],
)
async def test_other_file_types_are_reported(site, answer, reason):
    assert await why_not(HERE, site(lambda _: answer)) == reason


async def test_unknown_host_is_reported():
    async def resolve(_host: str, _port: int) -> list[str]:
        raise OSError

    assert await why_not(Fetcher(resolve=resolve), "https://none.example/") == "unknown"


async def test_unreachable_host_is_reported():
    assert await why_not(HERE, "http://ally.example:1/") == "unreachable"


@pytest.mark.parametrize(
    ("address", "host", "path"),
    [
        ("https://Bücher.example./a b?c=é", "xn--bcher-kva.example", "/a%20b?c=%C3%A9"),
        ("https://\N{FULLWIDTH DIGIT ONE}27\N{IDEOGRAPHIC FULL STOP}0.0.1/", "127.0.0.1", "/"),
        ("https://[2606:4700::0001]/", "2606:4700::1", "/"),
        ("https://1.1.1.1./?a=\x01\x7f", "1.1.1.1", "/?a=%01%7F"),
    ],
)
def test_url_becomes_ascii(address, host, path):
    target = parse_target(address)
    assert (target.host, target.path) == (host, path)


async def test_an_address_in_the_url_is_not_resolved():
    async def resolve(_host: str, _port: int) -> list[str]:
        raise AssertionError

    for address in ("127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "127.0.0.1.", "localhost", "inner"):
        assert await why_not(Fetcher(resolve=resolve), f"http://{address}/") == "private"


async def test_the_next_address_is_tried():
    async with answering(PAGE) as port:

        async def resolve(_host: str, _port: int) -> list[str]:
            return ["127.0.0.2", "127.0.0.1"]

        fetcher = Fetcher(resolve=resolve, public=lambda _: True, is_any_port_allowed=True)
        assert (await fetcher.fetch(f"http://ally.example:{port}/")).html == "Hello"


async def test_certificate_must_be_that_of_the_name(authority):
    fetcher = replace(HERE, verify=authority.client_context())
    async with answering(PAGE, authority.server_context("ally.example")) as port:
        assert (await fetcher.fetch(f"https://ally.example:{port}/")).html == "Hello"
        assert await why_not(fetcher, f"https://other.example:{port}/") == "certificate"


async def test_untrusted_certificate_is_reported(authority):
    async with answering(PAGE, authority.server_context("ally.example")) as port:
        assert await why_not(HERE, f"https://ally.example:{port}/") == "certificate"
