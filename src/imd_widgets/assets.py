import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup
from rjsmin import jsmin


def static_folder() -> Path:
    shipped = Path(__file__).with_name("static")
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "widgets_static"


@dataclass(frozen=True)
class Inline:
    """Text that goes into a page, and the hash that lets a browser use it."""

    text: str

    @property
    def source(self) -> str:
        digest = sha256(self.text.encode()).digest()
        return f"'sha256-{b64encode(digest).decode()}'"

    def __html__(self) -> str:
        return Markup(self.text)  # noqa: S704 - a file of ours, never a visitor's words


@cache
def script(name: str) -> Inline:
    return Inline(str(jsmin(source(f"{name}.js"))))


@cache
def css(name: str) -> str:
    bare = re.sub(r"/\*.*?\*/", "", source(name), flags=re.DOTALL)
    lines = (line.strip() for line in bare.splitlines())
    tight = re.sub(r"\s*([{:;,}])\s+", r"\1", " ".join(lines)).replace(" {", "{").strip()
    return re.sub(r"\b0(?=\.\d)", "", tight.replace(";}", "}"))


def source(name: str) -> str:
    return (static_folder() / name).read_text(encoding="utf-8")
