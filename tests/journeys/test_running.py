"""The commands in docs/running.md can be repeated in new shells without losing data."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

PAGE = (Path(__file__).parents[2] / "docs/running.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
SKIPPED = re.compile(r"^(?:.*\bpip install\b.*|imd serve)$", re.MULTILINE)
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

ADDRESS = "Sample street 1"
EVENT = {
    "title": "Sample potluck",
    "description": "At home.",
    "lang": "en",
    "languages": ["en"],
    "kind": "potluck",
    "starts_at": (datetime.now(UTC) + timedelta(days=7)).isoformat(timespec="seconds"),
    "time_zone": "UTC",
    "online": False,
    "place": {
        "name": "Sample home",
        "address": ADDRESS,
        "locality": "Mexico City",
        "country": "MX",
        "latitude": 19.4,
        "longitude": -99.1,
        "private": True,
    },
    "host": {"name": "Sample Group", "email": "sample.host@example.org"},
}


def run_script(script: str, folder: Path) -> str:
    result = subprocess.run(
        ["sh", "-ec", script],
        cwd=folder,
        env=os.environ | {"PATH": PATH},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, f"{script}\n{result.stderr}"
    return result.stdout


def run_documented_commands(folder: Path, day: str) -> None:
    for block in BLOCKS:
        script = SKIPPED.sub("", block).replace("campaign.backup", f"{day}.backup")
        run_script(script, folder)


@pytest.fixture
def server_set_up_twice(serving, tmp_path):
    """A server with a private event from the day before, which waits for its confirmation."""
    run_documented_commands(tmp_path, "monday")
    first = serving("serve", "--port", "0", IMD_CAMPAIGN_MAIL_DELIVERY="false")
    submitted = httpx.post(f"{first.address}/v1/events", json=EVENT)
    assert submitted.is_success, submitted.text
    first.stop()
    run_documented_commands(tmp_path, "tuesday")
    return serving("serve", "--port", "0", IMD_CAMPAIGN_MAIL="folder:var/mail")


def test_documented_setup_can_be_repeated_without_data_loss(
    server_set_up_twice, tmp_path, mailed_token
):
    token = mailed_token(tmp_path / "var/mail", EVENT["host"]["email"])
    confirmed = httpx.post(f"{server_set_up_twice.address}/v1/confirmations/{token}")
    assert confirmed.is_success, confirmed.text
    key = run_script("imd campaign keys create Sample --scope events:moderate", tmp_path).strip()
    found = httpx.get(
        f"{server_set_up_twice.address}/v1/moderation/events",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert [item["event"]["place"]["address"] for item in found.json()["items"]] == [ADDRESS]
