import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SERVER_SIDE = {
    "alembic",
    "babel",
    "fastapi",
    "imd_campaign",
    "imd_cli",
    "imd_locale",
    "imd_monitoring",
    "imd_widgets",
    "jinja2",
    "prometheus_client",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_sdk_loads_no_server_code():
    assert loaded_by("from imd_sdk import Client, AsyncClient") & SERVER_SIDE == set()


def test_importing_the_sdk_alone_loads_no_http_library():
    assert loaded_by("import imd_sdk") & {"httpx", "pydantic"} == set()


def test_the_client_that_blocks_loads_no_event_loop():
    ours = loaded_by("from imd_sdk import Client") - loaded_by("import httpx")  # 0.27 loads anyio
    assert ours & {"asyncio", "anyio"} == set()


def test_help_of_the_command_line_loads_no_server_code():
    statement = "import imd_cli.main as m; m.build_parser().format_help()"
    assert loaded_by(statement) & (SERVER_SIDE - {"imd_cli"}) == set()


def names(requirements):
    return {Requirement(one).name for one in requirements}


def test_the_base_installation_is_httpx_and_pydantic():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brought = names([*metadata.requires("httpx"), *metadata.requires("httpcore")])
    assert names(project["dependencies"]) - brought == {"httpx", "pydantic"}


@pytest.mark.parametrize("package", ["imd_campaign.app", "imd_widgets.app", "imd_cli.combined_app"])
def test_importing_a_server_opens_and_reads_nothing(package, tmp_path):
    code = f"import {package}"
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_no_declared_range_ends_before_a_version_that_is_yet_to_come():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = declared["project"]
    ranges = [project["requires-python"], *project["dependencies"]]
    ranges += [one for extra in project["optional-dependencies"].values() for one in extra]
    capped = re.compile(r"<|==|~=|!=")
    assert [one for one in ranges if capped.search(one.partition(";")[0])] == []
