import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator

from imd_sdk.models import Edition, EditionKind, FilePurpose, Poster, PosterFile, PosterState
from imd_widgets.caching.cache import CachedValue, Missing
from imd_widgets.languages import Language
from imd_widgets.widget.freshness import Freshness, make_freshness
from imd_widgets.widget.options import N_, Options, Single, define_option
from imd_widgets.widget.widget import Widget, WidgetRequest

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
IMAGE_TYPES = {"image/svg+xml", "image/png", "image/jpeg", "image/webp", "image/avif"}
MAX_IMAGE_BYTES = 1024 * 1024


def _check_slug(text: str) -> str:
    if text and not SLUG.fullmatch(text):
        raise ValueError
    return text


Slug = Annotated[str, AfterValidator(_check_slug)]


class PostersOptions(Options):
    poster: Slug = define_option(
        "",
        title=N_("Poster"),
        help=N_("The short name of a poster, such as many-paths. If empty, all posters are shown."),
        error=N_("A poster must be given by its short name, such as many-paths."),
    )
    edition: Slug = define_option(
        "",
        title=N_("Edition"),
        help=N_("The short name of an edition, such as limited. If empty, all editions are shown."),
        error=N_("An edition must be given by its short name, such as limited."),
    )
    button: Literal["show", "hide"] = define_option(
        "show",
        title=N_("Button"),
        help=N_("Whether to show a button that links to the poster."),
        error=N_("The button must be one of: %(choices)s."),
    )

    @property
    def single(self) -> Single | None:
        if not self.poster:
            return None
        return Single(N_("Poster"), f"/posters/{quote(self.poster, safe='')}", N_("See the poster"))


@dataclass(frozen=True)
class PosterImage:
    src: str
    width: int | None
    height: int | None


@dataclass(frozen=True)
class EditionView:
    """An edition as it is shown."""

    edition: Edition
    price: str
    stock: str
    sold_percent: float
    is_sold_out: bool


@dataclass(frozen=True)
class DownloadLink:
    href: str
    kind: str
    size: str


@dataclass(frozen=True)
class PosterView:
    """A poster as it is shown."""

    poster: Poster
    image: PosterImage | None
    editions: list[EditionView]
    downloads: list[DownloadLink]
    year: str

    @property
    def is_for_sale(self) -> bool:
        return any(not offered.is_sold_out for offered in self.editions)


@dataclass(frozen=True)
class PostersView:
    posters: list[PosterView]
    freshness: Freshness


async def load(request: WidgetRequest[PostersOptions]) -> PostersView:
    return make_view(request, await _load_posters(request))


async def _load_posters(request: WidgetRequest[PostersOptions]) -> CachedValue[list[Poster]]:
    source, tag = request.context.source, request.language.tag
    if not request.options.poster:
        return await source.list_posters(tag)
    one = await source.get_poster(request.options.poster, tag)
    return CachedValue([one.value], one.read_at, one.is_stale)


def make_view(
    request: WidgetRequest[PostersOptions], cached: CachedValue[list[Poster]]
) -> PostersView:
    wanted = request.options.edition
    sheets = [make_poster_view(poster, request.language, wanted) for poster in cached.value]
    if wanted:
        sheets = [shown for shown in sheets if shown.editions]
        if not sheets:
            raise Missing
    return PostersView(sheets, make_freshness(cached, request.language))


def make_poster_view(poster: Poster, language: Language, edition: str = "") -> PosterView:
    is_on_sale = poster.state == PosterState.ON_SALE
    offered = [each for each in poster.editions if edition in ("", each.id)]
    return PosterView(
        poster=poster,
        image=_choose_image(poster),
        editions=[_make_edition_view(each, language, is_on_sale=is_on_sale) for each in offered],
        downloads=[
            _make_download_link(poster, file, language) for file in _list_print_files(poster.files)
        ],
        year=language.digits(str(poster.year)),
    )


def make_file_path(poster: Poster, file: PosterFile) -> str:
    return f"/posters/{quote(poster.slug, safe='')}/files/{quote(file.name, safe='')}"


def _choose_image(poster: Poster) -> PosterImage | None:
    drawn = [file for file in poster.files if file.media_type in IMAGE_TYPES]
    small = [file for file in drawn if file.bytes <= MAX_IMAGE_BYTES]
    previews = [file for file in small if file.purpose == FilePurpose.PREVIEW]
    for file in (*previews, *small):
        return PosterImage(make_file_path(poster, file), file.width, file.height)
    return None


def _list_print_files(files: Sequence[PosterFile]) -> list[PosterFile]:
    return [file for file in files if file.purpose == FilePurpose.PRINT]


def _make_edition_view(edition: Edition, language: Language, *, is_on_sale: bool) -> EditionView:
    numbered = edition.kind == EditionKind.LIMITED and edition.run and edition.available is not None
    run, available = edition.run or 0, edition.available or 0
    gone = not is_on_sale or (edition.available is not None and available <= 0)
    return EditionView(
        edition=edition,
        price=language.price(edition.price.decimal, edition.price.currency),
        stock=_describe_stock(available, run, language) if numbered and not gone else "",
        sold_percent=round(100 * (1 - min(1.0, available / run)), 2) if numbered else 0,
        is_sold_out=gone,
    )


def _describe_stock(available: int, run: int, language: Language) -> str:
    return language.ngettext(
        "%(num)s of %(run)s left", "%(num)s of %(run)s left", available, run=language.number(run)
    )


def _make_download_link(poster: Poster, file: PosterFile, language: Language) -> DownloadLink:
    kind = file.name.rpartition(".")[2] or file.media_type.rpartition("/")[2]
    return DownloadLink(
        make_file_path(poster, file), kind.upper()[:8], language.file_size(file.bytes)
    )


WIDGET = Widget(
    name="posters",
    title=N_("Posters"),
    path="/w/posters",
    options=PostersOptions,
    load=load,
    description=N_(
        "Posters for the day: editions, prices, prints left, and files to print yourself."
    ),
    link=N_("See the posters"),
    link_path="/w/posters",
    height=930,
    heights={"en": 870, "es": 930, "fr": 930, "ar": 890, "ru": 940, "my": 1050, "fil": 950},
)
