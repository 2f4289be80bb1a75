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
async def test_a_wrong_option_is_a_widget_that_says_so(browser, query, sentence):
    answer = await browser.get(f"/w/countdown?{query}")
    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'class="mark"' in answer.text


async def test_it_says_so_in_the_language_of_the_page(browser):
    answer = await browser.get("/w/countdown?lang=es&theme=rojo")
    assert "Los colores son uno de estos: auto, light, dark." in answer.text
    assert '<html lang="es" dir="ltr">' in answer.text


async def test_every_fault_is_named_at_once(browser):
    answer = await browser.get("/w/countdown?theme=red&zone=x&nope=1")
    assert answer.text.count("<li>") == 3


async def test_what_was_sent_comes_back_as_text_only(browser):
    answer = await browser.get("/w/countdown", params={"<img src=x>": "1"})
    assert "<img" not in answer.text
    assert "&lt;img src=x&gt;" in answer.text


async def test_a_value_that_was_sent_is_not_repeated(browser):
    answer = await browser.get("/w/countdown?theme=somebody@example.org")
    assert "somebody" not in answer.text


async def test_a_long_name_is_cut(browser):
    answer = await browser.get("/w/countdown", params={"x" * 5000: "1"})
    assert len(answer.text) < 9000


async def test_a_regional_language_is_its_language(browser):
    answer = await browser.get("/w/countdown?lang=es-MX")
    assert '<html lang="es" dir="ltr">' in answer.text


@pytest.mark.parametrize(("theme", "schemes"), [("light", 0), ("dark", 0), ("auto", 1)])
async def test_only_auto_asks_the_page_around_it_for_its_colours(browser, theme, schemes):
    answer = await browser.get(f"/w/countdown?theme={theme}")
    assert answer.text.count("prefers-color-scheme") == schemes


async def test_an_address_that_an_editor_escaped_twice_is_read_as_it_was_meant(browser):
    answer = await browser.get("/w/countdown?lang=fr&amp;theme=dark&amp;amp;zone=Asia/Manila")
    assert (
        answer.text == (await browser.get("/w/countdown?lang=fr&theme=dark&zone=Asia/Manila")).text
    )
