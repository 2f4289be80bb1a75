import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from starlette.datastructures import QueryParams

from imd_locale.loading import SOURCE
from imd_widgets.languages import Language, Languages
from imd_widgets.theme import (
    Appearance,
    Corners,
    Theme,
    Typeface,
    six,
)

M = TypeVar("M", bound=BaseModel)

LONGEST_NAME = 40
LONGEST_VALUE = 1000
MOST_FIELDS = 50
MOST_FAULTS = 8
# What others hang on an address: newsletters, social networks, and pym.js for its own child.
HUNG_ON = re.compile(
    r"(utm|mc|mtm|pk|hsa)_\w+|_ga|_gl|_hsenc|_hsmi|mkt_tok|epik|yclid|igsh|igshid|srsltid"
    r"|(fb|g|d|ms|tw|tt)clid|(g|w)braid|li_fat_id"
    r"|initialWidth|childId|parentTitle|parentUrl"
)
ESCAPED_TWICE = re.compile("^(amp;)+")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    return message


def option(default: Any, *, title: str, help: str = "", wrong: str = "") -> Any:  # noqa: A002
    return Field(default=default, title=title, description=help, json_schema_extra={"wrong": wrong})


def _known_language(tag: str, info: ValidationInfo) -> str:
    languages: Languages = info.context["languages"] if info.context else Languages({})
    nearest = languages.nearest(tag)
    if nearest is None:
        raise ValueError
    return nearest.tag


def _colour(text: str) -> str:
    """As CSS has it, with or without its sign; what is kept has six digits and no sign."""
    digits = text.strip().removeprefix("#").lower()
    if not re.fullmatch("([0-9a-f]{3}){0,2}", digits):
        raise ValueError
    return six(digits)


@cache
def zones() -> tuple[str, ...]:
    regional = (name for name in available_timezones() if "/" in name and name[0].isupper())
    return ("UTC", *sorted(regional))


def known_zone(name: str) -> str:
    if name not in zones():
        raise ValueError
    return name


Lang = Annotated[str, AfterValidator(_known_language)]
Zone = Annotated[str, AfterValidator(known_zone)]
Accent = Annotated[str, AfterValidator(_colour)]


ONE_OF = N_("“%(name)s” must be one of: %(choices)s.")


@dataclass(frozen=True)
class Single:
    """One thing out of many: what it is called, its page, and the words of a link to it."""

    title: str
    page_path: str
    link: str


class Options(BaseModel):
    """The options every widget has."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=LONGEST_VALUE)

    lang: Lang = option(
        SOURCE,
        title=N_("Language"),
        help=N_("The language of the widget."),
        wrong=N_("This widget is not available in this language."),
    )
    theme: Theme = option(
        "auto",
        title=N_("Colour scheme"),
        help=N_("Light, dark, or the same as the page around it."),
        wrong=N_("The colour scheme must be one of: %(choices)s."),
    )
    accent: Accent = option(
        "",
        title=N_("Accent colour"),
        help=N_("A colour such as 0a7d5a. Text on it stays easy to read."),
        wrong=N_("A colour must be six digits or letters from a to f, such as 0a7d5a."),
    )
    corners: Corners = option(
        "soft",
        title=N_("Corners"),
        help=N_("How round buttons and fields are."),
        wrong=ONE_OF,
    )
    font: Typeface = option(
        "sans",
        title=N_("Typeface"),
        help=N_("Sans serif, serif, or the system font of the reader's device."),
        wrong=ONE_OF,
    )

    @property
    def look(self) -> Appearance:
        return Appearance(self.theme, self.accent, self.corners, self.font)

    @property
    def scripted(self) -> bool:
        return True

    @property
    def scripts(self) -> tuple[str, ...]:
        """Scripts that only this choice needs."""
        return ()

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles that only this choice needs."""
        return ()

    @property
    def further_height(self) -> int:
        """Pixels that only this choice needs."""
        return 0

    @property
    def single(self) -> Single | None:
        """The one thing that is chosen, where it is one."""
        return None


