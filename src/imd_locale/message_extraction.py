"""Brings the catalogues of a package up to date with the messages in its code and templates."""

import argparse
import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEPT_HEADERS = ("Language:", "MIME-", "Content-", "Plural-Forms:")
REVIEW = re.compile(r'^"X-Native-Review: (.*)\\n"$', re.MULTILINE)
UNREVIEWED = "no"


def extract_messages(package: Path) -> Catalog:
    template = Catalog(project="imd-sdk", charset="utf-8")
    found = extract_from_dir(package, METHODS, OPTIONS)
    for name, _line, message, comments, context in found:
        template.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return template


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as lines:
        return read_po(lines, locale=path.stem.replace("-", "_"))


def read_native_review(path: Path) -> str:
    review = REVIEW.search(path.read_text(encoding="utf-8")) if path.exists() else None
    return review[1] if review else ""


def update_catalogue(path: Path, template: Catalog) -> Catalog:
    updated = read_catalogue(path) if path.exists() else Catalog(locale=path.stem.replace("-", "_"))
    updated.update(template, no_fuzzy_matching=True)
    updated.header_comment = ""
    updated.fuzzy = False
    written = BytesIO()
    write_po(
        written, updated, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True
    )
    review = read_native_review(path) or UNREVIEWED
    path.write_text(_replace_header(written.getvalue().decode(), review), encoding="utf-8")
    return updated


def is_translated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(forms)


def _replace_header(text: str, review: str) -> str:
    head, body = text.split("\n\n", 1)
    lines = [
        line
        for line in head.splitlines()
        if line.startswith("msg") or line.removeprefix('"').startswith(KEPT_HEADERS)
    ]
    return "\n".join([*lines, f'"X-Native-Review: {review}\\n"', "", body])


def update_package(package: Path, arguments: list[str] | None = None) -> None:
    """Update the catalogues of a package: the program `python -m PACKAGE.messages`."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {package.name}.messages",
        description="Bring the catalogues up to date with the messages in code and templates.",
    )
    parser.add_argument("language", nargs="*", help="a tag such as pt-BR; all that there are")
    tags = parser.parse_args(arguments).language
    template, locales = extract_messages(package), package / "locales"
    for path in [locales / f"{tag}.po" for tag in tags] or sorted(locales.glob("*.po")):
        updated = update_catalogue(path, template)
        missing = sum(not is_translated(message) for message in updated if message.id)
        sys.stdout.write(f"{path.name}: {missing} of {len(template)} not translated\n")
