from collections.abc import Callable
from functools import cache
from typing import Any

from babel.core import get_global
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from imd_widgets.assets import script
from imd_widgets.languages import Language, Languages, read_languages
from imd_widgets.responses.headers import Page
from imd_widgets.theme import PLAIN, Appearance, style

OWN_STYLES = {
    **dict.fromkeys(("bn", "hi", "ne"), ("roomy",)),
    **dict.fromkeys(("ar", "fa"), ("roomy", "rtl")),
    "ur": ("roomy", "rtl", "nastaliq"),
    "ko": ("whole_words",),
    "my": ("tall",),
}


class Pages:
    def __init__(self, languages: Languages) -> None:
        self._environments = {
            tag: _environment(language, languages) for tag, language in languages.items()
        }

    def render(
        self,
        template: str,
        language: Language,
        *,
        look: Appearance = PLAIN,
        styles: tuple[str, ...] = (),
        scripts: tuple[str, ...] = (),
        **values: Any,
    ) -> Page:
        css = style(look, *styles, *OWN_STYLES.get(language.tag, ()))
        js = tuple(script(name) for name in scripts)
        jinja = self._environments[language.tag]
        html = jinja.get_template(template).render(css=css, js=js, **values)
        return Page(_tight(html), (css,), js)


@cache
def read_pages() -> Pages:
    """Templates and catalogues come with the package: each is compiled once a process."""
    return Pages(read_languages())


def _environment(language: Language, languages: Languages) -> Environment:
    jinja = Environment(
        loader=PackageLoader("imd_widgets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    install: Any = getattr(jinja, "install_gettext_translations")  # noqa: B009 - the extension's
    install(language.translations, newstyle=True)
    jinja.globals.update(
        language=language,
        languages=languages,
        ngettext=_with_own_digits(jinja.globals["ngettext"], language),
    )
    jinja.filters.update(
        number=language.number,
        digits=language.digits,
        percent=language.percent,
        date=language.date,
        day=language.day,
        territory=language.territory,
        open_graph_locale=open_graph_locale,
        paragraphs=paragraphs,
        verbatim=verbatim,
    )
    return jinja


def _with_own_digits(ngettext: Any, language: Language) -> Callable[..., str]:
    @pass_context
    def counted(context: Context, one: str, many: str, num: int, /, **values: Any) -> str:
        text: str = ngettext(context, one, many, num, **{"num": language.number(num), **values})
        return text

    return counted


def paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def verbatim(text: str) -> Markup:
    """Text whose lines, the empty ones too, outlive `_tight`."""
    return escape("\n".join(text.splitlines())).replace("\n", Markup("&#10;"))


def _tight(html: str) -> str:
    return "\n".join(line.strip() for line in html.splitlines() if line.strip())


@cache
def open_graph_locale(tag: str) -> str:
    """A language with the country where most speak it: https://ogp.me/#optional"""
    language, *more = tag.split("-")
    likely = str(get_global("likely_subtags").get(tag.replace("-", "_"), ""))
    territory = next((part for part in (*more, *likely.split("_")) if _is_territory(part)), "")
    return f"{language}_{territory}" if territory else language


def _is_territory(subtag: str) -> bool:
    return len(subtag) == len("MX") and subtag.isupper()
