"""Servers start, stop, crash and share a database without losing data."""

import base64
import secrets
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from nacl.public import PrivateKey

from imd_sdk import Client

PERSON = "sample.journey@example.org"
CAMPAIGN_UNREACHABLE = "The campaign cannot be reached right now."


@pytest.fixture
def campaign_environment(tmp_path) -> dict[str, str]:
    public_key = base64.b64encode(bytes(PrivateKey.generate().public_key)).decode()
    return {
        "IMD_CAMPAIGN_SECRET": secrets.token_urlsafe(32),
        "IMD_CAMPAIGN_PUBLIC_KEY": public_key,
        "IMD_CAMPAIGN_DATABASE_URL": f"sqlite:///{tmp_path / 'campaign.sqlite3'}",
        "IMD_CAMPAIGN_FILES_DIR": str(tmp_path / "files"),
        "IMD_CAMPAIGN_MAIL": f"folder:{tmp_path / 'mail'}",
        "IMD_CAMPAIGN_MAIL_POLL": "0.2",
        "IMD_CAMPAIGN_COUNT_WINDOW": "1",
    }


@pytest.fixture
def campaign(serving, campaign_environment, tmp_path):
    """Start a campaign server on this test's database, which has the sample data."""
    command = [sys.executable, "-m", "imd_cli", "campaign", "sample"]
    subprocess.run(command, env=campaign_environment, cwd=tmp_path, check=True, timeout=60)
    return lambda: serving("campaign", "serve", "--port", "0", **campaign_environment)


def sign(address: str) -> None:
    with Client(address) as imd:
        imd.petitions.sign("convention", name="Sample Person", email=PERSON, country="KE")


def total(address: str) -> int:
    with Client(address) as imd:
        return imd.petitions.count("convention").total


def test_open_event_stream_does_not_block_shutdown(serving):
    server = serving("demo", "--port", "0", "--data", "data")
    with httpx.stream("GET", f"{server.address}/screen/convention/stream") as stream:
        assert next(stream.iter_lines()).startswith("retry:")
        output = server.stop()
    assert output.endswith("Stopped.\n")
    assert "Traceback" not in output


def test_signatures_survive_a_restart(serving, tmp_path, mailed_token, eventually):
    first = serving("demo", "--port", "0", "--data", "data")
    before = total(first.address)
    sign(first.address)
    token = mailed_token(tmp_path / "data/mail", PERSON)
    with Client(first.address) as imd:
        imd.confirmations.confirm(token)
    first.stop()
    again = serving("demo", "--port", "0", "--data", "data")
    assert eventually(lambda: total(again.address), until=lambda n: n != before) == before + 1


def test_ctrl_c_ends_the_demo_cleanly(serving):
    server = serving("demo", "--port", "0", "--data", "data")
    httpx.get(server.address)
    output = server.stop()
    assert server.process.returncode == 0
    after_startup = output.rpartition("Press Ctrl-C to stop.")[2]
    assert after_startup.split() == ["Stopped."]


def test_server_ignores_ctrl_c_if_interrupts_are_ignored(serving):
    server = serving("demo", "--port", "0", "--data", "data", ignore_interrupts=True)
    server.interrupt()
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(1)
    status = httpx.get(f"{server.address}/healthz").status_code
    server.process.terminate()
    assert status == httpx.codes.OK


def test_children_of_tests_can_be_interrupted_from_a_background_job(start_process):
    code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = start_process([sys.executable, "-c", code], stdout=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, previous)
    assert child.communicate(timeout=60)[0] == "True\n"


def test_port_in_use_is_reported_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        command = [sys.executable, "-m", "imd_cli", "demo", "--port", port, "--data", "data"]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stdout == ""
    reason = "Address already in use; choose another port or host"
    assert result.stderr.splitlines() == [f"imd: cannot listen on 127.0.0.1:{port}: {reason}"]


def test_widgets_show_a_notice_when_the_campaign_is_down(serving, campaign, eventually):
    server = campaign()
    widgets = serving(
        "widgets",
        "serve",
        "--port",
        "0",
        IMD_WIDGETS_CAMPAIGN_URL=server.address,
        IMD_WIDGETS_FRESH_SECONDS="0.2",
    )
    url = f"{widgets.address}/w/counter/convention"
    assert CAMPAIGN_UNREACHABLE not in httpx.get(url).text
    server.process.kill()
    server.process.wait()
    response = eventually(lambda: httpx.get(url), until=lambda r: CAMPAIGN_UNREACHABLE in r.text)
    assert response.status_code == httpx.codes.OK


def test_two_servers_on_one_database_return_the_same_count(
    campaign, tmp_path, mailed_token, eventually
):
    one, other = campaign(), campaign()
    before = total(one.address)
    sign(one.address)
    with Client(other.address) as imd:
        imd.confirmations.confirm(mailed_token(tmp_path / "mail", PERSON))
    for server in (one, other):
        eventually(lambda at=server.address: total(at), until=lambda n: n == before + 1)


def test_two_servers_send_one_email(campaign, tmp_path, mailed_token):
    one, _ = campaign(), campaign()
    sign(one.address)
    mailed_token(tmp_path / "mail", PERSON)
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_missing_settings_are_named(tmp_path):
    command = [sys.executable, "-m", "imd_cli", "campaign", "serve", "--port", "0"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "IMD_CAMPAIGN_SECRET" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("campaign")
def test_serve_runs_campaign_and_widgets(serving, campaign_environment):
    server = serving("serve", "--port", "0", **campaign_environment)
    assert total(server.address) > 0
    assert httpx.get(f"{server.address}/w/counter/convention").status_code == httpx.codes.OK


def test_demo_prints_where_it_is_and_no_warning(start_process, tmp_path):
    command = [sys.executable, "-u", "-m", "imd_cli", "demo", "--port", "0", "--data", "data"]
    options = {"cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    lines = []
    with start_process(command, **options) as process:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Press Ctrl-C"):
                process.send_signal(signal.SIGINT)
    assert lines[0].startswith("International Migrants Day")
    assert "unencrypted" not in "".join(lines)
