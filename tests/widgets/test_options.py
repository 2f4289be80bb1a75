import pytest

pytestmark = pytest.mark.anyio

WRONG = [
    ("theme=red", "The colour scheme must be one of: auto, light, dark."),
    ("lang=xx", "This widget is not available in this language."),
    ("colour=red", "There is no option “colour”."),
    ("theme=dark&theme=light", "“theme” is given more than once."),
    (
        "zone=Mars/Olympus",
        "The time zone must be reader, or a name such as Europe/Madrid or Asia/Manila.",
    ),
    (
        "zone=..%2F..%2Fetc%2Fpasswd",
        "The time zone must be reader, or a name such as Europe/Madrid or Asia/Manila.",
    ),
    ("zone=localtime", "The time zone must be reader, or a name such as Europe/Madrid"),
    ("button=", "The button must be one of: show, hide."),
    ("updates=yes", "Updates must be one of: on, off."),
]


@pytest.mark.parametrize(("query", "sentence"), WRONG)
async def test_invalid_option_is_explained_in_the_widget(browser, query, sentence):
    response = await browser.get(f"/w/countdown?{query}")
    assert response.status_code == 400
    assert sentence in response.text
    assert 'class="mark"' in response.text


async def test_error_is_in_the_language_of_the_widget(browser):
    response = await browser.get("/w/countdown?lang=es&theme=rojo")
    assert "Los colores son uno de estos: auto, light, dark." in response.text
    assert '<html lang="es" dir="ltr">' in response.text


async def test_all_errors_are_listed_at_once(browser):
    response = await browser.get("/w/countdown?theme=red&zone=x&nope=1")
    assert response.text.count("<li>") == 3


async def test_option_names_are_escaped_in_errors(browser):
    response = await browser.get("/w/countdown", params={"<img src=x>": "1"})
    assert "<img" not in response.text
    assert "&lt;img src=x&gt;" in response.text


async def test_option_values_are_not_repeated_in_errors(browser):
    response = await browser.get("/w/countdown?theme=somebody@example.org")
    assert "somebody" not in response.text


async def test_long_option_name_is_truncated(browser):
    response = await browser.get("/w/countdown", params={"x" * 5000: "1"})
    assert len(response.text) < 9000


async def test_regional_language_falls_back_to_its_language(browser):
    response = await browser.get("/w/countdown?lang=es-MX")
    assert '<html lang="es" dir="ltr">' in response.text


@pytest.mark.parametrize(("theme", "schemes"), [("light", 0), ("dark", 0), ("auto", 1)])
async def test_only_the_auto_theme_uses_prefers_color_scheme(browser, theme, schemes):
    response = await browser.get(f"/w/countdown?theme={theme}")
    assert response.text.count("prefers-color-scheme") == schemes


async def test_double_escaped_query_is_accepted(browser):
    response = await browser.get("/w/countdown?lang=fr&amp;theme=dark&amp;amp;zone=Asia/Manila")
    assert (
        response.text
        == (await browser.get("/w/countdown?lang=fr&theme=dark&zone=Asia/Manila")).text
    )
