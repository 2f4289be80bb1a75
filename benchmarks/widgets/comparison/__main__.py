"""Compares our widgets with alternatives that a page could use, in Chromium as a slow phone.

    python benchmarks/widgets comparison

One loopback server sends everything to the same Chromium at 1.6 Mbit/s, a latency of 150 ms and a
processor four times slower. Our widgets are encoded as the widgets server sends them, the
alternatives with brotli 11. Pages are loaded alternately, nine times each. The alternatives come
from npm, into a temporary folder. Some of them would load more from their own hosts (giscus,
Cal.com, github-buttons). These hosts are blocked, so only the contents of the packages are counted.
Maps get no tiles: the land of the alternatives is missing and not counted. Bytes are those of
bodies, times are medians; the empty page shows what the network takes by itself.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence

import brotli
from alternatives import PACKAGES, make_pages, read_files
from body_server import serve_bodies
from npm_packages import install_packages
from our_pages import fetch_documents, make_partner_pages
from report import Figure, check_max, format_table, note, print_figures
from script_sizes import SCRIPTS
from slow_phone import PageLoad, SlowPhone, summarise
from subjects import BARS, ELEMENT, FRAME, LOADER, RESIZER, SUBJECTS, Subject

ROUNDS = 9
HEAD = ("on a slow phone", "bytes", "requests", "shown, ms", "relative", "bar", "")


def main() -> int:
    bodies: dict[str, bytes] = {}
    with install_packages(*PACKAGES) as modules, serve_bodies(bodies) as address:
        plain = read_files(modules) | make_pages() | make_partner_pages(address)
        bodies |= {name: brotli.compress(content) for name, content in plain.items()}
        bodies |= asyncio.run(fetch_documents(address))
        with SlowPhone(bodies) as phone:
            loaded = measure(phone, address)
    print(format_table(HEAD, [make_row(subject, loaded) for subject in SUBJECTS]))
    print()
    is_missed = any(is_over_bar(subject, loaded) for subject in SUBJECTS)
    sizes_failed = print_figures(
        "scripts, brotli", [check_size(bodies, *script) for script in SCRIPTS]
    )
    print()
    return (
        sizes_failed
        or print_figures("on a partner's page", list(check_partner_page(loaded)))
        or is_missed
    )


def measure(phone: SlowPhone, address: str) -> dict[str, PageLoad]:
    turns = [{s.name: phone.load(address, s) for s in SUBJECTS} for _ in range(ROUNDS)]
    return {subject.name: summarise([turn[subject.name] for turn in turns]) for subject in SUBJECTS}


def make_row(subject: Subject, loaded: Mapping[str, PageLoad]) -> Sequence[str]:
    page_load, bar = loaded[subject.name], BARS.get(subject.name)
    figures = (f"{page_load.size:,}", str(page_load.requests), f"{page_load.shown_ms:.0f}")
    if bar is None:
        return (
            subject.name,
            *figures,
            compare(page_load, loaded.get(subject.compared_with)),
            "",
            "",
        )
    share = page_load.shown_ms / loaded[bar.other].shown_ms
    limit = f"≤ {bar.size:,} bytes, {bar.requests} request, {bar.time_share} × ms of {bar.other}"
    verdict = "MISSED" if is_over_bar(subject, loaded) else "met"
    return (subject.name, *figures, f"{share:.2f} × ms of {bar.other}", limit, verdict)


def compare(page_load: PageLoad, ours: PageLoad | None) -> str:
    if ours is None:
        return ""
    size, time = page_load.size / ours.size, page_load.shown_ms / ours.shown_ms
    return f"{size:.1f} × bytes, {time:.1f} × ms of ours"


def is_over_bar(subject: Subject, loaded: Mapping[str, PageLoad]) -> bool:
    page_load, bar = loaded[subject.name], BARS.get(subject.name)
    if bar is None:
        return False
    return (
        page_load.size > bar.size
        or page_load.requests > bar.requests
        or page_load.shown_ms > bar.time_share * loaded[bar.other].shown_ms
    )


def check_size(bodies: Mapping[str, bytes], what: str, names: Sequence[str], limit: int) -> Figure:
    size = sum(len(bodies[name]) for name in names)
    return check_max(what, size, limit, " bytes") if limit else note(what, size, " bytes")


def check_partner_page(loaded: Mapping[str, PageLoad]) -> Iterator[Figure]:
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
