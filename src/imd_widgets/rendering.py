from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from babel.core import get_global
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from imd_locale.language_styles import LANGUAGE_STYLES
from imd_widgets.assets import load_script
from imd_widgets.languages import Language, Languages, read_languages
from imd_widgets.links import SERVER_LINKS, Links
from imd_widgets.responses.headers import RenderedPage, make_file_policy
from imd_widgets.theme import PLAIN, Appearance, make_style


@dataclass(frozen=True)
class PageRenderer:
    environments: Mapping[str, Environment]
    links: Links = SERVER_LINKS

    def with_links(self, links: Links) -> "PageRenderer":
        return replace(self, links=links)

    def render(
        self,
        template: str,
        language: Language,
        *,
        appearance: Appearance = PLAIN,
        styles: tuple[str, ...] = (),
        scripts: tuple[str, ...] = (),
        **values: Any,
    ) -> RenderedPage:
        css = make_style(appearance, *styles, *LANGUAGE_STYLES.get(language.tag, ()))
        js = tuple(load_script(name) for name in scripts)
        page = RenderedPage("", (css,), js)
        policy = make_file_policy(page) if self.links.is_static else ""
        jinja = self.environments[language.tag].get_template(template)
        html = jinja.render(css=css, js=js, links=self.links, file_policy=policy, **values)
        return replace(page, html=_strip_lines(html))


@cache
def make_renderer() -> PageRenderer:
    """Make the renderer once per process: templates and catalogues come with the package."""
    languages = read_languages()
    return PageRenderer(
        {tag: _make_environment(language, languages) for tag, language in languages.items()}
    )


def _make_environment(language: Language, languages: Languages) -> Environment:
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
        ngettext=_localise_digits(jinja.globals["ngettext"], language),
    )
    jinja.filters.update(
        number=language.number,
        digits=language.digits,
        percent=language.percent,
        date=language.date,
        day=language.day,
        territory=language.territory,
        open_graph_locale=to_open_graph_locale,
        paragraphs=split_paragraphs,
        verbatim=keep_line_breaks,
    )
    return jinja


def _localise_digits(ngettext: Any, language: Language) -> Callable[..., str]:
    @pass_context
    def counted(context: Context, one: str, many: str, num: int, /, **values: Any) -> str:
        text: str = ngettext(context, one, many, num, **{"num": language.number(num), **values})
        return text

    return counted


def split_paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def keep_line_breaks(text: str) -> Markup:
    """Escape text so that its lines, also empty ones, survive `_strip_lines`."""
    return escape("\n".join(text.splitlines())).replace("\n", Markup("&#10;"))


def _strip_lines(html: str) -> str:
    return "\n".join(line.strip() for line in html.splitlines() if line.strip())


@cache
def to_open_graph_locale(tag: str) -> str:
    """Return a language with its likeliest country: https://ogp.me/#optional"""
    language, *more = tag.split("-")
    likely = str(get_global("likely_subtags").get(tag.replace("-", "_"), ""))
    territory = next((part for part in (*more, *likely.split("_")) if _is_territory(part)), "")
    return f"{language}_{territory}" if territory else language


def _is_territory(subtag: str) -> bool:
    return len(subtag) == len("MX") and subtag.isupper()
