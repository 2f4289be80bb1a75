"""Write the folder of a new campaign: commented files with what the organisation has to fill in."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any

from pydantic import Field, model_validator

from imd_campaign.campaign_files.schemas import (
    MAX_SLUG_LENGTH,
    Contact,
    KnownLanguage,
    OptionalWebAddress,
    Slug,
    Title,
    describe,
)
from imd_campaign.events.schemas import ShortLine, TimeZone, WebAddress
from imd_campaign.field_types import Input

TEMPLATES = files("imd_campaign") / "campaign_files" / "templates"
FOLDERS = ("petitions", "posters")
OPTIONAL_FILES = ("events.toml", "posters.toml", "share_kit.toml", "resources.toml")
DEFAULT_SLUG = "petition"


class Answers(Input):
    """What `imd campaign init` asks."""

    name: ShortLine = describe("name of the campaign")
    languages: Annotated[list[KnownLanguage], Field(min_length=1)] = describe(
        "languages of its texts, the most important first"
    )
    time_zone: TimeZone = describe("time zone", default="UTC")
    website: WebAddress = describe("website")
    donate: OptionalWebAddress = describe("page for donations", default="")
    organisation: ShortLine = describe("organisation that is responsible")
    contact: Contact = describe("its e-mail address or URL for questions")
    petition: Title = describe("title of the petition")
    target: Title = describe("to whom it is addressed")
    slug: Slug = describe("short name of the petition in URLs, which never changes")

    @model_validator(mode="before")
    @classmethod
    def _derive_slug(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("slug"):
            return {**values, "slug": make_slug(str(values.get("petition", "")))}
        return values


def make_slug(title: str) -> str:
    """Derive a slug from the first words of a title in the Latin script."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    slug = ""
    for word in words:
        longer = f"{slug}-{word}".removeprefix("-")
        if len(longer) > MAX_SLUG_LENGTH:
            break
        slug = longer
    return slug or DEFAULT_SLUG


def write_folder(folder: Path, answers: Answers, now: datetime) -> Sequence[Path]:
    """Write all files; raise `FileExistsError` if the folder has anything in it."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    texts = _make_texts(answers, now)
    written = {name: _fill(name, texts) for name in ("campaign.toml", *OPTIONAL_FILES)}
    written[f"petitions/{answers.slug}.toml"] = _fill("petition.toml", texts)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in written]


def _make_texts(answers: Answers, now: datetime) -> Mapping[str, str]:
    first, *others = answers.languages
    quoted = {name: _quote(value) for name, value in answers.model_dump().items()}
    untranslated = {"title": "FILL IN: the title", "target": "FILL IN: to whom it is addressed"}
    own = {"title": answers.petition, "target": answers.target}
    return {
        **quoted,
        "year": str(now.year),
        "today": now.date().isoformat(),
        "first": first,
        "names": _write_names(answers),
        "texts": "\n".join(
            _fill("petition_text.toml", {"lang": lang, **_quote_all(values), "language": lang})
            for lang, values in [(first, own), *((lang, untranslated) for lang in others)]
        ),
    }


def _write_names(answers: Answers) -> str:
    first, *others = answers.languages
    names = {first: answers.name}
    names |= {lang: f"FILL IN: the name of the campaign ({lang})" for lang in others}
    return "\n".join(f"{lang} = {_quote(name)}" for lang, name in names.items())


def _fill(name: str, texts: Mapping[str, str]) -> str:
    template = (TEMPLATES / f"{name}.template").read_text(encoding="utf-8")
    return Template(template).substitute(texts)


def _quote_all(values: Mapping[str, str]) -> Mapping[str, str]:
    return {name: _quote(value) for name, value in values.items()}


def _quote(value: Any) -> str:
    """Write a text or a list of texts in TOML, whose basic strings are those of JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
