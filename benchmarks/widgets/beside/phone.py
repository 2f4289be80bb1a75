"""A slow phone: Chromium with its network and its processor held back."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import sync_playwright

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
SLOWER = 4
SCREEN = {"width": 600, "height": 800}
LOOK = """there => {
    window.now = () => performance.now();
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
    shown: float


class Phone(AbstractContextManager["Phone"]):
    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking"],
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

    def load(self, address: str, subject: Any) -> Loaded:
        context = self._browser.new_context(viewport=SCREEN, bypass_csp=True)
        page = context.new_page()
        page.add_init_script(f"({LOOK})({subject.there!r})")
        devtools = context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", NETWORK)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        sizes: dict[str, int] = {}
        local: set[str] = set()

        def asked(event: Any) -> None:
            url = event["request"]["url"]
            if url.startswith(address) and not url.endswith("/favicon.ico"):
                local.add(event["requestId"])

        def came(event: Any) -> None:
            if event["requestId"] in local:
                sizes[event["requestId"]] = int(event["encodedDataLength"])

        devtools.on("Network.requestWillBeSent", asked)
        devtools.on("Network.loadingFinished", came)
        page.goto(f"{address}/{subject.path}", wait_until="load")
        page.wait_for_function("window.there", timeout=60_000)
        shown = float(page.evaluate("window.there"))
        page.wait_for_timeout(300)
        context.close()
        return Loaded(sum(sizes.values()), len(local), shown)
