"""Real sockets, and on the other side a server that misbehaves on purpose."""

import contextlib
import gzip
import json
import logging
import re
import socket
import struct
import threading
import time
from contextlib import contextmanager

import anyio
import pytest

from imd_sdk import errors
from imd_sdk.hooks import Hook

pytestmark = pytest.mark.anyio

SIGN = {"name": "Sample Person", "email": "person@example.org", "country": "ES"}
RECEIPT = json.dumps({"status": "confirmation_sent", "detail": "d"}).encode()


class Server:
    """Plays one act after another, one for each request; the last one is played again and again."""

    def __init__(self, *acts):
        self.acts = acts
        self.requests = []
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self):
        with self.listener:
            while not self.over.is_set():
                try:
                    connection, _ = self.listener.accept()
                except TimeoutError:
                    continue
                threading.Thread(target=self.hear, args=(connection,), daemon=True).start()

    def hear(self, connection):
        with connection:
            connection.settimeout(2)
            try:
                while request := read_request(connection):
                    self.requests.append(request)
                    act = self.acts[min(len(self.requests), len(self.acts)) - 1]
                    if act(self, connection) is not KEEP:
                        return
            except OSError:
                return

    def heard(self, number):
        """Wait for a request that is still on its way to be written down here."""
        deadline = time.monotonic() + 2
        while len(self.requests) < number and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.requests

    def header(self, name):
        found = [re.search(rb"(?im)^%s: (.*?)\r$" % name.encode(), r) for r in self.requests]
        return [match and match[1].decode() for match in found]


KEEP = object()


def read_request(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def whole(body, status="200 OK", media_type="application/json", more="", length=None):
    size = len(body) if length is None else length
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {size}\r\n{more}\r\n"
    )
    return head.encode() + body


def says(data):
    def act(server, connection):
        connection.sendall(data)
        return KEEP

    return act


def says_and_leaves(data):
    return lambda server, connection: connection.sendall(data)


def never_responds(server, connection):
    server.over.wait(2)


def responds_too_late(server, connection):
    server.over.wait(0.5)
    connection.sendall(whole(RECEIPT))


def resets_in_the_body(server, connection):
    connection.sendall(whole(RECEIPT)[:-10])
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def leaves_without_a_word(server, connection):
    pass


def drips(data, pause=0.05):
    def act(server, connection):
        for byte in data:
            connection.sendall(bytes([byte]))
            if server.over.wait(pause):
                return

    return act


SIGNED = says(whole(RECEIPT))
AWAY = whole(b"", "503 Service Unavailable", more="retry-after: 0\r\n")


@contextmanager
def serving(*acts):
    server = Server(*acts)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        thread.join()


@pytest.fixture
def bad():
    """Start misbehaving servers, and stop them at the end."""
    started = []

    def start(*acts):
        context = serving(*acts)
        started.append(context)
        return context.__enter__()

    yield start
    for context in started:
        context.__exit__(None, None, None)


async def sign(client_variant, server, **options):
    options = {"timeout": 0.2, "api_key": "imd_secret"} | options
    async with client_variant.connected_to(server.address, **options) as campaign:
        return await client_variant.result_of(campaign.petitions.sign("c", **SIGN))


async def failed(client_variant, server, **options):
    with pytest.raises(errors.ImdError) as caught:
        await sign(client_variant, server, **options)
    return caught.value


half_a_json = says_and_leaves(whole(RECEIPT[:9], length=len(RECEIPT)))
length_too_long = says(whole(RECEIPT, length=len(RECEIPT) + 1))
CUTS = {
    "never responds": never_responds,
    "too late": responds_too_late,
    "reset": resets_in_the_body,
    "no word": leaves_without_a_word,
    "half a JSON": half_a_json,
    "length too long": length_too_long,
}


WAITED_OUT = {never_responds, responds_too_late, length_too_long}


def choose_timeout(fault):
    """Short where the fault ends with it, and else so long that a busy machine ends nothing."""
    return 0.2 if fault in WAITED_OUT else 9


