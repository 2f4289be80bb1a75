"""Pages to print: one file without anything external, A4, with page numbers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from imd_locale.babel_locales import load_locale

SHORT_LENGTH = 12


def make_page(title: str, lang: str, body: Iterable[str]) -> Iterator[str]:
    """Yield a page whose title may be in another language, in any direction."""
    page = (files("imd_cli.campaign") / "print_page.html").read_text(encoding="utf-8")
    head, foot = page.split("{body}")
    yield head.replace("{title}", escape(title))
    yield f'<h1 lang="{escape(lang)}" dir="auto">{escape(title)}</h1>\n'
    yield from body
    yield foot


def name_country(code: str) -> str:
    """Return the English name of a country; the page's own words are English too."""
    return str(_load_countries().get(code, code))


@cache
def _load_countries() -> Mapping[str, str]:
    return load_locale("en").territories


def make_facts(facts: Iterable[tuple[str, str]]) -> str:
    return f"<dl>\n{''.join(_make_fact(*fact) for fact in facts)}</dl>\n"


def _make_fact(name: str, value: str) -> str:
    return f'<div><dt>{escape(name)}</dt><dd dir="auto">{escape(value)}</dd></div>\n'


def make_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table whose rows are numbered."""
    headings = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    yield '<div class="list" tabindex="0">\n<table>\n'
    yield f'<thead><tr><th scope="col" class="number">No.</th>{headings}</tr></thead>\n<tbody>\n'
    for number, row in enumerate(rows, 1):
        cells = "".join(map(_make_cell, row))
        yield f'<tr><td class="number">{number}</td>{cells}</tr>\n'
    yield "</tbody>\n</table>\n</div>\n"


def _make_cell(text: str) -> str:
    """Let names and addresses wrap, but not codes, dates and numbers."""
    kind = ' class="short"' if len(text) <= SHORT_LENGTH and text.isascii() else ""
    return f'<td dir="auto"{kind}>{escape(text)}</td>'
