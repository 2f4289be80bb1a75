import json
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup


def find_static_folder() -> Path:
    shipped = Path(__file__).with_name("static")
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "widgets_static"


@dataclass(frozen=True)
class Inline:
    """Text that is inlined into a page, and the hash that allows it in the page's policy."""

    text: str

    @property
    def csp_source(self) -> str:
        digest = sha256(self.text.encode()).digest()
        return f"'sha256-{b64encode(digest).decode()}'"

    def __html__(self) -> str:
        return Markup(self.text)  # noqa: S704 - a file of ours, never a visitor's words


@cache
def load_script(name: str) -> Inline:
    """Return the minified script, or its source if that has changed since it was minified."""
    text = read_static(f"{name}.js")
    minified = _load_minified().get(name, {})
    is_current = minified.get("of") == hash_text(text)
    return Inline(minified["code"] if is_current else _remove_indentation(text))


@cache
def _load_minified() -> dict[str, dict[str, str]]:
    text = Path(__file__).with_name("minified.json").read_text(encoding="utf-8")
    scripts: dict[str, dict[str, str]] = json.loads(text)
    return scripts


def hash_text(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _remove_indentation(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


@cache
def load_css(name: str) -> str:
    bare = re.sub(r"/\*.*?\*/", "", read_static(name), flags=re.DOTALL)
    lines = (line.strip() for line in bare.splitlines())
    tight = re.sub(r"\s*([{:;,}])\s+", r"\1", " ".join(lines)).replace(" {", "{").strip()
    return re.sub(r"\b0(?=\.\d)", "", tight.replace(";}", "}"))


def read_static(name: str) -> str:
    return (find_static_folder() / name).read_text(encoding="utf-8")