@pytest.mark.client_variants("every")
@pytest.mark.parametrize("fault", [*CUTS.values(), says(AWAY)], ids=[*CUTS, "503"])
async def test_writes_are_retried_with_the_same_key(client_variant, bad, fault):
    server = bad(fault, SIGNED)
    assert (
        await sign(client_variant, server, timeout=choose_timeout(fault))
    ).status == "confirmation_sent"
    assert len(server.requests) >= 2
    assert len(set(server.requests)) == 1
    assert None not in server.header("idempotency-key")


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("fault", CUTS.values(), ids=CUTS)
async def test_a_persistent_failure_leaves_the_outcome_unknown(client_variant, bad, fault):
    server = bad(fault)
    error = await failed(client_variant, server, timeout=choose_timeout(fault))
    assert type(error) is errors.OutcomeUnknown
    assert len(server.heard(3)) == 3
    assert set(server.header("idempotency-key")) == {error.idempotency_key}


@pytest.mark.client_variants("every")
async def test_a_refused_connection_raises_not_sent(client_variant):
    server = Server()
    server.listener.close()
    assert type(await failed(client_variant, server)) is errors.NotSent


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize(
    "data",
    [
        whole(b"<html>log in</html>", media_type="text/html"),
        whole(RECEIPT[:9]),
        whole(RECEIPT, length=len(RECEIPT) - 5),
        whole(b"", "204 No Content"),
        whole(b"[" * 100_000),
    ],
    ids=["a page", "half a JSON", "length too short", "nothing", "deep"],
)
async def test_an_unreadable_success_is_not_retried(client_variant, bad, data):
    server = bad(says_and_leaves(data))
    error = await failed(client_variant, server, timeout=9)
    assert (type(error), error.path) == (errors.UnexpectedResponse, "$")
    assert server.header("idempotency-key") == [error.idempotency_key]


@pytest.mark.client_variants("sync and async")
async def test_another_protocol_leaves_the_outcome_unknown(client_variant, bad):
    error = await failed(client_variant, bad(says_and_leaves(b"SSH-2.0-no\r\n\r\n")), timeout=9)
    assert type(error) is errors.OutcomeUnknown


FILES = {
    "ics": (b"BEGIN:VCALENDAR\r\n", b"COMMENT:a sample\r\n", b"END:VCALENDAR\r\n", "text/calendar"),
    "csv": (b"id,title\r\n", b"1,a sample\r\n", b"2,the last\r\n", "text/csv"),
    "atom": (b"<feed>", b"<title>a sample</title>\n", b"</feed>\n", "application/atom+xml"),
}


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("whole_bytes", [None, -12], ids=["whole", "cut"])
@pytest.mark.parametrize("name", FILES)
async def test_a_truncated_file_is_an_error(client_variant, bad, name, whole_bytes):
    """What is compressed and not whole passes for whole in the libraries."""
    head, line, end, media_type = FILES[name]
    content = head + line * 99 + end
    packed = gzip.compress(content)[:whole_bytes]
    more = "content-encoding: gzip\r\n"
    server = bad(says(whole(packed, media_type=f"{media_type}; charset=utf-8", more=more)))
    async with client_variant.connected_to(server.address) as campaign:
        call = getattr(campaign.events, name)
        if whole_bytes is None:
            assert await client_variant.result_of(call()) == content
        else:
            with pytest.raises(errors.UnexpectedResponse, match="expected a complete"):
                await client_variant.result_of(call())


ODD = {
    "early hints": b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 3 + whole(RECEIPT),
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + whole(RECEIPT),
    "trailers": b"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\nx-request-id: late\r\n\r\n" % (len(RECEIPT), RECEIPT),
    "no length": b"HTTP/1.1 202 Accepted\r\n\r\n" + RECEIPT,
    "no reason": whole(RECEIPT, "202"),
    "old": whole(RECEIPT).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "packed twice": whole(
        gzip.compress(gzip.compress(RECEIPT)), more="content-encoding: gzip, gzip\r\n"
    ),
    "doubled name": whole(RECEIPT[:-1] + b', "detail": "d"}'),
}


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
async def test_unusual_but_valid_responses_are_read(client_variant, bad, data):
    server = bad(says_and_leaves(data))
    assert (await sign(client_variant, server, timeout=9)).detail == "d"
    assert len(server.requests) == 1


WRONG = {
    "switched": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n",
    "no chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\n{}",
    "no colon": whole(RECEIPT, more="no colon here\r\n"),
    "zero byte": whole(RECEIPT, more="x-request-id: a\0b\r\n"),
    "alert": b"\x15\x03\x01\x00\x02\x02\x0a",
}


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
async def test_invalid_http_leaves_the_outcome_unknown(client_variant, bad, data):
    server = bad(says_and_leaves(data))
    error = await failed(client_variant, server, timeout=9)
    assert type(error) is errors.OutcomeUnknown
    assert set(server.header("idempotency-key")) == {error.idempotency_key}


