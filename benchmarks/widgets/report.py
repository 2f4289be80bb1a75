"""What every part prints: a table in Markdown that can be pasted as it is, bars beside figures."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Judged:
    """A figure, the bar it is held to, and whether it was met, if the figure can say."""

    what: str
    measured: str
    bar: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        if self.met is None:
            return "unclear: run it again" if self.bar else ""
        return "met" if self.met else "MISSED"


def at_most(what: str, measured: float, limit: float, unit: str = "") -> Judged:
    return Judged(what, written(measured) + unit, f"≤ {limit:,g}{unit}", measured <= limit)


def at_least(what: str, measured: float, limit: float, unit: str = "") -> Judged:
    return Judged(what, written(measured) + unit, f"≥ {limit:,g}{unit}", measured >= limit)


def told(what: str, measured: float, unit: str = "") -> Judged:
    return Judged(what, written(measured) + unit)


def written(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def say(subject: str, lines: Sequence[Judged]) -> int:
    """Print the lines, and give the exit status."""
    head = (subject, "measured", "bar", "")
    cells = [(line.what, line.measured, line.bar, line.verdict) for line in lines]
    print(table(head, cells), flush=True)
    return 1 if any(line.met is False for line in lines) else 0


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    cells = [list(head), *map(list, lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    text = [" | ".join(map(str.ljust, line, widths)) for line in cells]
    text.insert(1, " | ".join("-" * max(width, 3) for width in widths))
    return "\n".join(f"| {line} |" for line in text)


def where(load: float) -> Iterator[tuple[str, str]]:
    """What a reader must know of the machine; load beyond its processors is the work of others."""
    yield "processors", str(os.cpu_count())
    yield "Python", platform.python_version()
    yield "load before and after", f"{load:.1f}, {os.getloadavg()[0]:.1f}"
