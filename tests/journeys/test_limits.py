"""A served campaign rejects what no browser sends, and explains it."""

import socket
from urllib.parse import urlsplit

import pytest

SECONDS = 30
FLOOD = b"GET /healthz HTTP/1.1\r\nHost: sample\r\nX: " + b"a" * 300_000
MANY = b"".join(b"X-%d: a\r\n" % number for number in range(200))
SOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: c2FtcGxlIHNhbXBsZSE=\r\n"


@pytest.fixture
def send(demo):
    def send(data: bytes) -> bytes:
        """Send bytes, and return the first part of the response."""
        address = urlsplit(demo.address)
        with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
            connection.sendall(data)
            return connection.recv(65536)

    return send


def make_request(target: bytes, headers: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: sample\r\n%s\r\n" % (target, headers)


def test_an_endless_header_is_rejected(send):
    assert send(FLOOD).startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


def test_many_headers_are_rejected(send):
    assert send(make_request(b"/healthz", MANY)).startswith(b"HTTP/1.1 431 ")


def test_a_long_url_is_an_explained_414(send):
    received = send(make_request(b"/?" + b"a" * 9000))
    assert received.startswith(b"HTTP/1.1 414 ")


def test_the_api_explains_a_long_url_in_problem_details(send):
    received = send(make_request(b"/v1/events?" + b"a" * 9000))
    assert b"application/problem+json" in received


def test_a_websocket_is_not_opened(send):
    assert send(make_request(b"/healthz", SOCKET)).startswith(b"HTTP/1.1 200 ")
