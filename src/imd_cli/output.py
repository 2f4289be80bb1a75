"""Output of commands: tables for people, JSON Lines for programs."""

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from pydantic import BaseModel

    from imd_sdk.models import Place

MEASURED_ROWS = 100
MIN_WIDTH = 8
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""They join or separate characters in Persian, Hindi and other languages."""


def print_json_lines(items: "Iterable[BaseModel]") -> None:
    for item in items:
        print(item.model_dump_json(by_alias=True))


def print_json(item: object) -> None:
    print(json.dumps(item, ensure_ascii=False, indent=2))


def print_details(fields: Mapping[str, object]) -> None:
    shown = {
        name: _format_cell(value) for name, value in fields.items() if value not in (None, "", [])
    }
    margin = max(map(len, shown), default=0)
    for name, value in shown.items():
        print(f"{name.ljust(margin)}  {value}")


def print_paragraphs(text: str, file: TextIO | None = None) -> None:
    for line in text.splitlines():
        print(_replace_controls(line), file=file)


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as they arrive; the first hundred set the widths of the columns."""
    cells = ([_format_cell(value) for value in row] for row in rows)
    first = list(islice(cells, MEASURED_ROWS))
    widths = _measure_columns([list(header), *first])
    _print_row(header, widths)
    for row in first:
        _print_row(row, widths)
    for row in cells:
        _print_row(row, widths)
    if not first:
        print("(none)", file=sys.stderr)


def _measure_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    wanted = [max(map(_measure_width, column)) for column in zip(*rows, strict=True)]
    if not sys.stdout.isatty():
        return wanted
    spare = shutil.get_terminal_size().columns - sum(wanted) - 2 * (len(wanted) - 1)
    widest = wanted.index(max(wanted))
    wanted[widest] = max(MIN_WIDTH, wanted[widest] + min(spare, 0))
    return wanted


def _print_row(cells: Sequence[str], widths: Sequence[int]) -> None:
    fitted = [_fit(cell, width) for cell, width in zip(cells, widths, strict=True)]
    print("  ".join(fitted).rstrip())


def _fit(text: str, width: int) -> str:
    if _measure_width(text) > width:
        while _measure_width(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _measure_width(text))


def _format_cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%d %H:%M %Z}"
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return _replace_controls(str(value))


def _replace_controls(text: str) -> str:
    """Replace characters that control a terminal or change the direction of text."""
    return "".join(" " if _is_control(character) else character for character in text)


def _is_control(character: str) -> bool:
    return character not in JOINERS and unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}


def _measure_width(text: str) -> int:
    return sum(map(_count_columns, text))


def _count_columns(character: str) -> int:
    if character in JOINERS or unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def format_address(place: "Place | None") -> str | None:
    parts = (place.name, place.address) if place else ()
    return ", ".join(filter(None, parts)) or None
