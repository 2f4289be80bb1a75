"""scripts/update_tables.py replaces the tables in the docs with new results."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/update_tables.py"
PAGE = "# Page\n\n| a | b |\n|---|--:|\n| x | 1 |\n\nWords | of ours.\n\n| c |\n|---|\n| y |\n"


@pytest.fixture(scope="module")
def replace_tables():
    spec = importlib.util.spec_from_file_location("update_tables", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.replace_tables


def test_table_with_the_same_heading_is_replaced(replace_tables):
    page, _ = replace_tables(PAGE, "# run\n| a   | b |\n| --- | - |\n| x   | 2 |\n\n")
    assert page == PAGE.replace(
        "| a | b |\n|---|--:|\n| x | 1 |", "| a   | b |\n| --- | - |\n| x   | 2 |"
    )


def test_table_without_a_match_is_reported(replace_tables):
    page, unmatched = replace_tables(PAGE, "| new | b |\n| --- | - |\n| x   | 2 |\n")
    assert (page, unmatched) == (PAGE, [("new", "b")])
