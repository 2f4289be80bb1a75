import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator

from imd_sdk.models import Edition, EditionKind, FilePurpose, Poster, PosterFile, PosterState
from imd_widgets.caching.cache import CachedValue, Missing
from imd_widgets.languages import Language
from imd_widgets.widget.freshness import Freshness, dated
from imd_widgets.widget.options import N_, Options, Single, option
from imd_widgets.widget.widget import Widget, WidgetRequest

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
DRAWN = {"image/svg+xml", "image/png", "image/jpeg", "image/webp", "image/avif"}
LARGEST_PICTURE = 1024 * 1024


def _slug(text: str) -> str:
    if text and not SLUG.fullmatch(text):
        raise ValueError
    return text


Slug = Annotated[str, AfterValidator(_slug)]


class PostersOptions(Options):
    poster: Slug = option(
        "",
        title=N_("Poster"),
        help=N_("The short name of a poster, such as many-paths. If empty, all posters are shown."),
        wrong=N_("A poster must be given by its short name, such as many-paths."),
    )
    edition: Slug = option(
        "",
        title=N_("Edition"),
        help=N_("The short name of an edition, such as limited. If empty, all editions are shown."),
        wrong=N_("An edition must be given by its short name, such as limited."),
    )
    button: Literal["show", "hide"] = option(
        "show",
        title=N_("Button"),
        help=N_("Whether to show a button that links to the poster."),
        wrong=N_("The button must be one of: %(choices)s."),
    )

    @property
    def single(self) -> Single | None:
        if not self.poster:
            return None
        return Single(N_("Poster"), f"/posters/{quote(self.poster, safe='')}", N_("See the poster"))


@dataclass(frozen=True)
class Picture:
    src: str
    width: int | None
    height: int | None


@dataclass(frozen=True)
class Print:
    """An edition, as it is offered."""

    edition: Edition
    price: str
    left: str
    sold: float
    sold_out: bool


@dataclass(frozen=True)
class Download:
    href: str
    kind: str
    size: str


@dataclass(frozen=True)
class Sheet:
    """A poster, as it is shown."""

    poster: Poster
    picture: Picture | None
    prints: list[Print]
    downloads: list[Download]
    year: str

    @property
    def for_sale(self) -> bool:
        return any(not offered.sold_out for offered in self.prints)


@dataclass(frozen=True)
class PostersView:
    sheets: list[Sheet]
    dated: Freshness


async def load(ask: WidgetRequest[PostersOptions]) -> PostersView:
    return view(ask, await _posters(ask))


async def _posters(ask: WidgetRequest[PostersOptions]) -> CachedValue[list[Poster]]:
    source, tag = ask.site.source, ask.language.tag
    if not ask.options.poster:
        return await source.posters(tag)
    one = await source.poster(ask.options.poster, tag)
    return CachedValue([one.value], one.read_at, one.stale)


def view(ask: WidgetRequest[PostersOptions], reading: CachedValue[list[Poster]]) -> PostersView:
    wanted = ask.options.edition
    sheets = [sheet(poster, ask.language, wanted) for poster in reading.value]
    if wanted:
        sheets = [shown for shown in sheets if shown.prints]
        if not sheets:
            raise Missing
    return PostersView(sheets, dated(reading, ask.language))


def sheet(poster: Poster, language: Language, edition: str = "") -> Sheet:
    on_sale = poster.state == PosterState.ON_SALE
    offered = [each for each in poster.editions if edition in ("", each.id)]
    return Sheet(
        poster=poster,
        picture=_picture(poster),
        prints=[_print(each, language, on_sale=on_sale) for each in offered],
        downloads=[_download(poster, file, language) for file in _for_print(poster.files)],
        year=language.digits(str(poster.year)),
    )


def address_of(poster: Poster, file: PosterFile) -> str:
    return f"/posters/{quote(poster.slug, safe='')}/files/{quote(file.name, safe='')}"


def _picture(poster: Poster) -> Picture | None:
    drawn = [file for file in poster.files if file.media_type in DRAWN]
    small = [file for file in drawn if file.bytes <= LARGEST_PICTURE]
    previews = [file for file in small if file.purpose == FilePurpose.PREVIEW]
    for file in (*previews, *small):
        return Picture(address_of(poster, file), file.width, file.height)
    return None


def _for_print(files: Sequence[PosterFile]) -> list[PosterFile]:
    return [file for file in files if file.purpose == FilePurpose.PRINT]


def _print(edition: Edition, language: Language, *, on_sale: bool) -> Print:
    numbered = edition.kind == EditionKind.LIMITED and edition.run and edition.available is not None
    run, available = edition.run or 0, edition.available or 0
    gone = not on_sale or (edition.available is not None and available <= 0)
    return Print(
        edition=edition,
        price=language.price(edition.price.decimal, edition.price.currency),
        left=_left(available, run, language) if numbered and not gone else "",
        sold=round(100 * (1 - min(1.0, available / run)), 2) if numbered else 0,
        sold_out=gone,
    )


def _left(available: int, run: int, language: Language) -> str:
    return language.ngettext(
        "%(num)s of %(run)s left", "%(num)s of %(run)s left", available, run=language.number(run)
    )


def _download(poster: Poster, file: PosterFile, language: Language) -> Download:
    kind = file.name.rpartition(".")[2] or file.media_type.rpartition("/")[2]
    return Download(address_of(poster, file), kind.upper()[:8], language.file_size(file.bytes))


WIDGET = Widget(
    name="posters",
    title=N_("Posters"),
    path="/w/posters",
    options=PostersOptions,
    load=load,
    meaning=N_("Posters for the day: editions, prices, prints left, and files to print yourself."),
    link=N_("See the posters"),
    link_path="/w/posters",
    height=930,
    heights={"en": 870, "es": 930, "fr": 930, "ar": 890, "ru": 940, "my": 1050, "fil": 950},
)
