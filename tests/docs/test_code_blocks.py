"""Run, parse, fetch or compare every code block of the README, CONTRIBUTING and docs/.

A block that begins with ```` ```python src/… ```` is a quotation from that file.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
FENCE = re.compile(r"^```(?P<language>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
BIN = Path(sys.executable).parent
DEMO = "http://127.0.0.1:1218"
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    code: str

    @property
    def source(self) -> Path | None:
        quoted = re.fullmatch(r"python (src/\S+)", self.language)
        return ROOT / quoted[1] if quoted else None


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for fence in FENCE.finditer(text):
            line = text[: fence.start()].count("\n") + 1
            name = str(page.relative_to(ROOT))
            found.append(Block(name, line, fence["language"].strip(), fence["code"]))
    return found


BLOCKS = blocks()


def blocks_in(*languages: str):
    selected = [block for block in BLOCKS if block.language in languages]
    return pytest.mark.parametrize("block", selected, ids=lambda b: f"{b.page}:{b.line}")


def test_every_block_has_a_checked_language():
    known = {"python", "sh", "json", "toml", "html", "text"}
    others = [b for b in BLOCKS if b.language not in known and not b.source]
    assert [(b.page, b.line) for b in others] == []


TEST_BLOCKS = [b for b in BLOCKS if b.language == "python" and "def test_" in b.code]


@pytest.mark.parametrize("block", TEST_BLOCKS, ids=lambda b: f"{b.page}:{b.line}")
def test_blocks_with_tests_pass(block, tmp_path):
    (tmp_path / "test_block.py").write_text(block.code, encoding="utf-8")
    plugin = ["-p", "imd_sdk.testing.plugin", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *plugin],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@blocks_in("python")
def test_python_blocks_run_against_the_demo(block, demo, tmp_path):
    code = block.code.replace(DEMO, demo.address)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


FOLLOWED = {"docs/campaign/tutorial.md", "docs/running.md"}
"""Pages that tests/journeys follow from the top to the bottom."""
COMMANDS = sorted({block.page for block in BLOCKS if block.language == "sh"} - FOLLOWED)


@pytest.mark.parametrize("page", COMMANDS)
def test_shell_blocks_run_from_top_to_bottom(page, demo, tmp_path):
    run_shell_blocks(page, tmp_path, demo.address)


def run_shell_blocks(page: str, folder: Path, address: str) -> None:
    """Run a page's shell blocks in one folder, each in a shell of its own."""
    for block in BLOCKS:
        if (block.page, block.language) == (page, "sh"):
            code = block.code.replace("\\\n", " ").replace(DEMO, address)
            script = "\n".join(map(_harmless, code.splitlines()))
            done = _shell(script, folder, IMD_BASE_URL=address)
            assert done.returncode == 0, f"line {block.line}:\n{script}\n{done.stdout}{done.stderr}"


def _shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-ec", script],
        cwd=folder,
        env=os.environ | environment | {"PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _harmless(line: str) -> str:
    """Return the line, or a check that it could run if it would install something or never end."""
    words = shlex.split(line, comments=True)
    if "make" in words:
        return f"make -C {ROOT} --dry-run {shlex.join(words[words.index('make') + 1 :])}"
    if "pip" in words:
        assert _installs_from_a_clone(line), f"cannot be installed today: {line}"
        return ""
    if "serve" in words or "demo" in words:
        return f"{line} --help"
    return line


def _installs_from_a_clone(line: str) -> bool:
    """Whether `make release-check` would run the line in the unpacked source."""
    environment = re.escape("python3 -m venv .venv && . .venv/bin/activate && ")
    matched = re.fullmatch(rf"{environment}pip install (?:\.|'\.\[([a-z,]+)\]')", line)
    return bool(matched) and set((matched[1] or "").split(",")) - {""} <= set(EXTRAS)


QUOTED = [block for block in BLOCKS if block.source]


@pytest.mark.parametrize("block", QUOTED, ids=lambda b: f"{b.page}:{b.line}")
def test_quoted_blocks_match_their_source(block):
    assert block.code in block.source.read_text(encoding="utf-8")


@blocks_in("json")
def test_json_blocks_are_valid(block):
    json.loads(block.code)


@blocks_in("toml")
def test_toml_blocks_are_valid(block):
    tomllib.loads(block.code)


@blocks_in("html")
def test_urls_in_html_blocks_can_be_opened(block, demo):
    parser = EmbeddedUrls()
    parser.feed(block.code.replace(DEMO, demo.address))
    assert parser.urls, "an HTML block without URLs tests nothing"
    for url in parser.urls:
        assert httpx.get(url).status_code == httpx.codes.OK


class EmbeddedUrls(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"iframe", "img"}:
            self.urls.append(dict(attrs)["src"])