class LiveOptions(Options):
    updates: Literal["on", "off"] = option(
        "on",
        title=N_("Updates"),
        help=N_("Whether the numbers update themselves. Readers can pause this."),
        wrong=N_("Updates must be one of: %(choices)s."),
    )

    @property
    def scripted(self) -> bool:
        return self.updates == "on"


class ButtonOptions(Options):
    button: Literal["show", "hide"] = option(
        "show",
        title=N_("Button"),
        help=N_("Whether to show a button that links to the petition."),
        wrong=N_("The button must be one of: %(choices)s."),
    )


class Wrong(ValueError):  # noqa: N818 - what is wrong, for people to read
    """Why one value is not taken, where the option's own `wrong` would say too little."""

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = {name: _clip(value) for name, value in values.items()}


class BadOptions(Exception):  # noqa: N818 - a state that is shown, not a fault
    def __init__(self, faults: dict[str, str], language: Language, look: Appearance) -> None:
        super().__init__("the options cannot be used")
        self.faults = faults
        self.language = language
        self.look = look


def pairs(query: QueryParams) -> list[tuple[str, str]]:
    """As they were meant, where an editor has made `&amp;amp;` of an `&amp;`."""
    given = query.multi_items()[:MOST_FIELDS]
    return [(ESCAPED_TWICE.sub("", name), value) for name, value in given]


def read(model: type[M], query: QueryParams, languages: Languages) -> M:
    """The first `MOST_FIELDS` fields are looked at, and the first `MOST_FAULTS` faults are told."""
    asked = [(name, value) for name, value in pairs(query) if not HUNG_ON.fullmatch(name)]
    given = dict(asked)
    repeated = [name for name, times in Counter(name for name, _ in asked).items() if times > 1]
    options, wrong = _validated(model, given, languages)
    if options is not None and not repeated:
        return options
    language = languages.nearest(given.get("lang", SOURCE)) or languages.source
    faults = {
        name: _wrong(model, (name, given.get(name, "")), cause, language)
        for name, cause in wrong[:MOST_FAULTS]
    }
    twice = N_("“%(name)s” is given more than once.")
    faults |= {name: language.gettext(twice, name=_clip(name)) for name in repeated[:MOST_FAULTS]}
    raise BadOptions(faults, language, _look(given, {name for name, _ in wrong}))


def _look(given: dict[str, str], wrong: set[str]) -> Appearance:
    """As much of the look that was asked for as can be had."""
    names = {field.name for field in fields(Appearance)} - wrong
    kept = {name: value for name, value in given.items() if name in names}
    return Options.model_validate(kept).look


def _validated(
    model: type[M], given: dict[str, str], languages: Languages
) -> tuple[M | None, list[tuple[str, object]]]:
    try:
        return model.model_validate(given, context={"languages": languages}), []
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        return None, [(str(fault["loc"][0]), fault.get("ctx", {}).get("error")) for fault in wrong]


def _wrong(model: type[BaseModel], pair: tuple[str, str], cause: object, language: Language) -> str:
    name, given = pair
    if isinstance(cause, Wrong):
        return language.gettext(cause.sentence, **cause.values)
    field = model.model_fields.get(name)
    if field is None:
        return language.gettext(N_("There is no option “%(name)s”."), name=_clip(name))
    extra = field.json_schema_extra
    wrong = str(extra["wrong"]) if isinstance(extra, dict) else ""
    known = ", ".join(choices(field))
    return language.gettext(wrong, name=name, given=_clip(given), choices=known)


def _clip(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def choices(field: FieldInfo) -> tuple[str, ...]:
    return tuple(str(choice) for choice in _literals(field.annotation))


def _literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return tuple(c for part in get_args(annotation) for c in _literals(part))
    return ()


@dataclass(frozen=True)
class Row:
    """What people are told of an option; one without a title is not theirs to set."""

    name: str
    default: str
    choices: tuple[str, ...]
    title: str
    help: str


def rows(model: type[BaseModel]) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        default = "" if field.default is None else str(field.default)
        if field.title:
            yield Row(name, default, choices(field), field.title, field.description or "")
