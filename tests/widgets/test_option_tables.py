"""The tables in docs/widgets/ list all options."""

import re
from pathlib import Path

import pytest

from imd_widgets.countdown import CountdownOptions
from imd_widgets.events.event_list import EventListOptions
from imd_widgets.events.event_map import EventMapOptions
from imd_widgets.petitions.counter import CounterOptions
from imd_widgets.petitions.petition_widget import SignOptions
from imd_widgets.posters.posters import PostersOptions
from imd_widgets.registry import WIDGETS
from imd_widgets.sharing.share import ShareOptions
from imd_widgets.widget.options import Options, list_option_rows

DOCS = Path(__file__).parents[2] / "docs/widgets"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
IN_OTHER_WORDS = {
    "event-list": EventListOptions,
    "event-map": EventMapOptions,
    "posters": PostersOptions,
}
IN_THE_SAME_WORDS = {
    "countdown": CountdownOptions,
    "counter": CounterOptions,
    "screen": Options,
    "share": ShareOptions,
    "sign": SignOptions,
}
PAGES = IN_OTHER_WORDS | IN_THE_SAME_WORDS


def table(page: str) -> list[tuple[str, str, str, str]]:
    return ROW.findall((DOCS / f"{page}.md").read_text(encoding="utf-8"))


def test_every_widget_has_a_docs_page():
    assert {widget.options for widget in WIDGETS} <= set(PAGES.values())


@pytest.mark.parametrize(("page", "model"), PAGES.items())
def test_docs_list_the_options_in_order(page, model):
    assert [name for name, *_ in table(page)] == [row.name for row in list_option_rows(model)]


@pytest.mark.parametrize(("page", "model"), PAGES.items())
def test_docs_list_choices_and_defaults(page, model):
    told = {name: (values, default) for name, values, default, _ in table(page)}
    for row in list_option_rows(model):
        values, default = told[row.name]
        choices = ", ".join(f"`{choice}`" for choice in row.choices)
        assert values == (choices or values), row.name
        assert default == (f"`{row.default}`" if row.default else default), row.name


@pytest.mark.parametrize(("page", "model"), IN_THE_SAME_WORDS.items())
def test_docs_describe_options_as_the_builder_does(page, model):
    assert [meaning for *_, meaning in table(page)] == [row.help for row in list_option_rows(model)]
