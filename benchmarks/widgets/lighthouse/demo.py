"""Starts the demo, as `make demo` does, on a free port."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

URL = re.compile(r"http://127\.0\.0\.1:\d+")


@contextmanager
def start_demo() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "imd_cli", "demo", "--port", "0", "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        try:
            found = URL.search(process.stdout.readline())
            assert found, "the demo did not start"
            yield found[0]
        finally:
            process.terminate()
            process.wait()
