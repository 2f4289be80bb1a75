"""Letters are texts in a `letters.toml` beside the service that sends them: `[kind.language]`."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

from imd_campaign.languages import chosen

Texts = Mapping[str, Mapping[str, Mapping[str, str]]]


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


def write(folder: str, kind: str, *, to: str, lang: str | None, **values: str) -> Letter:
    texts = _read(folder)[kind]
    language = chosen(list(texts), lang)
    text = texts[language]
    return Letter(
        to=to,
        lang=language,
        subject=text["subject"].format(**values),
        text=text["text"].format(**values),
    )


@cache
def _read(folder: str) -> Texts:
    source = files("imd_campaign") / folder / "letters.toml"
    texts: Texts = tomllib.loads(source.read_text(encoding="utf-8"))
    return texts
