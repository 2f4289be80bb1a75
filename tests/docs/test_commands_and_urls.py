"""Commands, URLs and variables named in the docs exist; commands and endpoints are documented."""

import argparse
import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from starlette.routing import Route

from imd_campaign.app import create_app as create_campaign
from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings as CampaignSettings
from imd_cli.main import build_parser
from imd_console.app import create_app as create_console
from imd_widgets.app import create_app as create_widgets
from imd_widgets.settings import Settings as WidgetSettings

ROOT = Path(__file__).parents[2]
DEMO = "http://127.0.0.1:1218"


def texts(*patterns: str) -> dict[str, str]:
    files = sorted(file for pattern in patterns for file in ROOT.glob(pattern))
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}


PAGES = texts("*.md", "docs/**/*.md")
del PAGES["CHANGELOG.md"]  # also names what no longer exists
SOURCES = texts("src/**/*.py")

each_page = pytest.mark.parametrize("page", PAGES)


# --- commands ------------------------------------------------------------------------------------


def test_no_command_installs_the_name_from_an_index():
    """The package is not published, so somebody else could publish one with its name."""
    command = re.compile(r"pip install [^\n`]*\bimd-sdk\b")
    assert [name for name, text in (PAGES | SOURCES).items() if command.search(text)] == []


BLOCK = re.compile(r"^```(?:sh|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(
    r"(?:^|[;&|(/]\s*|\s\s|bin/)imd (?=[a-z-])([^;&>)'\n]*(?:'[^'\n]*')?[^;&>)'\n]*)"
)
PARSER = build_parser()


def commands(text: str) -> Iterator[list[str]]:
    """The words after `imd`, in blocks and in inline code; `a|b` are two commands."""
    blocks = [block.replace("\\\n", " ") for block in BLOCK.findall(text)]
    lines = itertools.chain.from_iterable(block.splitlines() for block in blocks)
    for code in [*lines, *CODE.findall(text)]:
        for found in COMMAND.findall(code):
            words = [
                word.split("|") for word in shlex.split(found.replace("\\|", "|"), comments=True)
            ]
            yield from map(list, itertools.product(*words))


def resolve(words: list[str]) -> tuple[argparse.ArgumentParser, list[str], list[str]]:
    """Return the parser that the words select, the words up to it, and its arguments."""
    parser, path, rest = PARSER, [], list(words)
    while rest and rest[0] in (choices := subcommands(parser)):
        path.append(rest.pop(0))
        parser = choices[path[-1]]
    return parser, path, rest


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


def error_in(words: list[str]) -> str | None:
    parser, _, rest = resolve(words)
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    if unknown := set(options) - parser._option_string_actions.keys():
        return f"imd {shlex.join(words)}: no option {unknown}"
    if subcommands(parser) and rest and re.match("[a-z]", rest[0]):
        return f"imd {shlex.join(words)}: no command {rest[0]}"
    return None


