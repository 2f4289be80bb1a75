"""Lighthouse with Chromium, in the light or the dark colour scheme."""

import json
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM = "/usr/bin/chromium"
ATTEMPTS = 3
SCRIPT = Path(__file__).with_name("audit.mjs")


class Lighthouse(AbstractContextManager["Lighthouse"]):
    def __init__(self, modules: Path, scheme: str) -> None:
        self._command = [modules / ".bin/node", SCRIPT, modules, CHROMIUM, scheme]

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def audit(self, address: str, form: str) -> dict[str, Any]:
        """Audit a page; try again if the browser lost its trace, which happens now and then."""
        for _ in range(ATTEMPTS):
            report = self._request_report(address, form)
            if "runtimeError" not in report:
                return report
        raise RuntimeError(f"{address}: {report['runtimeError']['message']}")

    def _request_report(self, address: str, form: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"address": address, "form": form}) + "\n")
        self._process.stdin.flush()
        report: dict[str, Any] = json.loads(self._process.stdout.readline())
        return report
