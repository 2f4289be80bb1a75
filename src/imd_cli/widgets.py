"""`imd widgets`: serve, embed or export the widgets."""

import argparse
import asyncio
import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imd_cli import server_runner
from imd_cli.argument_parser import Commands, add_command, add_group
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imd_widgets.embedding.export import ExportItem, ExportResult
    from imd_widgets.languages import Languages
    from imd_widgets.settings import Settings
    from imd_widgets.widget.options import Options
    from imd_widgets.widget.widget import Widget

PORT = 1219
PETITION = "convention"
NO_SERVER = "IMD_WIDGETS_PUBLIC_URL is not set: links to the widgets server are plain text"
TIMEOUT, DEADLINE = 20, 60
"""Longer than in a server, because nobody waits for an export."""
APPEARANCE = {"theme": "dark", "accent": "0a7d5a", "corners": "round", "font": "serif"}


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "widgets", help="serve, embed or export the widgets of a campaign")
    parser = add_command(
        verbs, "serve", serve, help="serve the widgets of the campaign at IMD_WIDGETS_CAMPAIGN_URL"
    )
    server_runner.add_address_options(parser, port=PORT)
    server_runner.add_workers_option(parser)
    server_runner.add_log_option(parser)

    parser = add_command(
        verbs, "snippet", print_snippet, help="print the HTML that embeds a widget"
    )
    parser.add_argument("widget", help="such as counter, countdown or events")
    parser.add_argument(
        "option", nargs="*", default=[], metavar="NAME=VALUE", help="such as theme=dark"
    )
    parser.add_argument("--lang", default="en", help="language of the widget (default en)")
    parser.add_argument("--petition", default=PETITION, help=f"default {PETITION}")

    parser = add_command(verbs, "export", export, help="write the widgets as static files")
    parser.add_argument("folder", type=Path, help="target folder; earlier files are replaced")
    parser.add_argument(
        "--widget", action="append", help="export only this widget; may be repeated"
    )
    parser.add_argument("--lang", action="append", help="language (default en); may be repeated")
    for name, example in APPEARANCE.items():
        parser.add_argument(f"--{name}", metavar="VALUE", help=f"such as {example}")
    parser.add_argument(
        "--option", action="append", metavar="NAME=VALUE", help="any other option; may be repeated"
    )
    parser.add_argument("--petition", default=PETITION, help=f"default {PETITION}")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print the name of every file that is written"
    )


def serve(arguments: argparse.Namespace) -> None:
    with require_extra("widgets"):
        from imd_widgets.app import create_app

    settings = _read_settings()
    listener = server_runner.listen(arguments.host, arguments.port)
    greeting = f"Widgets: {server_runner.get_url(listener)} (press Ctrl-C to stop)"
    server_runner.run(
        partial(create_app, settings),
        listener,
        greeting=greeting,
        workers=arguments.workers,
        trusted_proxies=settings.trusted_proxies,
        log_format=arguments.log_format,
    )


def print_snippet(arguments: argparse.Namespace) -> None:
    with require_extra("widgets"):
        from imd_widgets.embedding.snippet import make_snippet
        from imd_widgets.languages import read_languages

    languages = read_languages()
    widget = _find_widget(arguments.widget)
    given = [("lang", arguments.lang), *(_parse_pair(text) for text in arguments.option)]
    options = _read_options(widget, given, languages)
    path_params = {"petition": arguments.petition}
    language = languages[options.lang]
    print(make_snippet(widget, options, language, path_params, _read_settings().public_url).html)