def leaves(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    found = subcommands(parser)
    if not found:
        yield path
    for name, part in found.items():
        yield from leaves(part, (*path, name))


@pytest.mark.parametrize(
    "name", [name for name, text in (PAGES | SOURCES).items() if "imd " in text]
)
def test_named_commands_exist(name):
    found = commands((PAGES | SOURCES)[name])
    assert [error for words in found if (error := error_in(words))] == []


def test_every_command_is_documented():
    named = {tuple(resolve(words)[1]) for text in PAGES.values() for words in commands(text)}
    assert sorted(set(leaves(PARSER)) - named) == []


# --- the HTTP API --------------------------------------------------------------------------------

ENDPOINT = re.compile(r"(?:\b(GET|POST|PUT|PATCH|DELETE) )?(/v1/[\w{}./…-]*)(?:\?([\w=&]+))?")
PARAMETER = re.compile(r"{\w+}")


@pytest.fixture(scope="module")
def operations() -> dict[tuple[str, str], set[str]]:
    """Each method and path of the OpenAPI document, with the names of its query parameters."""
    settings = CampaignSettings(secret="s" * 40, public_key=new_key_pair()[0])
    document = create_campaign(settings).state.document
    return {
        (method.upper(), PARAMETER.sub("{}", path)): {
            parameter["name"]
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "query"
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def is_path_of(named: str, template: str) -> bool:
    named = PARAMETER.sub("{}", named)
    if named.endswith(("/", "…")):
        return template.startswith(named.rstrip("…"))
    concrete = re.escape(template).replace(r"\{\}", r"[^/]+")
    return named.rstrip(".") == template or bool(re.fullmatch(concrete, named.rstrip(".")))


@each_page
def test_named_endpoints_exist(page, operations):
    missing = []
    for method, path, query in ENDPOINT.findall(PAGES[page]):
        names = set(re.findall(r"(\w+)=", query))
        if not any(
            is_path_of(path, template) and method in ("", there) and names <= parameters
            for (there, template), parameters in operations.items()
        ):
            missing.append(f"{method} {path}?{query}")
    assert missing == []


def test_every_endpoint_is_documented(operations):
    named = {
        (method, PARAMETER.sub("{}", path))
        for line in PAGES["docs/http-api.md"].splitlines()
        for method in re.findall(r"\b(?:GET|POST|PUT|PATCH|DELETE)\b", line)
        for path in re.findall(r"/(?:v1/[\w{}./-]*\w}?|healthz)", line)
    }
    assert sorted(operations.keys() - named) == []


# --- URLs of the widgets server ------------------------------------------------------------------

# Code that begins with a slash: a path of ours, unless it is a file or a route of the reader's app.
PATH = re.compile(r"^(?:GET )?(/[\w{}./…-]*)(?:\?.*)?$")
FOREIGN = re.compile(r"^/(?:v1|etc|srv)/|^/sign$")
URL = re.compile(rf"{re.escape(DEMO)}(/[^\s\"'<>`)\\]*)")


@each_page
def test_named_paths_are_routes(page):
    apps = (create_widgets(WidgetSettings()), create_console(_get_no_context))
    routes = [route for app in apps for route in app.routes if isinstance(route, Route)]
    named = [match[1] for code in CODE.findall(PAGES[page]) if (match := PATH.match(code))]
    assert [path for path in named if not FOREIGN.match(path) and not is_route(path, routes)] == []


def _get_no_context() -> NoReturn:
    raise LookupError("nobody sends a request")


def is_route(path: str, routes: list[Route]) -> bool:
    if path.endswith(("/", "…")):
        return any(route.path.startswith(path.rstrip("…")) for route in routes)
    return any(route.path_regex.match(PARAMETER.sub("x", path)) for route in routes)


# Its URLs are of the reader's own campaign: tests/journeys/test_tutorial.py opens them.
NOT_OF_THE_DEMO = {"docs/campaign/tutorial.md"}


@pytest.mark.parametrize("page", sorted(PAGES.keys() - NOT_OF_THE_DEMO))
def test_demo_urls_can_be_opened(page, demo):
    urls = {url.replace("&amp;", "&") for url in URL.findall(PAGES[page])}
    failed = [
        url for url in sorted(urls) if httpx.get(demo.address + url, timeout=60).status_code >= 400
    ]
    assert failed == []


# --- variables of the environment ----------------------------------------------------------------

VARIABLE = re.compile(r"\bIMD_[A-Z_]+[A-Z]\b")
FOREIGN_VARIABLES = {"IMD_WEBHOOK_SECRETS"}  # read by the sample handler on the page
KNOWN = {
    f"{model.model_config['env_prefix']}{field.upper()}"
    for model in (CampaignSettings, WidgetSettings)
    for field in model.model_fields
} | {
    name for file, text in SOURCES.items() if "imd_sdk/" in file for name in VARIABLE.findall(text)
}


@each_page
def test_named_variables_are_read(page):
    assert set(VARIABLE.findall(PAGES[page])) - KNOWN - FOREIGN_VARIABLES == set()
