"""Tables in the docs are renewed by what benchmarks print."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/renew_tables.py"
PAGE = "# Page\n\n| a | b |\n|---|--:|\n| x | 1 |\n\nWords | of ours.\n\n| c |\n|---|\n| y |\n"


@pytest.fixture(scope="module")
def renewed():
    spec = importlib.util.spec_from_file_location("renew_tables", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.renewed


def test_a_table_is_renewed_where_its_head_stands(renewed):
    page, _ = renewed(PAGE, "# run\n| a   | b |\n| --- | - |\n| x   | 2 |\n\n")
    assert page == PAGE.replace(
        "| a | b |\n|---|--:|\n| x | 1 |", "| a   | b |\n| --- | - |\n| x   | 2 |"
    )


def test_a_table_that_has_no_place_is_told(renewed):
    page, homeless = renewed(PAGE, "| new | b |\n| --- | - |\n| x   | 2 |\n")
    assert (page, homeless) == (PAGE, [("new", "b")])