def export(arguments: argparse.Namespace) -> int:
    """Write the widgets; print nothing on success, so that cron sends no e-mail."""
    with require_extra("widgets"):
        from imd_widgets.languages import read_languages
        from imd_widgets.registry import WIDGETS

    widgets = [_find_widget(key) for key in arguments.widget or ()] or WIDGETS
    appearance = [
        (name, value) for name in APPEARANCE if (value := getattr(arguments, name)) is not None
    ]
    given = [*appearance, *(_parse_pair(text) for text in arguments.option or ())]
    _check_options(widgets, given)
    languages, petition = read_languages(), arguments.petition
    items = [
        _make_item(widget, [("lang", lang), *given], petition, languages)
        for widget in widgets
        for lang in arguments.lang or ("en",)
    ]
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        return asyncio.run(_export_items(items, arguments.folder, verbose=arguments.verbose))
    except OSError as error:
        raise CommandError(f"{arguments.folder}: {error.strerror}") from error


def _check_options(widgets: "Sequence[Widget[Any]]", given: "list[tuple[str, str]]") -> None:
    known = {name for widget in widgets for name in widget.options.model_fields}
    for name, _ in given:
        if name not in known:
            raise CommandError(f"no exported widget has the option {name}", status=2)


def _make_item(
    widget: "Widget[Any]", given: "list[tuple[str, str]]", petition: str, languages: "Languages"
) -> "ExportItem":
    """Make the item to export from those options that the widget has."""
    from imd_widgets.embedding.export import ExportItem

    own = [(name, value) for name, value in given if name in widget.options.model_fields]
    options = _read_options(widget, own, languages)
    chosen = options.model_dump(mode="json", exclude_defaults=True, exclude={"lang"})
    return ExportItem(widget, options.lang, petition, tuple((n, str(v)) for n, v in chosen.items()))


def _read_options(
    widget: "Widget[Any]", given: "list[tuple[str, str]]", languages: "Languages"
) -> "Options":
    from starlette.datastructures import QueryParams

    from imd_widgets.widget.options import InvalidOptions, read_options

    try:
        options: Options = read_options(widget.options, QueryParams(given), languages)
    except InvalidOptions as error:
        if "lang" in error.errors:
            known = ", ".join(sorted(languages))
            message = f"unknown language {dict(given)['lang']}; known languages: {known}"
            raise CommandError(message, status=2) from error
        raise CommandError(" ".join(error.errors.values()), status=2) from error
    return options


async def _export_items(items: "list[ExportItem]", folder: Path, *, verbose: bool) -> int:
    from imd_sdk import AsyncClient
    from imd_widgets.app import create_app
    from imd_widgets.embedding.export import export_widgets

    settings, exported = _read_settings(), list["ExportResult"]()
    server = settings.public_url if "public_url" in settings.model_fields_set else None
    if not verbose:
        logging.getLogger().addHandler(logging.NullHandler())
    elif server is None:
        print(NO_SERVER, file=sys.stderr)
    async with AsyncClient(settings.campaign_url, timeout=TIMEOUT, deadline=DEADLINE) as client:
        async for result in export_widgets(create_app(settings, client), server, items, folder):
            exported.append(result)
            for name in result.written if verbose else ():
                print(name)
    failures = list(_list_failures(exported))
    for line in failures:
        print(f"imd: {line}", file=sys.stderr)
    return 1 if failures else 0


def _list_failures(exported: "Sequence[ExportResult]") -> "Iterator[str]":
    """One line for each widget and problem, or one for all."""
    problems = {problem for result in exported for problem in result.problems}
    if len(problems) == 1 and not any(result.written for result in exported):
        yield f"no widget was updated: {problems.pop()}"
        return
    for result in exported:
        for problem, names in result.problems.items():
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            yield f"{names[0]}{more} not updated: {problem}"


def _find_widget(key: str) -> "Widget[Any]":
    from imd_widgets.registry import WIDGETS

    known = {widget.key: widget for widget in WIDGETS}
    if key not in known:
        raise CommandError(f"unknown widget {key}; known widgets: {', '.join(known)}", status=2)
    return known[key]


def _parse_pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise CommandError(f"{text}: options must be NAME=VALUE", status=2)
    return name, value


def _read_settings() -> "Settings":
    from imd_widgets.settings import Settings

    return server_runner.read_settings(Settings)
