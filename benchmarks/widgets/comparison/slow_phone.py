"""A slow phone: Chromium with a throttled network and processor."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from statistics import median
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from body_server import get_name
from playwright.sync_api import BrowserContext, Page, Request, sync_playwright
from subjects import Subject

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
CPU_SLOWDOWN, SETTLING_MS, TIMEOUT_MS = 4, 300, 60_000
SCREEN = {"width": 600, "height": 800}
# Only this machine can be reached, whatever a package would load from its own hosts.
BLOCK_OTHER_HOSTS = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
WATCH_SCRIPT = """shownWhen => {
    let paintedAt, isRequested;
    window.now = () => performance.now();
    window.painted = () => {
        isRequested ||= requestAnimationFrame(() => setTimeout(() => { paintedAt = now(); }));
        return paintedAt;
    };
    window.shift = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({type: 'layout-shift', buffered: true});
    const check = () => {
        try { window.shownAt = window.shownAt || (0, eval)(shownWhen); } catch {}
        if (!window.shownAt) requestAnimationFrame(check);
    };
    check();
}"""


@dataclass(frozen=True)
class PageLoad:
    size: int
    requests: int
    scripts: int
    third_party_requests: int
    cookies: int
    shown_ms: float
    shift: float


def summarise(turns: Sequence[PageLoad]) -> PageLoad:
    """Return median times, and everything else as in the worst turn."""
    worst = max(turns, key=lambda turn: (turn.shift, turn.requests))
    return replace(worst, shown_ms=median(turn.shown_ms for turn in turns))


class SlowPhone(AbstractContextManager["SlowPhone"]):
    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self._bodies = bodies

    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking", BLOCK_OTHER_HOSTS],
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

    def load(self, address: str, subject: Subject) -> PageLoad:
        context = self._browser.new_context(viewport=SCREEN, bypass_csp=True)
        requests: list[Request] = []
        context.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright passes a name
        page = context.new_page()
        page.add_init_script(f"({WATCH_SCRIPT})({subject.shown_when!r})")
        _throttle(context, page)
        page.goto(f"{address}/{subject.path}", wait_until="load")
        page.wait_for_function("window.shownAt", timeout=TIMEOUT_MS)
        page.wait_for_timeout(SETTLING_MS)
        shown_at, shift = page.evaluate("[window.shownAt, window.shift]")
        our_requests = [request for request in requests if _is_ours(address, request)]
        page_load = PageLoad(
            size=sum(
                len(self._bodies[get_name(urlsplit(request.url).path)]) for request in our_requests
            ),
            requests=len(our_requests),
            scripts=sum(request.resource_type == "script" for request in our_requests),
            third_party_requests=sum(not request.url.startswith(address) for request in requests),
            cookies=len(context.cookies()),
            shown_ms=float(shown_at),
            shift=float(shift),
        )
        context.close()
        return page_load


def _throttle(context: BrowserContext, page: Page) -> None:
    devtools: Any = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", NETWORK)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})


def _is_ours(address: str, request: Request) -> bool:
    return request.url.startswith(address) and not request.url.endswith("/favicon.ico")
