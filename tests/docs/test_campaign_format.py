"""docs/campaign/files.md lists every key of a campaign's files."""

import importlib.util
from pathlib import Path

import pytest

from imd_campaign.campaign_files.schemas import FILES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/campaign/files.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def make_table():
    spec = importlib.util.spec_from_file_location("format", ROOT / "scripts/campaign_format.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_table


@pytest.mark.parametrize("name", FILES)
def test_table_of_a_file_is_up_to_date(make_table, name):
    assert make_table(name, FILES[name]) in PAGE
