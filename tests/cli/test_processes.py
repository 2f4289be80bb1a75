"""What a shell sees of the command as a process: exit statuses, pipes, Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

IMD = [sys.executable, "-m", "imd_cli"]
FULL = Path("/dev/full")


def run(*arguments, **options):
    return subprocess.run([*IMD, *arguments], text=True, check=False, timeout=120, **options)


def piped(*arguments, **options):
    return run(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def test_help_and_version_go_to_standard_output():
    for option in ("--help", "--version"):
        done = piped(option)
        assert (done.returncode, done.stderr) == (0, "")
        assert "imd" in done.stdout


def test_a_usage_error_goes_to_standard_error_with_status_2():
    done = piped("nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nonsense" in done.stderr


def closed_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("command", [["--help"], ["widgets", "snippet", "countdown"]])
def test_a_closed_pipe_is_not_an_error(command):
    pipe = closed_pipe()
    done = run(*command, stdout=pipe, stderr=subprocess.PIPE)
    os.close(pipe)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_full_disk_is_one_line_and_status_1(unbuffered):
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with FULL.open("w") as full:
        command = ["widgets", "snippet", "countdown"]
        done = run(*command, stdout=full, stderr=subprocess.PIPE, env=environment)
    assert done.returncode == 1
    assert done.stderr == "imd: standard output: No space left on device\n"


def test_a_name_that_is_not_utf8_is_one_line():
    done = piped("events", "submit", b"\xff.json", "--url", "http://127.0.0.1:9")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


READY = """
import sys
from imd_cli.main import main
print("ready", flush=True)
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_ends_a_command_with_status_130_and_no_traceback(start_process):
    program = [sys.executable, "-c", READY, "events", "submit", "-", "--url", "http://127.0.0.1:9"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start_process(program, **pipes)
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example"])
def test_a_host_that_cannot_be_listened_on_is_one_line(host):
    done = piped("widgets", "serve", "--host", host, "--port", "0")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"imd: cannot listen on {host}:0: ")


@pytest.mark.parametrize("port", ["65536", "-1"])
def test_a_port_out_of_range_is_one_line(port):
    done = piped("widgets", "serve", "--port", port)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "ports are 0 to 65535" in done.stderr
