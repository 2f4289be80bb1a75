"""Renders templates in the language of a request."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context as TemplateContext
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from imd_campaign.posters.prices import format_price
from imd_campaign.posters.schemas import Money
from imd_campaign.staff import sessions
from imd_console.assets import get_style_version
from imd_console.forms import EMPTY
from imd_console.languages import read_languages
from imd_console.names import describe
from imd_console.staff_request import StaffRequest
from imd_locale.translated_language import TranslatedLanguage


def render(
    request: StaffRequest, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
) -> Response:
    """Render a page; a notice that was left for it is shown, and deleted."""
    environment = _make_environment(request.language.tag)
    page = environment.get_template(template).render(
        request=request,
        form=values.pop("form", EMPTY),
        notice=_take_notice(request),
        languages=read_languages(),
        style_version=get_style_version(request.language.tag),
        **values,
    )
    response = HTMLResponse(_strip_lines(page), status_code=status)
    if request.new_form_cookie:
        request.cookies.put(response, request.cookies.form, request.new_form_cookie)
    return response


def redirect(path: str) -> Response:
    """Show another page after a form: reloading it sends nothing again."""
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER)


def redirect_with_token(request: StaffRequest, path: str, token: str) -> Response:
    """Give the session its new token: copies of the cookie no longer work."""
    response = redirect(path)
    request.cookies.begin_session(response, token)
    return response


def redirect_with_secrets(
    request: StaffRequest, path: str, message: str, shown_once: Sequence[str]
) -> Response:
    """Show a message on the next page, with secrets that are not shown again."""
    notice = {"message": message, "shown_once": list(shown_once)}
    token = sessions.leave_secrets(request.context, request.own_session, notice)
    return redirect_with_token(request, path, token)


def _take_notice(request: StaffRequest) -> Mapping[str, Any] | None:
    current = request.current
    if current is None or current.notice is None:
        return None
    sessions.drop_notice(request.context, current.session.id)
    return current.notice


@cache
def _make_environment(tag: str) -> Environment:
    language = read_languages()[tag]
    jinja = Environment(
        loader=PackageLoader("imd_console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    install: Any = getattr(jinja, "install_gettext_translations")  # noqa: B009 - the extension's
    install(language.translations, newstyle=True)
    jinja.globals.update(
        language=language, ngettext=_localise_digits(jinja.globals["ngettext"], language)
    )
    jinja.filters.update(
        number=language.number,
        date=language.date,
        moment=language.moment,
        local_moment=_make_local_moment(language),
        territory=language.territory,
        paragraphs=split_paragraphs,
        verbatim=keep_line_breaks,
        called=partial(describe, language),
        money=partial(_format_money, language),
    )
    return jinja


def _format_money(language: TranslatedLanguage, money: Money) -> str:
    return format_price(money.amount, money.currency, language)


def _make_local_moment(language: TranslatedLanguage) -> Callable[[Any], str]:
    """Make a filter for a moment in its own zone."""

    def format_moment(value: Any) -> str:
        return language.moment(value, value.tzinfo)

    return format_moment


def _localise_digits(ngettext: Any, language: TranslatedLanguage) -> Callable[..., str]:
    @pass_context
    def count(context: TemplateContext, one: str, many: str, num: int, /, **values: Any) -> str:
        text: str = ngettext(context, one, many, num, **{"num": language.number(num), **values})
        return text

    return count


def split_paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def keep_line_breaks(text: str) -> Markup:
    """Escape a text so that its lines, also empty ones, survive `_strip_lines`."""
    return escape("\n".join(text.splitlines())).replace("\n", Markup("&#10;"))


def _strip_lines(html: str) -> str:
    return "\n".join(line.strip() for line in html.splitlines() if line.strip())
