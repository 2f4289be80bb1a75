"""Limits on a request's body and on what one network asks for at the same time."""

import asyncio

import pytest
from guarded_server import read_until

from imd_network.request_guard import RequestGuard, RequestLimits

pytestmark = pytest.mark.anyio

POST = b"POST / HTTP/1.1\r\nHost: sample\r\nContent-Length: 9\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: sample\r\nConnection: close\r\n%s\r\n"
OPEN = b"GET /open HTTP/1.1\r\nHost: sample\r\n%s\r\n"
HERE = b"X-Forwarded-For: 198.51.100.7\r\n"
THERE = b"X-Forwarded-For: 192.0.2.7\r\n"


def test_a_slow_body_is_an_explained_408(start_server):
    received = start_server(requests=RequestLimits(body_seconds=0.2)).exchange(POST + b"part")
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"took too long to arrive" in received


def test_a_body_in_time_is_handled(start_server):
    connection = start_server(requests=RequestLimits(body_seconds=5)).send(POST)
    connection.sendall(b"in pieces"[:4])
    connection.sendall(b"in pieces"[4:])
    assert b"9 bytes" in read_until(connection, b" bytes")


def test_a_slow_body_ends_a_stream(start_server):
    stream = POST.replace(b"POST / ", b"POST /open ")
    received = start_server(requests=RequestLimits(body_seconds=0.2)).exchange(stream)
    assert received.startswith(b"HTTP/1.1 408 ")


def test_one_network_cannot_have_all_requests_handled(start_server):
    server = start_server(requests=RequestLimits(requests_per_network=1), proxies="127.0.0.1")
    stream = server.send(OPEN % HERE)
    assert b"200 OK" in stream.recv(1000)
    rejected = server.exchange(GET % HERE)
    assert rejected.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nretry-after: 5\r\n" in rejected
    assert b"200 OK" in server.exchange(GET % THERE)


def test_invented_networks_are_ignored_without_a_proxy(start_server):
    server = start_server(requests=RequestLimits(requests_per_network=1))
    for _ in range(2):
        assert b"200 OK" in server.send(OPEN % HERE).recv(1000)


async def test_networks_are_forgotten_when_their_requests_end():
    async def respond(_scope, _receive, _send):
        await asyncio.sleep(0)

    guard = RequestGuard(respond, "127.0.0.1")
    for number in range(50):
        headers = [(b"x-forwarded-for", b"203.0.%d.1" % number)]
        scope = {"type": "http", "path": "/", "query_string": b"", "headers": headers}
        await guard({**scope, "client": ("127.0.0.1", 1)}, None, None)
    assert not guard._running
