"""Tables of figures and their bars, in Markdown, for every part of the benchmarks."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure, its bar, and whether it met the bar; None if that is unclear or there is no bar."""

    what: str
    measured: str
    bar: str = ""
    is_met: bool | None = None

    @property
    def verdict(self) -> str:
        if self.is_met is None:
            return "unclear: run it again" if self.bar else ""
        return "met" if self.is_met else "MISSED"


def check_max(what: str, measured: float, limit: float, unit: str = "") -> Figure:
    return Figure(what, format_number(measured) + unit, f"≤ {limit:,g}{unit}", measured <= limit)


def check_min(what: str, measured: float, limit: float, unit: str = "") -> Figure:
    return Figure(what, format_number(measured) + unit, f"≥ {limit:,g}{unit}", measured >= limit)


def note(what: str, measured: float, unit: str = "") -> Figure:
    return Figure(what, format_number(measured) + unit)


def format_number(value: float) -> str:
    """Format a number with three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def print_figures(subject: str, lines: Sequence[Figure]) -> int:
    """Print the figures and return the exit status."""
    head = (subject, "measured", "bar", "")
    cells = [(line.what, line.measured, line.bar, line.verdict) for line in lines]
    print(format_table(head, cells), flush=True)
    return 1 if any(line.is_met is False for line in lines) else 0


def format_table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    cells = [list(head), *map(list, lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    text = [" | ".join(map(str.ljust, line, widths)) for line in cells]
    text.insert(1, " | ".join("-" * max(width, 3) for width in widths))
    return "\n".join(f"| {line} |" for line in text)


def describe_machine(load: float) -> Iterator[tuple[str, str]]:
    """Describe the machine; a load above its number of processors comes from other programs."""
    yield "processors", str(os.cpu_count())
    yield "Python", platform.python_version()
    yield "load before and after", f"{load:.1f}, {os.getloadavg()[0]:.1f}"
