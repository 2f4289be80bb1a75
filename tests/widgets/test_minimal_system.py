"""Images on a system without the FriBiDi library, as most Windows and macOS machines are."""

import os
import subprocess
import sys

import httpx
import pytest
from starlette.testclient import TestClient

from imd_widgets.app import create_app
from imd_widgets.settings import Settings

LANGUAGES = ("en", "ar", "my")
IMAGE_FORMATS = ("png", "svg")
WITHOUT_RAQM = """
import sys
from PIL import features
from imd_cli.main import main
assert not features.check("raqm"), "the library is not masked"
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def masked(tmp_path_factory):
    """Environment variables that keep FriBiDi from loading."""
    folder = tmp_path_factory.mktemp("masked")
    for name in ("libfribidi.so", "libfribidi.so.0"):
        (folder / name).write_bytes(b"not a library")
    return {"LD_LIBRARY_PATH": str(folder)}


@pytest.fixture(scope="module")
def exported(demo, masked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    command = ["widgets", "export", str(folder), "--widget", "counter"]
    languages = [word for tag in LANGUAGES for word in ("--lang", tag)]
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_RAQM, *command, *languages],
        env=os.environ | masked | {"IMD_WIDGETS_CAMPAIGN_URL": demo.address},
        capture_output=True,
        text=True,
        check=False,
    )
    return folder, process


def test_export_succeeds(exported):
    _, process = exported
    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize("form", IMAGE_FORMATS)
@pytest.mark.parametrize("tag", LANGUAGES)
def test_images_are_the_same_as_with_the_library(demo, exported, tag, form):
    folder, _ = exported
    response = httpx.get(f"{demo.address}/w/counter/convention.{form}?lang={tag}")
    assert (folder / f"counter-convention-{tag}.{form}").read_bytes() == response.content


@pytest.mark.parametrize("form", IMAGE_FORMATS)
def test_server_serves_an_image(demo, masked, serving, form):
    campaign = {"IMD_WIDGETS_CAMPAIGN_URL": demo.address}
    bare = serving("widgets", "serve", "--port", "0", **masked, **campaign)
    assert httpx.get(f"{bare.address}/w/counter/convention.{form}?lang=ar").status_code == 200


def test_scripts_keep_their_media_type(monkeypatch):
    monkeypatch.setattr("starlette.responses.guess_type", lambda _path: ("text/plain", None))
    with TestClient(create_app(Settings())) as client:
        response = client.get("/static/copy.js")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
