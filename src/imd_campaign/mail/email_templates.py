"""Composes e-mails from the texts in `locales/{tag}.toml`, one table for each folder and kind."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from imd_locale.babel_locales import load_locale
from imd_locale.bidi import mark_direction
from imd_locale.language import Language
from imd_locale.language_loader import SOURCE, load_languages
from imd_locale.negotiation import choose_language

Catalogue: TypeAlias = Mapping[str, Any]


class CatalogueError(ValueError):
    """A translation that lacks an e-mail or cannot be filled in."""


@dataclass(frozen=True, slots=True)
class Email:
    to: str
    lang: str
    subject: str
    text: str
    unsubscribe: str | None = None
    """A URL that stops e-mail to the mailbox with one request, without a question (RFC 8058)."""

    def to_dict(self) -> dict[str, str | None]:
        return asdict(self)

    def with_unsubscribe(self, url: str) -> "Email":
        return replace(self, unsubscribe=url)

    def __repr__(self) -> str:
        return "Email(…)"


def choose_email_language(wanted: str | None) -> Language:
    return Language(choose_language(list(load_catalogues()), wanted))


def compose_email(folder: str, kind: str, *, to: str, language: Language, **values: str) -> Email:
    return Email(
        to=to,
        lang=language.tag,
        subject=fill_text(language, folder, kind, "subject", **values),
        text=fill_text(language, folder, kind, "text", **values),
    )


def fill_text(language: Language, folder: str, kind: str, part: str, **values: str) -> str:
    shown = {name: mark_direction(value, language.dir) for name, value in values.items()}
    text: str = load_catalogues()[language.tag][folder][kind][part]
    return text.format(**shown)


def format_zone_note(zone: ZoneInfo, language: Language) -> str:
    words: str = load_catalogues()[language.tag]["local_time"]
    return words.format(place=language.city(zone))


def get_payment_text(language: Language, kind: str, **values: str) -> str:
    words: str = load_catalogues()[language.tag][f"payment_{kind}"]
    return words.format(
        **{name: mark_direction(value, language.dir) for name, value in values.items()}
    )


def get_cancellation_text(language: Language) -> str:
    words: str = load_catalogues()[language.tag]["cancelled_by_host"]
    return words


@cache
def load_catalogues() -> Mapping[str, Catalogue]:
    """The texts of each language by its tag; English comes first, as the default."""
    return read_catalogues(files("imd_campaign") / "locales")


def read_catalogues(folder: Traversable) -> Mapping[str, Catalogue]:
    names = [entry.name for entry in folder.iterdir()]
    tags = [name.removesuffix(".toml") for name in names if name.endswith(".toml")]
    return load_languages(tags, partial(_read, folder), used_for="the e-mails")


def _read(folder: Traversable, tag: str) -> Catalogue:
    load_locale(tag)
    catalogue = _parse(folder, tag)
    if tag != SOURCE:
        _check_texts(dict(_flatten(catalogue)), dict(_flatten(_parse(folder, SOURCE))))
    return catalogue


def _parse(folder: Traversable, tag: str) -> Catalogue:
    return tomllib.loads((folder / f"{tag}.toml").read_text(encoding="utf-8"))


def _check_texts(texts: Mapping[str, str], source: Mapping[str, str]) -> None:
    """Find missing texts and placeholders before an e-mail is composed."""
    if missing := source.keys() - texts.keys():
        raise CatalogueError(f"there is no {min(missing)}")
    for name, text in source.items():
        fields = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
        try:
            texts[name].format(**dict.fromkeys(fields, ""))
        except (LookupError, ValueError, AttributeError) as error:
            raise CatalogueError(f"{name} has other placeholders than in English") from error


def _flatten(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield f"{path}{name}", value
        else:
            yield from _flatten(value, f"{path}{name}.")
