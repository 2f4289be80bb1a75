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

from imd_locale.language_loader import SOURCE
from imd_widgets.languages import Language, Languages
from imd_widgets.theme import (
    Appearance,
    Corners,
    Theme,
    Typeface,
    expand_hex,
)

M = TypeVar("M", bound=BaseModel)

MAX_NAME_LENGTH = 40
MAX_VALUE_LENGTH = 1000
MAX_FIELDS = 50
MAX_ERRORS = 8
# What others append to URLs: newsletters, social networks, and pym.js for its own frame.
TRACKING_PARAMETERS = re.compile(
    r"(utm|mc|mtm|pk|hsa)_\w+|_ga|_gl|_hsenc|_hsmi|mkt_tok|epik|yclid|igsh|igshid|srsltid"
    r"|(fb|g|d|ms|tw|tt)clid|(g|w)braid|li_fat_id"
    r"|initialWidth|childId|parentTitle|parentUrl"
)
SOURCE_NAME = re.compile("[a-z0-9-]{1,64}")
ESCAPED_TWICE = re.compile("^(amp;)+")


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    return message


def define_option(default: Any, *, title: str, help: str = "", error: str = "") -> Any:  # noqa: A002
    return Field(default=default, title=title, description=help, json_schema_extra={"error": error})


def _check_language(tag: str, info: ValidationInfo) -> str:
    languages: Languages = info.context["languages"] if info.context else Languages({})
    nearest = languages.find_nearest(tag)
    if nearest is None:
        raise ValueError
    return nearest.tag


def _parse_colour(text: str) -> str:
    """Parse a CSS colour with or without `#`; return six digits without it."""
    digits = text.strip().removeprefix("#").lower()
    if not re.fullmatch("([0-9a-f]{3}){0,2}", digits):
        raise ValueError
    return expand_hex(digits)


@cache
def list_zones() -> tuple[str, ...]:
    regional = (name for name in available_timezones() if "/" in name and name[0].isupper())
    return ("UTC", *sorted(regional))


def check_zone(name: str) -> str:
    if name not in list_zones():
        raise ValueError
    return name


Lang = Annotated[str, AfterValidator(_check_language)]
Zone = Annotated[str, AfterValidator(check_zone)]
Accent = Annotated[str, AfterValidator(_parse_colour)]


def _check_source(name: str) -> str:
    if name and not SOURCE_NAME.fullmatch(name):
        raise ValueError
    return name


SourceName = Annotated[str, AfterValidator(_check_source)]

ONE_OF = N_("“%(name)s” must be one of: %(choices)s.")


@dataclass(frozen=True)
class Single:
    """A single item: its name, its page, and the text of a link to it."""

    title: str
    page_path: str
    link: str


class Options(BaseModel):
    """The options every widget has."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=MAX_VALUE_LENGTH)

    lang: Lang = define_option(
        SOURCE,
        title=N_("Language"),
        help=N_("The language of the widget."),
        error=N_("This widget is not available in this language."),
    )
    theme: Theme = define_option(
        "auto",
        title=N_("Colour scheme"),
        help=N_("Light, dark, or the same as the page around it."),
        error=N_("The colour scheme must be one of: %(choices)s."),
    )
    accent: Accent = define_option(
        "",
        title=N_("Accent colour"),
        help=N_("A colour such as 0a7d5a. Text on it stays easy to read."),
        error=N_("A colour must be six digits or letters from a to f, such as 0a7d5a."),
    )
    corners: Corners = define_option(
        "soft",
        title=N_("Corners"),
        help=N_("How round buttons and fields are."),
        error=ONE_OF,
    )
    font: Typeface = define_option(
        "sans",
        title=N_("Typeface"),
        help=N_("Sans serif, serif, or the system font of the reader's device."),
        error=ONE_OF,
    )

    @property
    def appearance(self) -> Appearance:
        return Appearance(self.theme, self.accent, self.corners, self.font)

    @property
    def is_scripted(self) -> bool:
        return True

    @property
    def scripts(self) -> tuple[str, ...]:
        """Scripts that only these options need."""
        return ()

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles that only these options need."""
        return ()

    @property
    def extra_height(self) -> int:
        """Pixels that only these options need."""
        return 0

    @property
    def is_always_revalidated(self) -> bool:
        """Whether caches have to ask each time before they show the widget again."""
        return False

    @property
    def single(self) -> Single | None:
        """The single item that is chosen, if there is one."""
        return None

    @property
    def page_query(self) -> str:
        """What follows the language in links to the page of the widget."""
        return ""


