"""Slow clients, floods and one network's share of connections, over real sockets."""

import time

import pytest
from guarded_server import read_until

from imd_network.connection_guard import BUFFER_BYTES, MAX_PIPELINED, ConnectionLimits

GET = b"GET / HTTP/1.1\r\nHost: sample\r\n\r\n"
OPEN = b"GET /open HTTP/1.1\r\nHost: sample\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: sample\r\nConnection: close\r\n\r\n"
SOON = {"linger_seconds": 0.2, "sweep_seconds": 0.05}
QUICK = ConnectionLimits(head_seconds=0.2, send_seconds=0.2, **SOON)
FEW = ConnectionLimits(connections=4, connections_per_network=2, **SOON)
LINGERING = ConnectionLimits(**SOON)


def post(body: bytes, path: bytes = b"/", *more: bytes) -> bytes:
    head = [b"POST " + path + b" HTTP/1.1", b"Host: sample", b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*head, *more, b"", body])


def open_streams(server, source, number):
    streams = [server.send(OPEN, source) for _ in range(number)]
    for stream in streams:
        assert b"200 OK" in stream.recv(1000)
    return streams


def test_requests_pass(start_server):
    assert b"200 OK" in start_server(LINGERING).exchange(LAST)


def test_a_body_of_many_reads_passes(start_server):
    body = bytes(5 * BUFFER_BYTES)
    received = start_server(LINGERING).exchange(post(body, b"/", b"Connection: close"))
    assert received.endswith(b"%d bytes" % len(body))


def test_a_connection_is_kept_for_further_requests(start_server):
    connection = start_server().connect()
    for _ in range(3):
        connection.sendall(GET)
        assert b"200 OK" in read_until(connection, b" bytes")


def test_pipelined_requests_are_handled(start_server):
    received = start_server(LINGERING).exchange(GET * (MAX_PIPELINED - 1) + LAST)
    assert received.count(b"200 OK") == MAX_PIPELINED


def test_a_flood_of_pipelined_requests_is_rejected(start_server):
    received = start_server(LINGERING).exchange(GET * (MAX_PIPELINED + 1))
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"Too many requests at once" in received


@pytest.mark.parametrize(
    "endless",
    [b"GET /" + b"a" * 200_000, b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000],
    ids=["url", "header"],
)
def test_an_endless_head_is_rejected(start_server, endless):
    connection = start_server(LINGERING).connect()
    connection.sendall(endless)
    received = connection.recv(10_000)
    assert received.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))  # h11 has a limit of its own


def test_many_headers_are_an_explained_431(start_server):
    headers = b"".join(b"X-%d: a\r\n" % number for number in range(101))
    received = start_server(LINGERING).exchange(LAST[:-2] + headers + b"\r\n")
    assert received.startswith(b"HTTP/1.1 431 ")
    assert b"Please delete the cookies" in received


def test_a_long_url_is_an_explained_414(start_server):
    url = b"GET /?" + b"a" * 9000
    received = start_server(LINGERING).exchange(LAST.replace(b"GET /", url))
    assert received.startswith(b"HTTP/1.1 414 ")
    assert b"<h1>The URL is too long</h1>" in received


def test_the_api_gets_problem_details(start_server):
    received = start_server(LINGERING).exchange(
        LAST.replace(b"GET /", b"GET /v1/events?" + b"a" * 9000)
    )
    assert b"application/problem+json" in received
    assert b'"status": 414' in received


def test_a_slow_head_is_an_explained_408(start_server):
    connection = start_server(QUICK).send(b"GET / HTTP/1.1\r\nX: ")
    assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_dripping_bytes_do_not_extend_the_time_of_a_head(start_server):
    connection = start_server(QUICK).connect()
    began = time.monotonic()
    while time.monotonic() - began < 5:
        try:
            connection.sendall(b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            break
        time.sleep(0.05)
    assert time.monotonic() - began < 4


def test_a_silent_connection_is_closed_without_a_response(start_server):
    assert start_server(QUICK).connect().recv(1000) == b""


def test_an_open_stream_is_not_closed(start_server):
    server = start_server(QUICK)
    (stream,) = open_streams(server, "127.0.0.1", 1)
    time.sleep(0.5)
    assert len(server.guard._connections) == 1
    stream.close()
    server.wait_for_open(0)


def test_a_client_that_does_not_read_is_disconnected(start_server):
    server = start_server(QUICK)
    server.send(b"GET /large HTTP/1.1\r\nHost: sample\r\n\r\n")
    server.wait_for_open(1)
    server.wait_for_open(0)


def test_an_endless_body_of_a_stream_ends_it(start_server):
    server = start_server()
    connection = server.send(post(bytes(10_000_000), b"/open")[:200])
    with pytest.raises((BrokenPipeError, ConnectionResetError)):  # noqa: PT012
        for _ in range(2000):
            connection.sendall(bytes(10_000))
    server.wait_for_open(0)


def test_a_body_that_is_not_read_does_not_hide_the_response(start_server):
    received = start_server(LINGERING).exchange(post(bytes(200_000), b"/unread"))
    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.count(b"HTTP/1.1") == 1


def test_one_network_cannot_take_all_connections(start_server):
    server = start_server(FEW)
    open_streams(server, "127.0.0.2", 2)
    rejected = server.exchange(GET, "127.0.0.2")
    assert rejected.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nretry-after: 5\r\n" in rejected
    assert b"200 OK" in server.exchange(LAST, "127.0.0.3")


def test_a_closed_connection_makes_room(start_server):
    server = start_server(FEW)
    streams = open_streams(server, "127.0.0.2", 2)
    streams[0].close()
    server.wait_for_open(1)
    assert b"200 OK" in server.exchange(LAST, "127.0.0.2")


def test_local_connections_share_the_total_only(start_server):
    server = start_server(FEW)
    open_streams(server, "127.0.0.1", 4)
    rejected = server.exchange(GET)
    assert rejected.startswith(b"HTTP/1.1 503 ")
    assert b"Please try again in a few seconds" in rejected


def test_rejected_connections_are_closed_soon(start_server):
    server = start_server(FEW)
    open_streams(server, "127.0.0.2", 2)
    for _ in range(3):
        server.connect("127.0.0.2")
    server.wait_for_open(5)
    server.wait_for_open(2)


def test_few_rejected_connections_are_told_why(start_server):
    server = start_server(ConnectionLimits(connections_per_network=1, rejected=2))
    open_streams(server, "127.0.0.2", 1)
    for _ in range(2):
        server.connect("127.0.0.2")
    server.wait_for_open(3)
    assert server.exchange(b"", "127.0.0.2") == b""
    server.wait_for_open(3)
