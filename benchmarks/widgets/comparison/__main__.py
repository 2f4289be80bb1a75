"""Compares our widgets with alternatives that a page could use, in Chromium as a slow phone.

    python benchmarks/widgets comparison

One loopback server sends everything to the same Chromium at 1.6 Mbit/s, a latency of 150 ms and a
processor four times slower. Our widgets are encoded as the widgets server sends them, the
alternatives with brotli 11. Pages are loaded alternately, nine times each. The alternatives come
from npm, into a temporary folder. Some of them would load more from their own hosts (giscus,
Cal.com, github-buttons). These hosts are blocked, so only the contents of the packages are counted.
Maps get no tiles: the land of the alternatives is missing and not counted. Bytes are those of
bodies, times are medians; the empty page shows what the network takes by itself. Bars are for the
median of the ratios within a turn.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import TypeAlias

import brotli
from alternatives import PACKAGES, make_pages, read_files
from body_server import serve_bodies
from npm_packages import install_packages
from our_pages import fetch_documents, make_partner_pages
from report import Figure, check_max, format_table, note, print_figures
from script_sizes import SCRIPTS
from slow_phone import PageLoad, SlowPhone, summarise
from subjects import BARS, ELEMENT, FRAME, LOADER, RESIZER, SUBJECTS, Bar, Subject

Turn: TypeAlias = Mapping[str, PageLoad]

ROUNDS = 9
HEAD = ("on a slow phone", "bytes", "requests", "shown, ms", "relative", "bar", "")


def main() -> int:
    bodies: dict[str, bytes] = {}
    with install_packages(*PACKAGES) as modules, serve_bodies(bodies) as address:
        plain = read_files(modules) | make_pages() | make_partner_pages(address)
        bodies |= {name: brotli.compress(content) for name, content in plain.items()}
        bodies |= asyncio.run(fetch_documents(address))
        with SlowPhone(bodies) as phone:
            turns = [{s.name: phone.load(address, s) for s in SUBJECTS} for _ in range(ROUNDS)]
    loaded = {s.name: summarise([turn[s.name] for turn in turns]) for s in SUBJECTS}
    shares = {name: compare_turns(turns, name, bar.other) for name, bar in BARS.items()}
    print(format_table(HEAD, [make_row(subject, loaded, shares) for subject in SUBJECTS]))
    print()
    is_missed = any(is_over_bar(loaded[name], bar, shares[name]) for name, bar in BARS.items())
    sizes_failed = print_figures(
        "scripts, brotli", [check_size(bodies, *script) for script in SCRIPTS]
    )
    print()
    return (
        sizes_failed
        or print_figures("on a partner's page", list(check_partner_page(loaded)))
        or is_missed
    )


def compare_turns(turns: Sequence[Turn], name: str, other: str) -> float:
    """Compare within each turn: the machine can be slower in the next."""
    return median(turn[name].shown_ms / turn[other].shown_ms for turn in turns)


def make_row(subject: Subject, loaded: Turn, shares: Mapping[str, float]) -> Sequence[str]:
    page_load, bar = loaded[subject.name], BARS.get(subject.name)
    figures = (f"{page_load.size:,}", str(page_load.requests), f"{page_load.shown_ms:.0f}")
    if bar is None:
        compared = compare(page_load, loaded.get(subject.compared_with))
        return (subject.name, *figures, compared, "", "")
    share = shares[subject.name]
    limit = f"≤ {bar.size:,} bytes, {bar.requests} request, {bar.time_share} × ms of {bar.other}"
    verdict = "MISSED" if is_over_bar(page_load, bar, share) else "met"
    return (subject.name, *figures, f"{share:.2f} × ms of {bar.other}", limit, verdict)


def compare(page_load: PageLoad, ours: PageLoad | None) -> str:
    if ours is None:
        return ""
    size, time = page_load.size / ours.size, page_load.shown_ms / ours.shown_ms
    return f"{size:.1f} × bytes, {time:.1f} × ms of ours"


def is_over_bar(page_load: PageLoad, bar: Bar, share: float) -> bool:
    return page_load.size > bar.size or page_load.requests > bar.requests or share > bar.time_share


def check_size(bodies: Mapping[str, bytes], what: str, names: Sequence[str], limit: int) -> Figure:
    size = sum(len(bodies[name]) for name in names)
    return check_max(what, size, limit, " bytes") if limit else note(what, size, " bytes")


def check_partner_page(loaded: Turn) -> Iterator[Figure]:
    """Check what a frame alone adds to a page, and how far the text below it moves."""
    frame = loaded[FRAME]
    yield check_max("scripts, iframe", frame.scripts, 0)
    yield check_max("cookies, iframe", frame.cookies, 0)
    yield check_max("third-party hosts, iframe", frame.third_party_requests, 0)
    yield check_max("layout shift, iframe", frame.shift, 0)
    yield note("layout shift, iframe with loader", loaded[LOADER].shift)
    yield note("layout shift, `<imd-widget>`", loaded[ELEMENT].shift)
    yield note("layout shift, iframe-resizer", loaded[RESIZER].shift)


if __name__ == "__main__":
    sys.exit(main())
