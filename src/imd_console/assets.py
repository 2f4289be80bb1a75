"""The stylesheet and the mark: shared with the widgets' pages, so that both look alike."""

import hashlib
from functools import cache
from pathlib import Path

from imd_locale.language_styles import LANGUAGE_STYLES

HERE = Path(__file__).parent
PAGE_STYLES = ("widget", "page", "form")
"""Those of the widgets' pages; what the console adds is in `static/console.css`."""


def find_shared_folder() -> Path:
    """Return the folder of the widgets' styles: the distribution has one copy of each file."""
    shipped = HERE.parent / "imd_widgets" / "static"
    return shipped if shipped.is_dir() else HERE.parents[1] / "widgets_static"


@cache
def make_stylesheet(tag: str) -> str:
    shared = find_shared_folder()
    light, dark, *rules = (
        (shared / f"{name}.css").read_text(encoding="utf-8")
        for name in ("light", "dark", *PAGE_STYLES, *LANGUAGE_STYLES.get(tag, ()))
    )
    own = (HERE / "static" / "console.css").read_text(encoding="utf-8")
    by_night = f"@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"
    return "".join([light, by_night, *rules, own])


@cache
def get_style_version(tag: str) -> str:
    return hashlib.sha256(make_stylesheet(tag).encode()).hexdigest()[:16]


@cache
def read_mark() -> str:
    return (find_shared_folder() / "mark.svg").read_text(encoding="utf-8")
