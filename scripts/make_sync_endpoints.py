"""Generates the blocking endpoints of the SDK from the async ones.

    python scripts/make_sync_endpoints.py [--check]

With ``--check`` it changes nothing, and fails if the file is not up to date.
"""

import re
import subprocess
import sys
from pathlib import Path

SDK = Path(__file__).resolve().parents[1] / "src" / "imd_sdk"
SOURCE, TARGET = SDK / "async_endpoints.py", SDK / "endpoints.py"
HEAD = '''"""The endpoints of the HTTP API as blocking methods, in one group per namespace.

Generated from `imd_sdk.async_endpoints` by ``scripts/make_sync_endpoints.py``: change that module.
"""
'''


def main() -> None:
    generated = to_sync(SOURCE.read_text("utf-8"))
    if "--check" not in sys.argv:
        TARGET.write_text(generated, "utf-8")
    elif TARGET.read_text("utf-8") != generated:
        sys.exit(f"{TARGET.name} is out of date: run python scripts/make_sync_endpoints.py")


def to_sync(source: str) -> str:
    body = source[source.index("\nfrom __future__") :]
    body = re.sub(r"\basync (?=def )|\bawait ", "", body)
    return format_code(HEAD + re.sub(r"\bAsync(?=[A-Z])", "", body))


def format_code(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"]
    run = subprocess.run(
        command, input=text, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return run.stdout


if __name__ == "__main__":
    main()
