"""Letters are texts in `locales/{tag}.toml`: `[folder.kind]`, for the folder that sends them."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.languages import Language, chosen

SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    lang: str
    subject: str
    text: str

    def values(self) -> dict[str, str]:
        return asdict(self)

    def __repr__(self) -> str:
        return "Letter(…)"


def language_for(reader: str | None) -> Language:
    return Language(chosen(list(catalogues()), reader))


def write(folder: str, kind: str, *, to: str, language: Language, **values: str) -> Letter:
    texts = catalogues()[language.tag][folder][kind]
    shown = {name: language.set_off(value) for name, value in values.items()}
    return Letter(
        to=to,
        lang=language.tag,
        subject=texts["subject"].format(**shown),
        text=texts["text"].format(**shown),
    )


def local_time(zone: ZoneInfo, language: Language) -> str:
    words: str = catalogues()[language.tag]["local_time"]
    return words.format(place=language.city(zone))


def payment_due(language: Language) -> str:
    words: str = catalogues()[language.tag]["payment_due"]
    return words


@cache
def catalogues() -> Mapping[str, Mapping[str, Any]]:
    """By their tags, the source first, for it is sent where there is no other."""
    found = (file for file in (files("imd_campaign") / "locales").iterdir() if _is_toml(file.name))
    texts = {file.name[:-5]: tomllib.loads(file.read_text(encoding="utf-8")) for file in found}
    return {SOURCE: texts.pop(SOURCE), **dict(sorted(texts.items()))}


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")
