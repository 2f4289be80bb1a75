"""The embed codes of the builder."""

import re
from pathlib import Path

import pytest
from starlette.datastructures import QueryParams

from imd_widgets.embedding.snippet import make_snippet
from imd_widgets.languages import read_languages
from imd_widgets.registry import WIDGETS
from imd_widgets.widget.options import read_options

LANGUAGES = read_languages()


GUIDE = Path(__file__).parents[2] / "docs/widgets/embedding.md"
DEMO = "http://127.0.0.1:1218"


def embed_codes(key: str, query: str = "", home: str = "https://imd.example") -> dict[str, str]:
    widget = next(widget for widget in WIDGETS if widget.key == key)
    options = read_options(widget.options, QueryParams(query), LANGUAGES)
    language = LANGUAGES[options.lang]
    petition = "convention" if home == DEMO else "a b"
    snippet = make_snippet(widget, options, language, {"petition": petition}, home)
    return {code.name: code.text for code in snippet.list_embed_codes(LANGUAGES["fr"])}


@pytest.mark.parametrize("key", [widget.key for widget in WIDGETS])
def test_every_widget_has_all_embed_codes(key):
    assert list(embed_codes(key)) == ["address", "frame", "loader", "element"]


@pytest.mark.parametrize("name", ["frame", "loader", "element"])
def test_embed_codes_have_absolute_urls_and_no_style(name):
    text = embed_codes("counter", "theme=dark")[name]
    assert " style=" not in text
    assert set(re.findall(r'(?:src|href)="(.*?)/', text)) == {"https:"}


def test_guide_shows_the_same_embed_codes():
    guide = GUIDE.read_text(encoding="utf-8")
    plain = embed_codes("counter", home=DEMO)
    dressed = embed_codes("counter", "lang=es&theme=dark", home=DEMO)
    assert all(text in guide for text in (plain["frame"], dressed["element"]))
    assert plain["loader"].removeprefix(plain["frame"]) in guide


def test_loader_code_is_the_frame_and_one_script():
    given = embed_codes("countdown")
    script = '<script async src="https://imd.example/embed.js"></script>'
    assert given["loader"] == f"{given['frame']}\n{script}"


def test_element_has_the_options_and_a_fallback_link():
    assert embed_codes("counter", "lang=es&theme=dark")["element"].split("\n")[1] == (
        '<imd-widget widget="counter" petition="a b" lang="es" theme="dark">'
        '<a href="https://imd.example/petitions/a%20b?lang=es">Suma tu nombre</a></imd-widget>'
    )


def test_element_has_only_its_own_path_parameters():
    assert "petition=" not in embed_codes("countdown")["element"]


def test_path_parameter_is_escaped():
    widget = WIDGETS[0]
    options = read_options(widget.options, QueryParams(), LANGUAGES)
    snippet = make_snippet(
        widget, options, LANGUAGES["en"], {"petition": '"><b>'}, "https://imd.example"
    )
    assert all("<b>" not in code.text for code in snippet.list_embed_codes(LANGUAGES["en"]))


def test_embed_codes_are_named_in_the_language_of_the_page():
    widget = WIDGETS[0]
    options = read_options(widget.options, QueryParams("lang=ar"), LANGUAGES)
    snippet = make_snippet(
        widget, options, LANGUAGES["ar"], {"petition": "x"}, "https://imd.example"
    )
    assert [code.title for code in snippet.list_embed_codes(LANGUAGES["en"])] == [
        "Link to paste",
        "Iframe",
        "Auto-height iframe",
        "Custom element",
    ]
