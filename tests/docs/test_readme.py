"""The README says what is there."""

import re
from pathlib import Path

from imd_cli.main import main
from imd_widgets.registry import WIDGETS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SMALL = 60_000


def test_the_snippet_is_the_one_that_the_builder_makes(capsys):
    main(["widgets", "snippet", "counter"])
    assert capsys.readouterr().out in README


def test_the_widgets_are_counted():
    words = {7: "seven", 8: "eight", 9: "nine"}
    assert f"{words[len(WIDGETS)]} embeddable widgets" in README


def test_pictures_are_small():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert [path for path in pictures if (ROOT / path).stat().st_size > SMALL] == []
