"""The README shows the snippet, the number of widgets and small images."""

import re
from pathlib import Path

from imd_cli.main import main
from imd_widgets.registry import WIDGETS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MAX_BYTES = 60_000


def test_snippet_is_the_one_that_the_command_prints(capsys):
    main(["widgets", "snippet", "counter"])
    assert capsys.readouterr().out in README


def test_number_of_widgets_is_right():
    words = {7: "seven", 8: "eight", 9: "nine"}
    assert f"{words[len(WIDGETS)]} embeddable widgets" in README


def test_images_are_small():
    images = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert images
    assert [path for path in images if (ROOT / path).stat().st_size > MAX_BYTES] == []
