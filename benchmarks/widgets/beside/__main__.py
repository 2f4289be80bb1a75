"""Our widgets beside what else could be put into a page, loaded by Chromium on a slow phone.

    python benchmarks/widgets beside

Everything comes from one loopback server, ours coded as the widgets server sends it and the peers
with brotli 11, into the same Chromium at 1.6 Mbit/s, 150 ms and a processor four times slower, each
in turn, nine times over. The peers come from npm into a temporary folder. Those that go on to load
from their own hosts (giscus, Cal.com, github-buttons) find them closed, so only what their packages
bring is counted. Maps get no tiles: the peers' land is missing and not counted. Bytes are those of
bodies, times are medians; an empty page is what the network alone takes.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence

import brotli
from npm import installed
from ours import documents, hosts
from peers import PACKAGES, files, pages
from phone import Loaded, Phone, middle
from report import Judged, at_most, say, table, told
from serving import served
from subjects import BARS, ELEMENT, FRAME, LOADER, RESIZER, SUBJECTS, Subject
from weights import WEIGHTS

ROUNDS = 9
HEAD = ("on a slow phone", "bytes", "requests", "shown, ms", "beside ours", "bar", "")


def main() -> int:
    bodies: dict[str, bytes] = {}
    with installed(*PACKAGES) as modules, served(bodies) as address:
        plain = files(modules) | pages() | hosts(address)
        bodies |= {name: brotli.compress(content) for name, content in plain.items()}
        bodies |= asyncio.run(documents(address))
        with Phone(bodies) as phone:
            loaded = rounds(phone, address)
    print(table(HEAD, [row(subject, loaded) for subject in SUBJECTS]))
    print()
    missed = any(over(subject, loaded) for subject in SUBJECTS)
    weighed = say("scripts, brotli", [weight(bodies, *one) for one in WEIGHTS])
    print()
    return weighed or say("on a partner's page", list(left_alone(loaded))) or missed


def rounds(phone: Phone, address: str) -> dict[str, Loaded]:
    turns = [{s.name: phone.load(address, s) for s in SUBJECTS} for _ in range(ROUNDS)]
    return {subject.name: middle([turn[subject.name] for turn in turns]) for subject in SUBJECTS}


def row(subject: Subject, loaded: Mapping[str, Loaded]) -> Sequence[str]:
    one, bar = loaded[subject.name], BARS.get(subject.name)
    figures = (f"{one.size:,}", str(one.requests), f"{one.shown:.0f}")
    if bar is None:
        return (subject.name, *figures, beside(one, loaded.get(subject.beside)), "", "")
    limit = f"≤ {bar.size:,} bytes, {bar.requests} request, {bar.shown} ms"
    return (subject.name, *figures, "", limit, "MISSED" if over(subject, loaded) else "met")


def beside(one: Loaded, ours: Loaded | None) -> str:
    return f"{one.size / ours.size:.1f} × bytes, {one.shown / ours.shown:.1f} × ms" if ours else ""


def over(subject: Subject, loaded: Mapping[str, Loaded]) -> bool:
    one, bar = loaded[subject.name], BARS.get(subject.name)
    if bar is None:
        return False
    return one.size > bar.size or one.requests > bar.requests or one.shown > bar.shown


def weight(bodies: Mapping[str, bytes], what: str, names: Sequence[str], limit: int) -> Judged:
    size = sum(len(bodies[name]) for name in names)
    return at_most(what, size, limit, " bytes") if limit else told(what, size, " bytes")


def left_alone(loaded: Mapping[str, Loaded]) -> Iterator[Judged]:
    """What a frame alone brings to a page, and how far the text below it moves."""
    frame = loaded[FRAME]
    yield at_most("scripts, iframe", frame.scripts, 0)
    yield at_most("cookies, iframe", frame.cookies, 0)
    yield at_most("third-party hosts, iframe", frame.strangers, 0)
    yield at_most("layout shift, iframe", frame.shift, 0)
    yield told("layout shift, iframe with loader", loaded[LOADER].shift)
    yield told("layout shift, `<imd-widget>`", loaded[ELEMENT].shift)
    yield told("layout shift, iframe-resizer", loaded[RESIZER].shift)


if __name__ == "__main__":
    sys.exit(main())
