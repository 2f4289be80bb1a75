"""Builds the distributions and uses the wheel in clean environments, as a user would."""

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
BASE_DEPENDENCIES = {"httpx", "pydantic"}
EXTRAS = {
    "": "import imd_sdk; imd_sdk.Client",
    "widgets": "import imd_widgets.app",
    "campaign": "import imd_campaign.app, imd_console.app",
    "postgres": "import imd_campaign.app, psycopg",
    "all": "import imd_cli.combined_app",
}
PORT = 12180


def main() -> None:
    wheel = build()
    check_wheel(wheel)
    check_reproducibility(wheel)
    install_from_source()
    for extra, proof in EXTRAS.items():
        with install_wheel(wheel, extra) as python:
            run(python, "-W", "error", "-c", proof)
            if extra == "":
                check_dependencies(python, BASE_DEPENDENCIES)
            if extra == "all":
                run_quick_start(python)
            print_step(f"installs and imports: imd-sdk{f'[{extra}]' if extra else ''}")
    print_step(f"ready: {', '.join(sorted(path.name for path in DIST.iterdir()))}")


def build() -> Path:
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", str(ROOT))
    (wheel,) = DIST.glob("*.whl")
    return wheel


def check_wheel(wheel: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, DIST.iterdir()))
    run("check-wheel-contents", str(wheel))


def check_reproducibility(wheel: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT))
        (second,) = Path(folder).glob("*.whl")
        if compute_digest(second) != compute_digest(wheel):
            sys.exit("release-check: the wheel built twice is not the same")
    print_step(f"the same wheel twice: sha256 {compute_digest(wheel)[:16]}…")


def install_from_source() -> None:
    """Run the install commands of the README in the unpacked source."""
    (source,) = DIST.glob("*.tar.gz")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"^.*pip install .*$", "".join(find_shell_blocks(readme)), re.MULTILINE):
        with tempfile.TemporaryDirectory() as folder:
            shutil.unpack_archive(source, folder)
            (unpacked,) = Path(folder).iterdir()
            run("sh", "-ec", f"{line}\nimd --version", cwd=unpacked)
        print_step(f"installs from the source: {line}")


def find_shell_blocks(page: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def compute_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def install_wheel(wheel: Path, extra: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "venv", folder)
        python = f"{folder}/bin/python"
        requirement = f"imd-sdk[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement)
        yield python


def check_dependencies(python: str, names: set[str]) -> None:
    """Check that the SDK alone installs no more than httpx and pydantic do."""
    with_sdk = list_distributions(python) - {"imd-sdk"}
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "venv", folder)
        plain = f"{folder}/bin/python"
        run(plain, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *sorted(names))
        if extra := with_sdk - list_distributions(plain):
            sys.exit(f"release-check: the SDK alone also installs {', '.join(sorted(extra))}")


def list_distributions(python: str) -> set[str]:
    listed = run(python, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check")
    return {line.partition("==")[0].lower() for line in listed.splitlines()}


def run_quick_start(python: str) -> None:
    """Run the Python code of the README against the demo."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder, start_demo(python, folder) as address:
        for block in blocks:
            code = block.replace("http://127.0.0.1:1218", address)
            run(python, "-W", "error", "-c", code, cwd=folder)
    print_step(f"the README's quick start: {len(blocks)} blocks")


@contextmanager
def start_demo(python: str, folder: str) -> Iterator[str]:
    command = [str(Path(python).with_name("imd")), "demo", "--port", str(PORT)]
    server = subprocess.Popen(command, cwd=folder)
    address = f"http://127.0.0.1:{PORT}"
    try:
        wait_until_ready(f"{address}/healthz")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_ready(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"release-check: no response from {url}")


def run(*command: str, cwd: str | Path = ROOT) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    result = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        sys.exit(f"release-check: {' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


def print_step(text: str) -> None:
    print(f"release-check: {text}", flush=True)


if __name__ == "__main__":
    main()