class LiveOptions(Options):
    updates: Literal["on", "off"] = define_option(
        "on",
        title=N_("Updates"),
        help=N_("Whether the numbers update themselves. Readers can pause this."),
        error=N_("Updates must be one of: %(choices)s."),
    )

    @property
    def is_scripted(self) -> bool:
        return self.updates == "on"


class SourceOptions(Options):
    source: SourceName = define_option(
        "",
        title=N_("Source"),
        help=N_("The short name of your organisation, if the campaign counts signatures for it."),
        error=N_("A source has up to 64 lower-case letters from a to z, digits and hyphens."),
    )

    @property
    def page_query(self) -> str:
        return f"&source={self.source}" if self.source else ""


class ButtonOptions(Options):
    button: Literal["show", "hide"] = define_option(
        "show",
        title=N_("Button"),
        help=N_("Whether to show a button that links to the petition."),
        error=N_("The button must be one of: %(choices)s."),
    )


class OptionError(ValueError):
    """Why a value is invalid, where the option's own message would say too little."""

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = {name: _clip(value) for name, value in values.items()}


class InvalidOptions(Exception):  # noqa: N818 - a state that is shown, not a fault
    def __init__(self, errors: dict[str, str], language: Language, appearance: Appearance) -> None:
        super().__init__("the options cannot be used")
        self.errors = errors
        self.language = language
        self.appearance = appearance


def list_pairs(query: QueryParams) -> list[tuple[str, str]]:
    """List the query's pairs, also if an editor has turned `&` into `&amp;amp;`."""
    given = query.multi_items()[:MAX_FIELDS]
    return [(ESCAPED_TWICE.sub("", name), value) for name, value in given]


def read_options(model: type[M], query: QueryParams, languages: Languages) -> M:
    """Read the first `MAX_FIELDS` parameters, and report the first `MAX_ERRORS` errors."""
    pairs = [
        (name, value)
        for name, value in list_pairs(query)
        if not TRACKING_PARAMETERS.fullmatch(name)
    ]
    given = dict(pairs)
    repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    options, invalid = _validate(model, given, languages)
    if options is not None and not repeated:
        return options
    language = languages.find_nearest(given.get("lang", SOURCE)) or languages.source
    errors = {
        name: _explain(model, (name, given.get(name, "")), cause, language)
        for name, cause in invalid[:MAX_ERRORS]
    }
    twice = N_("“%(name)s” is given more than once.")
    errors |= {name: language.gettext(twice, name=_clip(name)) for name in repeated[:MAX_ERRORS]}
    raise InvalidOptions(errors, language, _pick_appearance(given, {name for name, _ in invalid}))


def _pick_appearance(given: dict[str, str], invalid: set[str]) -> Appearance:
    """Return the requested appearance, as far as it is valid."""
    names = {field.name for field in fields(Appearance)} - invalid
    valid = {name: value for name, value in given.items() if name in names}
    return Options.model_validate(valid).appearance


def _validate(
    model: type[M], given: dict[str, str], languages: Languages
) -> tuple[M | None, list[tuple[str, object]]]:
    try:
        return model.model_validate(given, context={"languages": languages}), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [
            (str(detail["loc"][0]), detail.get("ctx", {}).get("error")) for detail in details
        ]


def _explain(
    model: type[BaseModel], pair: tuple[str, str], cause: object, language: Language
) -> str:
    name, given = pair
    if isinstance(cause, OptionError):
        return language.gettext(cause.sentence, **cause.values)
    field = model.model_fields.get(name)
    if field is None:
        return language.gettext(N_("There is no option “%(name)s”."), name=_clip(name))
    extra = field.json_schema_extra
    message = str(extra["error"]) if isinstance(extra, dict) else ""
    known = ", ".join(list_choices(field))
    return language.gettext(message, name=name, given=_clip(given), choices=known)


def _clip(name: str) -> str:
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[:MAX_NAME_LENGTH]}…"


def list_choices(field: FieldInfo) -> tuple[str, ...]:
    return tuple(str(choice) for choice in _list_literals(field.annotation))


def _list_literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return tuple(c for part in get_args(annotation) for c in _list_literals(part))
    return ()


@dataclass(frozen=True)
class OptionRow:
    """The documentation of an option; one without a title is not for people to set."""

    name: str
    default: str
    choices: tuple[str, ...]
    title: str
    help: str


def list_option_rows(model: type[BaseModel]) -> Iterator[OptionRow]:
    for name, field in model.model_fields.items():
        default = "" if field.default is None else str(field.default)
        if field.title:
            yield OptionRow(
                name, default, list_choices(field), field.title, field.description or ""
            )
