"""The sample rules and the dashboard fit the metrics of running servers."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples/monitoring"
DASHBOARD = (FOLDER / "dashboard.json").read_text("utf-8")
RULES = (FOLDER / "imd.rules.yml").read_text("utf-8")
ALERTS = re.findall(r"- alert: (\w+)", RULES)


@pytest.mark.parametrize(
    "command",
    ["check config prometheus.yml", "check rules imd.rules.yml", "test rules imd.test.yml"],
)
def test_promtool_accepts(command):
    done = subprocess.run(
        ["promtool", *command.split()], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_and_has_a_runbook():
    tested = (FOLDER / "imd.test.yml").read_text("utf-8")
    runbook = (ROOT / "docs/running.md").read_text("utf-8")
    assert [name for name in ALERTS if f'alertname="{name}"' not in tested] == []
    assert [name for name in ALERTS if f"| `{name}` |" not in runbook] == []


def test_each_panel_has_a_query():
    panels = json.loads(DASHBOARD)["panels"]
    assert [panel["title"] for panel in panels if not panel["targets"]] == []
    assert len({panel["title"] for panel in panels}) == len(panels)
