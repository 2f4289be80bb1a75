"""Every code block of the README and of docs/ is run, parsed, fetched or held to its source.

A block that begins with ```` ```python src/… ```` is quoted from that file.
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


def of(*languages: str):
    chosen = [block for block in BLOCKS if block.language in languages]
    return pytest.mark.parametrize("block", chosen, ids=lambda b: f"{b.page}:{b.line}")


def test_every_block_has_a_language_that_is_checked():
    known = {"python", "sh", "json", "toml", "html", "text"}
    others = [b for b in BLOCKS if b.language not in known and not b.source]
    assert [(b.page, b.line) for b in others] == []


OF_TESTS = [b for b in BLOCKS if b.language == "python" and "def test_" in b.code]


@pytest.mark.parametrize("block", OF_TESTS, ids=lambda b: f"{b.page}:{b.line}")
def test_a_block_of_tests_passes(block, tmp_path):
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


@of("python")
def test_python_runs_against_the_demo(block, demo, tmp_path):
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


COMMANDS = sorted({block.page for block in BLOCKS if block.language == "sh"})


@pytest.mark.parametrize("page", COMMANDS)
def test_shell_commands_work_from_top_to_bottom(page, demo, tmp_path):
    follow(page, tmp_path, demo.address)


def follow(page: str, folder: Path, address: str) -> None:
    """Run a page's shell blocks in one folder, each in a shell of its own."""
    for block in BLOCKS:
        if (block.page, block.language) == (page, "sh"):
            code = block.code.replace("\\\n", " ").replace(DEMO, address)
            script = "\n".join(map(_tryable, code.splitlines()))
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


def _tryable(line: str) -> str:
    """The line itself, or, for what installs or never ends, how to see that it could run."""
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
    """The line that `make release-check` runs in the unpacked source."""
    environment = re.escape("python3 -m venv .venv && . .venv/bin/activate && ")
    matched = re.fullmatch(rf"{environment}pip install (?:\.|'\.\[([a-z,]+)\]')", line)
    return bool(matched) and set((matched[1] or "").split(",")) - {""} <= set(EXTRAS)


QUOTED = [block for block in BLOCKS if block.source]


@pytest.mark.parametrize("block", QUOTED, ids=lambda b: f"{b.page}:{b.line}")
def test_a_quoted_block_stands_in_its_source(block):
    assert block.code in block.source.read_text(encoding="utf-8")


@of("json")
def test_json_is_json(block):
    json.loads(block.code)


@of("toml")
def test_toml_is_toml(block):
    tomllib.loads(block.code)


@of("html")
def test_what_a_snippet_shows_is_there(block, demo):
    parser = Shown()
    parser.feed(block.code.replace(DEMO, demo.address))
    assert parser.addresses, "an html block that shows nothing proves nothing"
    for address in parser.addresses:
        assert httpx.get(address).status_code == httpx.codes.OK


class Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"iframe", "img"}:
            self.addresses.append(dict(attrs)["src"])
