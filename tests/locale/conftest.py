"""Copies of Babel in which a locale is missing or empty, as in other versions."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import babel
import pytest

HERE = Path(__file__).parent
BABEL = Path(babel.__file__).parent


@pytest.fixture(scope="session", params=["missing", "empty"])
def output_without_locales(request, tmp_path_factory):
    """The output of both servers if Babel has no data for Haitian Creole and Somali."""
    folder = tmp_path_factory.mktemp(request.param)
    _link_babel(folder / "babel", {"ht", "so"})
    if request.param == "empty":
        for tag in ("ht", "so"):
            (folder / f"babel/locale-data/{tag}.dat").write_bytes(pickle.dumps({}))
    result = subprocess.run(
        [sys.executable, HERE / "ask_both_servers.py"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout) | {"log": result.stderr.splitlines()}


def _link_babel(target, without):
    (target / "locale-data").mkdir(parents=True)
    for path in BABEL.iterdir():
        if path.name != "locale-data":
            (target / path.name).symlink_to(path)
    for path in (BABEL / "locale-data").iterdir():
        if path.stem.partition("_")[0] not in without:
            (target / "locale-data" / path.name).symlink_to(path)
