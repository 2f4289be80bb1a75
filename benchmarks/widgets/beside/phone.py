"""A slow phone: Chromium with its network and its processor held back."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from statistics import median
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request, sync_playwright
from serving import name_of
from subjects import Subject

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
SLOWER, SETTLED_MS, PATIENCE_MS = 4, 300, 60_000
SCREEN = {"width": 600, "height": 800}
# Nothing but this machine is reached, whatever a package would load from its own hosts.
CLOSED = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
LOOK = """there => {
    let done, asked;
    window.now = () => performance.now();
    window.painted = () => {
        asked ||= requestAnimationFrame(() => setTimeout(() => { done = now(); }));
        return done;
    };
    window.shift = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({type: 'layout-shift', buffered: true});
    const look = () => {
        try { window.there = window.there || (0, eval)(there); } catch {}
        if (!window.there) requestAnimationFrame(look);
    };
    look();
}"""


@dataclass(frozen=True)
class Loaded:
    size: int
    requests: int
    scripts: int
    strangers: int
    cookies: int
    shown: float
    shift: float


def middle(turns: Sequence[Loaded]) -> Loaded:
    """Times are medians, the rest is what the worst turn had."""
    worst = max(turns, key=lambda turn: (turn.shift, turn.requests))
    return replace(worst, shown=median(turn.shown for turn in turns))


class Phone(AbstractContextManager["Phone"]):
    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self._bodies = bodies

    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking", CLOSED],
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def load(self, address: str, subject: Subject) -> Loaded:
        context = self._browser.new_context(viewport=SCREEN, bypass_csp=True)
        asked: list[Request] = []
        context.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - it is given a name
        page = context.new_page()
        page.add_init_script(f"({LOOK})({subject.there!r})")
        _held_back(context, page)
        page.goto(f"{address}/{subject.path}", wait_until="load")
        page.wait_for_function("window.there", timeout=PATIENCE_MS)
        page.wait_for_timeout(SETTLED_MS)
        shown, shift = page.evaluate("[window.there, window.shift]")
        ours = [request for request in asked if _is_at(address, request)]
        loaded = Loaded(
            size=sum(len(self._bodies[name_of(urlsplit(one.url).path)]) for one in ours),
            requests=len(ours),
            scripts=sum(one.resource_type == "script" for one in ours),
            strangers=sum(not one.url.startswith(address) for one in asked),
            cookies=len(context.cookies()),
            shown=float(shown),
            shift=float(shift),
        )
        context.close()
        return loaded


def _held_back(context: BrowserContext, page: Page) -> None:
    devtools: Any = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", NETWORK)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def _is_at(address: str, request: Request) -> bool:
    return request.url.startswith(address) and not request.url.endswith("/favicon.ico")
