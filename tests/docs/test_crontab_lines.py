"""Every crontab line in the docs runs unchanged in cron's environment and prints nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"(?:^|`)(?:[\d*/]+ +){5}(?P<command>[^`\n]+)", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINES = [
    (page, found["command"])
    for page in sorted(ROOT.glob("docs/**/*.md"))
    for found in LINE.finditer(page.read_text("utf-8"))
]


@pytest.mark.parametrize(("page", "line"), LINES, ids=[page.stem for page, _ in LINES])
def test_crontab_line_runs_and_prints_nothing(page, line, demo, tmp_path):
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    if block := BLOCK.search(page.read_text("utf-8")):
        code = block[1].replace("http://127.0.0.1:1218", demo.address)
        for name in ("app.py", "sync_events.py"):
            (tmp_path / name).write_text(code, "utf-8")
    line = re.sub(r"/srv/\w+", str(tmp_path), line)
    line = line.replace("https://campaign.example", demo.address)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 0)


def test_percent_signs_are_escaped_for_cron():
    assert len(LINES) == 4
    assert [line for _, line in LINES if re.search(r"(?<!\\)%", line)] == []
