import unicodedata

import pytest

from imd_widgets.languages import read_languages
from imd_widgets.site_check import findings as said
from imd_widgets.site_check.fetcher import FetchedPage
from imd_widgets.site_check.page_elements import MAX_TAG_LENGTH, MAX_TAGS

ENGLISH = read_languages()["en"]
OURS = "https://widgets.example"
FRAME = (
    f'<iframe src="{OURS}/w/counter/convention" title="Counter" sandbox="allow-popups"></iframe>'
)


def found(html: str = FRAME, url: str = "https://ally.example/", **headers: str) -> list[str]:
    fetched = FetchedPage(url, {n.replace("_", "-"): v for n, v in headers.items()}, html)
    return [finding.sentence for finding in said.list_findings(fetched, OURS, ENGLISH)]


def about(sentence: str) -> str:
    return sentence % {"origin": OURS} if "%(" in sentence else sentence


def test_good_page_has_only_good_findings():
    assert found() == [said.WIDGET_FOUND, said.NO_TOP]


@pytest.mark.parametrize(
    ("html", "headers", "sentence"),
    [
        ("<p>Nothing", {}, said.NO_WIDGET),
        (FRAME, {"content_security_policy": "frame-src 'self'"}, said.FRAMES_BLOCKED),
        (
            f"<meta http-equiv=content-security-policy content=\"default-src 'none'\">{FRAME}",
            {},
            said.FRAMES_BLOCKED,
        ),
        (
            f'{FRAME}<script src="{OURS}/embed.js"></script>',
            {"content_security_policy": "script-src 'self'"},
            said.SCRIPT_BLOCKED,
        ),
        (
            f'<img src="{OURS}/w/counter/convention.png">',
            {"content_security_policy": "img-src 'self'"},
            said.IMAGE_BLOCKED,
        ),
        (FRAME.replace("https:", "http:"), {}, said.INSECURE),
        (FRAME.replace(' title="Counter"', ""), {}, said.UNTITLED),
        (FRAME.replace("allow-popups", "allow-scripts"), {}, said.NO_LINKS),
        (FRAME, {"cross_origin_embedder_policy": "require-corp"}, said.ISOLATED),
    ],
)
def test_problems_are_found(html, headers, sentence):
    assert about(sentence) in found(html, **headers)


def test_frames_of_other_sites_are_ignored():
    assert said.UNTITLED not in found('<iframe src="https://other.example/"></iframe>')


def test_element_counts_as_a_widget():
    assert said.WIDGET_FOUND in found('<imd-widget widget="counter"></imd-widget>')


@pytest.mark.parametrize(("tags", "seen"), [(MAX_TAGS - 10, True), (MAX_TAGS + 10, False)])
def test_number_of_parsed_tags_is_bounded(tags, seen):
    assert (said.WIDGET_FOUND in found("<p>" * tags + FRAME)) is seen


@pytest.mark.parametrize("unreadable", ["<![x[ ]]>", "&#" + "9" * 5_000 + ";"])
def test_unparsable_markup_ends_the_page(unreadable):
    assert found(f"{FRAME}{unreadable}<p>") == [said.WIDGET_FOUND, said.NO_TOP]


def test_very_long_tag_is_skipped():
    endless = f"<div {'a ' * MAX_TAG_LENGTH}>"
    assert found(f"{endless}{FRAME}") == [said.WIDGET_FOUND, said.NO_TOP]


def test_very_long_url_is_not_normalised(monkeypatch):
    def fail(_form: str, _text: str) -> str:
        raise RuntimeError

    address = "//a" + "\u0301\u0316" * 2_000
    with monkeypatch.context() as patched:
        patched.setattr(unicodedata, "normalize", fail)
        sentences = found(f'{FRAME}<iframe src="{address}">')
    assert sentences == [said.WIDGET_FOUND, said.NO_TOP]