@pytest.mark.client_variants("sync and async on httpx")
async def test_an_undecodable_response_leaves_the_outcome_unknown(client_variant, bad):
    """Not on trio, where httpx leaves a generator behind."""
    unpacked = whole(b"no gzip", more="content-encoding: gzip\r\n")
    error = await failed(client_variant, bad(says_and_leaves(unpacked)), timeout=9)
    assert type(error) is errors.OutcomeUnknown


LIES = {
    "mark": b"\xef\xbb\xbf" + RECEIPT,
    "utf-16": RECEIPT.decode().encode("utf-16"),
    "latin-1": RECEIPT.replace(b'"d"', b'"\xe9"'),
    "number": RECEIPT.replace(b'"d"', b"1e999"),
    "long number": RECEIPT.replace(b'"d"', b"7" * 5000),
    "half a sign": RECEIPT.replace(b'"d"', rb'"\ud800"'),
    "more": RECEIPT + b"{}",
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
async def test_content_of_another_form_is_an_error(client_variant, bad, content):
    error = await failed(client_variant, bad(says_and_leaves(whole(content))), timeout=9)
    assert type(error) is errors.UnexpectedResponse


@pytest.mark.client_variants("sync and async")
async def test_the_key_does_not_follow_a_redirect(client_variant, bad):
    elsewhere = bad(SIGNED)
    moved = whole(b"", "307 Temporary Redirect", more=f"location: {elsewhere.address}/\r\n")
    server = bad(says(moved))
    assert type(await failed(client_variant, server, timeout=9)) is errors.UnexpectedResponse
    assert server.header("authorization") == ["Bearer imd_secret"]
    assert elsewhere.requests == []


@pytest.mark.client_variants("sync and async")
async def test_the_callers_headers_do_not_follow_a_redirect(client_variant, bad):
    elsewhere = bad(says(whole(b"{}")))
    moved = whole(b"", "302 Found", more=f"location: {elsewhere.address}/\r\n")
    server = bad(says(moved))
    async with client_variant.connected_to(server.address, headers={"X-Key": "secret"}) as campaign:
        with pytest.raises(errors.UnexpectedResponse):
            await client_variant.result_of(campaign.petitions.count("c"))
        with pytest.raises(errors.UnexpectedResponse):
            await client_variant.result_of(campaign.request("GET", "/v1/new"))
    assert server.header("x-key") == ["secret", "secret"]
    assert elsewhere.requests == []


COUNT = json.dumps(
    {"petition": "c", "total": 7, "goal": 9, "as_of": "2026-12-18T00:00:00Z", "poll_after": 60}
).encode()
READ_CUTS = CUTS | {
    "half a JSON": says_and_leaves(whole(COUNT[:9], length=len(COUNT))),
    "length too long": says(whole(COUNT, length=len(COUNT) + 1)),
}


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("fault", [*READ_CUTS.values(), says(AWAY)], ids=[*READ_CUTS, "503"])
async def test_reads_are_retried(client_variant, bad, fault):
    server = bad(fault, says(whole(COUNT)))
    async with client_variant.connected_to(server.address, timeout=0.4) as campaign:
        count = await client_variant.result_of(campaign.petitions.count("c"))
    assert count.total == 7
    assert len(server.requests) >= 2
    assert set(server.header("idempotency-key")) == {None}


@pytest.mark.client_variants("sync and async")
async def test_unanswered_reads_have_no_key(client_variant, bad):
    server = bad(never_responds)
    async with client_variant.connected_to(server.address, timeout=0.1, max_retries=1) as campaign:
        with pytest.raises(errors.OutcomeUnknown) as caught:
            await client_variant.result_of(campaign.petitions.count("c"))
    assert caught.value.idempotency_key is None
    assert len(server.heard(2)) == 2


def page(names, following):
    items = [{"country": name, "count": 10} for name in names]
    return whole(json.dumps({"items": items, "next": following}).encode())


@pytest.mark.client_variants("sync and async")
async def test_a_broken_page_is_fetched_again_without_duplicates(client_variant, bad):
    cut = says_and_leaves(page(["KE"], "b")[:-9])
    server = bad(says(page(["ES", "MX"], "a")), cut, says(page(["KE"], "b")), says(page([], None)))
    async with client_variant.connected_to(server.address) as campaign:
        places = await client_variant.result_of(campaign.petitions.places("c"))
    assert [place.country for place in places] == ["ES", "MX", "KE"]
    queries = [request.split(b" ")[1].partition(b"?")[2] for request in server.requests]
    assert queries == [b"", b"cursor=a", b"cursor=a", b"cursor=b"]


@pytest.mark.client_variants("sync and async")
async def test_a_repeated_cursor_ends_the_list(client_variant, bad):
    server = bad(says(page(["ES"], "a")), says(page(["MX"], "b")), says(page(["KE"], "a")))
    async with client_variant.connected_to(server.address) as campaign:
        with pytest.raises(errors.UnexpectedResponse) as caught:
            await client_variant.result_of(campaign.petitions.places("c"))
    assert (caught.value.path, len(server.requests)) == ("$.next", 3)


class Story(Hook):
    def __init__(self):
        self.results = []

    def outcome(self, call, outcome):
        self.results.append(outcome.failure or outcome.status)

    def end(self, call, end):
        self.results.append(end.error)


@pytest.mark.client_variants("sync and async")
async def test_hooks_see_failures_of_the_connection(client_variant, bad):
    story = Story()
    server = bad(never_responds, leaves_without_a_word, says(AWAY), SIGNED)
    await sign(client_variant, server, hooks=[story], max_retries=5)
    assert story.results == ["ReadTimeout", "RemoteProtocolError", 503, 200, None]


@pytest.mark.client_variants("sync and async")
async def test_many_503_responses_use_up_the_retry_budget(client_variant, bad):
    server = bad(says(AWAY))
    async with client_variant.connected_to(server.address) as campaign:
        for _ in range(40):
            with pytest.raises(errors.ServerError):
                await client_variant.result_of(campaign.petitions.sign("c", **SIGN))
    assert len(server.requests) == 50


HEAD, BODY = whole(RECEIPT + b" " * 400).split(b"{", 1)


def drips_the_body(server, connection):
    connection.sendall(HEAD)
    drips(b"{" + BODY)(server, connection)


@pytest.mark.client_variants("every")
@pytest.mark.parametrize("act", [never_responds, drips_the_body])
async def test_the_deadline_ends_a_slow_response(client_variant, bad, act):
    began = time.monotonic()
    error = await failed(client_variant, bad(act), deadline=0.4, timeout=9)
    assert type(error) is errors.NoResponseInTime
    assert time.monotonic() - began < 5, "the timeout of 9 seconds ended it, not the deadline"


@pytest.mark.client_variants("async")
async def test_the_deadline_ends_slow_headers_of_async_clients(client_variant, bad):
    """A blocking read cannot be broken off from outside; an awaited one can."""
    if client_variant.is_async:
        error = await failed(client_variant, bad(drips(HEAD + BODY)), deadline=0.4, timeout=9)
        assert type(error) is errors.NoResponseInTime


@pytest.mark.client_variants("every")
async def test_a_closed_connection_is_reopened(client_variant, bad):
    server = bad(says_and_leaves(whole(RECEIPT)), SIGNED)
    async with client_variant.connected_to(server.address) as campaign:
        for _ in range(2):
            await client_variant.result_of(campaign.petitions.sign("c", **SIGN))
            await anyio.sleep(0.05)
    assert len(server.requests) == 2


SECRET_CALLS = [
    lambda c: c.petitions.sign("c", **SIGN, headers={"X-Key": "x-secret"}),
    lambda c: c.confirmations.confirm("t0k-secret"),
    lambda c: c.request("POST", "/v1/new/{id}", params={"id": "p-secret", "q": "q-secret"}),
]


@pytest.mark.client_variants("sync and async")
@pytest.mark.parametrize("call", SECRET_CALLS, ids=["sign", "confirm", "request"])
@pytest.mark.parametrize("act", [SIGNED, resets_in_the_body], ids=["well", "reset"])
async def test_http_libraries_log_no_sensitive_values(client_variant, bad, caplog, act, call):
    caplog.set_level(logging.DEBUG)
    async with client_variant.connected_to(
        bad(act).address, api_key="imd_secret", max_retries=0
    ) as campaign:
        with contextlib.suppress(errors.ImdError):
            await client_variant.result_of(call(campaign))
    received = caplog.text + "".join(str(record.args) for record in caplog.records)
    assert "send_request_headers" in received
    assert not [word for word in ("secret", "Sample Person", "person@") if word in received]
