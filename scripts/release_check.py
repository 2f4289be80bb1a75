"""Build the distributions and use the wheel as a stranger would, in clean environments."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
BASE_BRINGS = {"httpx", "pydantic"}
EXTRAS = {
    "": "import imd_sdk; imd_sdk.Client",
    "widgets": "import imd_widgets.app",
    "campaign": "import imd_campaign.app",
    "postgres": "import imd_campaign.app, psycopg",
    "all": "import imd_cli.combined_app",
}
PORT = 12180


def main() -> None:
    wheel = build()
    check(wheel)
    reproducible(wheel)
    from_source()
    for extra, proof in EXTRAS.items():
        with installed(wheel, extra) as python:
            run(python, "-W", "error", "-c", proof)
            if extra == "":
                brings_only(python, BASE_BRINGS)
            if extra == "all":
                quick_start(python)
            say(f"installs and imports: imd-sdk{f'[{extra}]' if extra else ''}")
    say(f"ready: {', '.join(sorted(path.name for path in DIST.iterdir()))}")


def build() -> Path:
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", str(ROOT))
    (wheel,) = DIST.glob("*.whl")
    return wheel


def check(wheel: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, DIST.iterdir()))
    run("check-wheel-contents", str(wheel))


def reproducible(wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT))
        (again,) = Path(folder).glob("*.whl")
        if digest(again) != digest(wheel):
            sys.exit("release-check: the wheel built twice is not the same")
    say(f"the same wheel twice: sha256 {digest(wheel)[:16]}…")


def from_source() -> None:
    """The README's install lines, in the source as it is unpacked."""
    (source,) = DIST.glob("*.tar.gz")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^.*pip install .*$", "".join(shell_blocks(readme)), re.MULTILINE):
        with tempfile.TemporaryDirectory() as folder:
            shutil.unpack_archive(source, folder)
            (unpacked,) = Path(folder).iterdir()
            run("sh", "-ec", f"{line}\nimd --version", cwd=unpacked)
        say(f"installs from the source: {line}")


def shell_blocks(page: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def installed(wheel: Path, extra: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "venv", folder)
        python = f"{folder}/bin/python"
        requirement = f"imd-sdk[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement)
        yield python


def brings_only(python: str, names: set[str]) -> None:
    """The SDK alone installs what httpx and pydantic install, and itself."""
    with_sdk = distributions(python) - {"imd-sdk"}
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "venv", folder)
        plain = f"{folder}/bin/python"
        run(plain, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *sorted(names))
        if extra := with_sdk - distributions(plain):
            sys.exit(f"release-check: the SDK alone brings {', '.join(sorted(extra))}")


def distributions(python: str) -> set[str]:
    listed = run(python, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check")
    return {line.partition("==")[0].lower() for line in listed.splitlines()}


def quick_start(python: str) -> None:
    """The README's Python, against the demo of the wheel."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder, demo(python, folder) as address:
        for block in blocks:
            code = block.replace("http://127.0.0.1:1218", address)
            run(python, "-W", "error", "-c", code, cwd=folder)
    say(f"the README's quick start: {len(blocks)} blocks")


@contextmanager
def demo(python: str, folder: str) -> Iterator[str]:
    command = [str(Path(python).with_name("imd")), "demo", "--port", str(PORT)]
    server = subprocess.Popen(command, cwd=folder)
    address = f"http://127.0.0.1:{PORT}"
    try:
        wait_for(f"{address}/healthz")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"release-check: nothing answers at {url}")


def run(*command: str, cwd: str | Path = ROOT) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"release-check: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def say(text: str) -> None:
    print(f"release-check: {text}", flush=True)


if __name__ == "__main__":
    main()
