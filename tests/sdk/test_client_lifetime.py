"""How long a client lives, and with whom: threads, forks, event loops, and being forgotten."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from imd_sdk import AsyncClient, Client

COUNT = {"petition": "c", "total": 7, "goal": 9, "as_of": "2026-12-18T00:00:00Z", "poll_after": 60}


class Handler(BaseHTTPRequestHandler):
    """Responds with the requested slug, and records the connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps(COUNT | {"petition": self.path.split("/")[3]}).encode()
        with self.server.lock:
            self.server.connections[self.client_address] += 1
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.connections, server.lock = Counter(), threading.Lock()
    server.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server():
    with serving() as started:
        yield started


def test_many_threads_share_a_client(server):
    def work(number):
        return [imd.petitions.count(f"p{number}").petition for _ in range(20)]

    with Client(server.address) as imd, ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert results == [[f"p{number}"] * 20 for number in range(8)]
    assert len(server.connections) <= 8


def test_many_tasks_share_a_client(server):
    async def main():
        async with AsyncClient(server.address) as imd:
            calls = (imd.petitions.count(f"p{number}") for number in range(40))
            return [count.petition for count in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == [f"p{number}" for number in range(40)]


def test_a_client_keeps_its_connection(server):
    with Client(server.address) as imd:
        for _ in range(3):
            imd.petitions.count("c")
        imd.with_options(timeout=2).petitions.count("c")
    assert list(server.connections.values()) == [4]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_has_connections_of_its_own(server):
    program = f"""
import os, sys
from imd_sdk import Client

imd = Client({server.address!r})
imd.petitions.count("before")
child = os.fork()
if not child:
    assert imd.petitions.count("child").petition == "child"
    imd.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert imd.petitions.count("after").petition == "after"
imd.close()
"""
    ran(program)
    assert sorted(server.connections.values()) == [1, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_during_the_first_connection_does_not_hang(server):
    program = f"""
import os, signal, threading, time
import httpx
from imd_sdk import Client

class Slow(httpx.Client):
    def __init__(self):
        making.set()
        time.sleep(0.3)
        super().__init__()

making, quick = threading.Event(), httpx.Client
httpx.Client = Slow
imd = Client({server.address!r})
thread = threading.Thread(target=imd.petitions.count, args=["thread"])
thread.start()
making.wait()
child = os.fork()
if not child:
    signal.alarm(20)
    httpx.Client = quick
    assert imd.petitions.count("child").petition == "child"
    imd.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
thread.join()
imd.close()
"""
    ran(program)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_runs_an_async_client_in_a_loop_of_its_own(server):
    program = f"""
import asyncio, os
from imd_sdk import AsyncClient

async def count(name, *, last=False):
    assert (await imd.petitions.count(name)).petition == name
    if last:
        await imd.aclose()

imd = AsyncClient({server.address!r})
with asyncio.Runner() as runner:
    runner.run(count("before"))
    child = os.fork()
    if not child:
        asyncio.run(count("child", last=True))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    runner.run(count("after", last=True))
"""
    ran(program)
    assert sorted(server.connections.values()) == [1, 2]


def ran(program, warn="error"):
    command = [sys.executable, "-W", warn, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_an_async_client_works_in_one_loop_after_another(server):
    program = f"""
import asyncio
from imd_sdk import AsyncClient

async def count(*, last=False):
    counts = [(await imd.petitions.count("c")).total for _ in range(2)]
    if last:
        await imd.aclose()
    return counts

imd = AsyncClient({server.address!r})
print(asyncio.run(count()), asyncio.run(count()), asyncio.run(count(last=True)))
"""
    assert ran(program, "default::DeprecationWarning") == "[7, 7] [7, 7] [7, 7]\n"
    assert sorted(server.connections.values()) == [2, 2, 2]


@pytest.mark.parametrize("twin", ["Client", "AsyncClient"])
def test_a_garbage_collected_client_warns_without_io(server, twin):
    """From when the client is forgotten, every act of a socket is written down."""
    program = f"""
import asyncio, gc, socket, warnings
from imd_sdk import AsyncClient, Client

async def use(imd):
    await imd.petitions.count("c")

acts = []
def watched(name):
    return lambda self, *said: acts.append(name)

warnings.simplefilter("always")
with asyncio.Runner() as runner:
    imd = {twin}({server.address!r})
    if {twin} is Client:
        imd.petitions.count("c")
    else:
        runner.run(use(imd))
    for name in ("connect", "recv", "recv_into", "send", "sendall", "sendmsg", "shutdown"):
        setattr(socket.socket, name, watched(name))
    with warnings.catch_warnings(record=True) as caught:
        del imd
        gc.collect()
    ours = [str(w.message) for w in caught if "Client was not closed" in str(w.message)]
    assert len(ours) == 1, [str(w.message) for w in caught]
    assert acts == [], acts
print("done")
"""
    assert ran(program, "ignore") == "done\n"
