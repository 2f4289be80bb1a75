"""Several workers are one server: to a shell, to a terminal and to a service manager."""

import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from imd_cli.supervisor import StartFailed, Supervisor

SERVE = ("widgets", "serve", "--port", "0", "--workers", "2")


@pytest.fixture
def start_server(serving):
    return lambda **options: serving(*SERVE, **options)


def list_workers(server) -> list[int]:
    command = ["pgrep", "-P", str(server.process.pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(line) for line in listed.stdout.split()]


def heed_hangups() -> None:
    """The tests may run under nohup(1), whose children ignore SIGHUP."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def is_running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith(b"Z")


def test_ctrl_c_stops_all_workers_cleanly(start_server):
    server = start_server()
    workers = list_workers(server)
    output = server.stop()
    assert (server.process.returncode, output.split()) == (0, ["Stopped."])
    assert (len(workers), [pid for pid in workers if is_running(pid)]) == (2, [])


@pytest.mark.parametrize("number", ["1", "2"])
def test_output_and_end_do_not_depend_on_the_number(start_process, tmp_path, number):
    """Each warning is printed once, and closing the terminal drains the server."""
    command = [sys.executable, "-u", "-m", "imd_cli", *SERVE[:-1], number]
    options = {"cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    options["preexec_fn"] = heed_hangups
    lines = []
    with start_process(command, **options) as process:
        for line in process.stdout:
            lines.append(line.split()[0])
            if line.startswith("Widgets: "):
                process.send_signal(signal.SIGHUP)
    assert (lines, process.returncode) == (
        ["IMD_WIDGETS_CAMPAIGN_KEY", "Widgets:"],
        -signal.SIGHUP,
    )


def test_workers_stop_if_the_supervisor_is_killed(start_server, eventually):
    server = start_server(ignore_interrupts=True)
    workers = list_workers(server)
    server.interrupt()
    time.sleep(0.5)
    assert httpx.get(f"{server.address}/healthz").is_success  # a background job ignores Ctrl-C
    server.process.kill()
    server.process.wait()
    eventually(lambda: [pid for pid in workers if is_running(pid)], until=lambda left: not left)


def test_worker_that_cannot_start_stops_the_server():
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(StartFailed):
        Supervisor(listener, [print, print]).run(pytest.fail)


@pytest.mark.parametrize("number", ["0", "-1", "65", "two", "1.5", ""])
def test_invalid_number_of_workers_is_explained(run, number):
    status, _, error = run("serve", f"--workers={number}")
    assert (status, "choose a whole number from 1 to 64" in error) == (2, True)
