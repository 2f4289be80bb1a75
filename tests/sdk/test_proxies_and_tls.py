"""Through a proxy, and with a certificate authority of one's own: real sockets, real TLS."""

import base64
import json
import select
import socket
import ssl
import threading
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from imd_sdk import errors

pytestmark = pytest.mark.anyio

SIGN = {"name": "Sample Person", "email": "person@example.org", "country": "ES"}
RECEIPT = json.dumps({"status": "confirmation_sent", "detail": "d"}).encode()


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.connection.settimeout(2)

    def log_message(self, *_):
        pass

    def respond(self, status, body=b""):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Campaign(Quiet):
    """Takes signatures."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.respond(202, RECEIPT)


class Proxy(Quiet):
    """Passes on what it is asked to, wherever that is said to be: to the campaign of the test."""

    def do_POST(self):
        self.server.heard.append((f"POST {self.path}", dict(self.headers)))
        self.rfile.read(int(self.headers["content-length"]))
        self.respond(202, RECEIPT)

    def do_CONNECT(self):
        self.server.heard.append((f"CONNECT {self.path}", dict(self.headers)))
        self.close_connection = True
        if self.server.behind is None:
            self.respond(403)
            return
        with socket.create_connection(("127.0.0.1", self.server.behind)) as behind:
            self.send_response(200)
            self.end_headers()
            pass_on(self.connection, behind)


def pass_on(one, other):
    while ready := select.select([one, other], [], [], 2)[0]:
        for end in ready:
            piece = end.recv(65536)
            if not piece:
                return
            (other if end is one else one).sendall(piece)


@contextmanager
def serving(handler, context=None, behind=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.heard, server.behind = True, [], behind
    server.handle_error = lambda *_: None
    server.port = server.server_address[1]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusting(authority):
    """What a partner makes who has a certificate authority of their own."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def secure(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("campaign.example", "127.0.0.1").configure_cert(context)
    with serving(Campaign, context) as server:
        yield server


@asynccontextmanager
async def passing(client_variant, address, http, **options):
    """The SDK over a client of the library that was made as a partner would make it."""
    kind = (
        client_variant.library.AsyncClient
        if client_variant.is_async
        else client_variant.library.Client
    )
    http_client = kind(timeout=2, **http)
    try:
        yield client_variant.without_jitter(
            client_variant.client_class(address, http_client=http_client, **options)
        )
    finally:
        await client_variant.result_of(
            http_client.aclose() if client_variant.is_async else http_client.close()
        )


async def sign(client_variant, address, http, **options):
    async with passing(client_variant, address, http, api_key="imd_secret", **options) as campaign:
        return await client_variant.result_of(campaign.petitions.sign("c", **SIGN))


@pytest.mark.client_variants("every")
async def test_a_custom_certificate_authority_is_trusted(client_variant, secure, trusting):
    receipt = await sign(client_variant, f"https://127.0.0.1:{secure.port}", {"verify": trusting})
    assert receipt.status == "confirmation_sent"
    ((path, headers, body),) = secure.heard
    assert path == "/v1/petitions/c/signatures"
    assert headers["Authorization"] == "Bearer imd_secret"
    assert json.loads(body)["email"] == "person@example.org"


@pytest.mark.client_variants("every")
async def test_nothing_is_sent_to_an_untrusted_server(client_variant, secure, anyio_backend_name):
    with pytest.raises(errors.NotSent) as caught:
        await sign(client_variant, f"https://127.0.0.1:{secure.port}", {})
    if anyio_backend_name == "asyncio":  # on trio, httpcore passes on no words
        assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.__cause__)
    assert secure.heard == []


@pytest.mark.client_variants("every")
async def test_nothing_is_sent_if_the_certificate_has_another_name(
    client_variant, secure, trusting
):
    with pytest.raises(errors.NotSent):
        await sign(client_variant, f"https://localhost:{secure.port}", {"verify": trusting})
    assert secure.heard == []


@pytest.mark.client_variants("every")
async def test_http_goes_through_a_proxy(client_variant):
    with serving(Proxy) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        receipt = await sign(client_variant, "http://campaign.example/deep", {"proxy": address})
    assert receipt.status == "confirmation_sent"
    ((request_line, headers),) = proxy.heard
    assert request_line == "POST http://campaign.example/deep/v1/petitions/c/signatures"
    assert headers["Host"] == "campaign.example"


@pytest.mark.client_variants("every")
async def test_https_goes_through_a_proxy_encrypted(client_variant, secure, trusting):
    with serving(Proxy, behind=secure.port) as proxy:
        http = {"proxy": f"http://user:p4ss@127.0.0.1:{proxy.port}", "verify": trusting}
        receipt = await sign(client_variant, "https://campaign.example", http)
    assert receipt.status == "confirmation_sent"
    ((request_line, headers),) = proxy.heard
    assert request_line == "CONNECT campaign.example:443"
    assert headers["Proxy-Authorization"] == f"Basic {base64.b64encode(b'user:p4ss').decode()}"
    assert "imd_secret" not in str(proxy.heard)
    assert len(secure.heard) == 1
    assert "Proxy-Authorization" not in secure.heard[0][1]


@pytest.mark.client_variants("every")
async def test_a_rejecting_proxy_raises_not_sent(client_variant, trusting):
    with serving(Proxy) as proxy:
        http = {"proxy": f"http://user:p4ss@127.0.0.1:{proxy.port}", "verify": trusting}
        with pytest.raises(errors.NotSent) as caught:
            await sign(client_variant, "https://campaign.example", http)
    assert "p4ss" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert len(proxy.heard) == 3


@pytest.mark.client_variants("every own client")
async def test_the_sdks_own_client_reads_the_usual_environment(client_variant, monkeypatch):
    with serving(Proxy) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        campaign = client_variant.client_class("http://campaign.example")
        receipt = await client_variant.result_of(campaign.petitions.sign("c", **SIGN))
        await client_variant.close(campaign)
    assert receipt.status == "confirmation_sent"
    assert [request_line for request_line, _ in proxy.heard] == [
        "POST http://campaign.example/v1/petitions/c/signatures"
    ]


@pytest.mark.client_variants("sync and async on httpx")
async def test_the_sdks_own_client_reads_a_certificate_file(
    client_variant, secure, authority, monkeypatch, tmp_path
):
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    campaign = client_variant.client_class(f"https://127.0.0.1:{secure.port}")
    await client_variant.result_of(campaign.petitions.sign("c", **SIGN))
    await client_variant.close(campaign)
    assert len(secure.heard) == 1


@pytest.mark.client_variants("sync and async on httpx")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:1080"),
        ("HTTPS_PROXY", "http://user:p4ss/word@127.0.0.1:1"),
        ("SSL_CERT_FILE", "/missing.pem"),
    ],
)
async def test_a_wrong_setting_of_the_environment_raises_not_sent(
    client_variant, monkeypatch, variable, value
):
    monkeypatch.setenv(variable, value)
    campaign = client_variant.client_class("https://campaign.example")
    with pytest.raises(errors.NotSent, match="check the environment variables") as caught:
        await client_variant.result_of(campaign.petitions.sign("c", **SIGN))
    await client_variant.close(campaign)
    assert "p4ss" not in f"{caught.value} {caught.value.__cause__!r}"
