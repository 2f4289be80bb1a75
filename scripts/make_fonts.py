"""Makes src/imd_widgets/images/fonts/: Noto Sans Bold, reduced to the characters of our images.

    apt-get install fonts-noto-core fonts-noto-cjk
    python scripts/make_fonts.py

There is one font for each script. It has the characters of the catalogues in that script, of dates,
digits and countries, and the Latin ones too, because a text is drawn with one font. People write
titles, so each font also has its whole alphabet: for Chinese the 3,755 most common characters, for
Korean the 2,350 most common syllables. HarfBuzz returns glyph numbers and Pillow draws characters,
so each glyph also has a private-use character. If a change of a catalogue needs new characters, a
test fails until you run this script.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from string import printable

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.ttLib.tables._c_m_a_p import cmap_format_12

from imd_widgets.images.fonts import FOLDER, get_glyph_character, get_script
from imd_widgets.languages import Language, read_languages
from imd_widgets.messages import LOCALES, read_catalogue

NOTO = Path("/usr/share/fonts/truetype/noto")
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
LATIN = "NotoSans-Bold.ttf"
SOURCES = {
    "arab": "NotoSansArabic-Bold.ttf",
    "beng": "NotoSansBengali-Bold.ttf",
    "deva": "NotoSansDevanagari-Bold.ttf",
    "ethi": "NotoSansEthiopic-Bold.ttf",
    "mymr": "NotoSansMyanmar-Bold.ttf",
}
FACES = {"hans": 2, "kore": 1}
UNITS = 1000
PUNCTUATION = (range(0xA0, 0xC0), range(0x2010, 0x203B), range(0x20A0, 0x20C1))
ALPHABETS = {
    "latn": (range(0xC0, 0x250), range(0x1E00, 0x1F00), range(0x400, 0x530), range(0x2116, 0x2117)),
    "arab": (range(0x600, 0x700), range(0x750, 0x780)),
    "beng": (range(0x980, 0xA00), range(0x964, 0x966)),
    "deva": (range(0x900, 0x980),),
    "ethi": (range(0x1200, 0x1380),),
    "hans": (range(0x3000, 0x3018), range(0xFF00, 0xFF5F)),
    "kore": (range(0x3131, 0x3164),),
    "mymr": (range(0x1000, 0x10A0),),
}
# Rows of a national standard that hold the most common characters, and its codec.
ROWS = {"hans": ("gb2312", range(16, 56)), "kore": ("euc_kr", range(16, 41))}
CELLS = range(1, 95)
YEAR, DIGITS = 2026, 1234567890
UNUSED = ["FFTM", "DSIG", "meta", "STAT", "vhea", "vmtx", "VORG"]


def main() -> None:
    languages = list(read_languages().values())
    for script in sorted({get_script(language.tag) for language in languages}):
        served = [language for language in languages if get_script(language.tag) == script]
        font = make_font(script, list_characters(served) | list_alphabet(script))
        number_glyphs(font)
        target = FOLDER / f"{script}.{'otf' if 'CFF ' in font else 'ttf'}"
        font.save(target)
        print(f"{target.name}: {target.stat().st_size:,} bytes")


def list_characters(languages: list[Language]) -> set[str]:
    """List every character that an image in these languages may need."""
    return set(printable).union(*map(list_text_characters, languages))


def list_alphabet(script: str) -> set[str]:
    """List the characters that people may write in a script."""
    points = {chr(point) for part in (*PUNCTUATION, *ALPHABETS[script]) for point in part}
    return points | set(_list_common(*ROWS[script]) if script in ROWS else ())


def _list_common(codec: str, rows: range) -> Iterator[str]:
    for row in rows:
        for cell in CELLS:
            yield bytes((0xA0 + row, 0xA0 + cell)).decode(codec, "ignore")


def list_text_characters(language: Language) -> set[str]:
    """List the characters of a language's texts, without soft hyphens, which only pages have."""
    characters = {
        character for text in _list_texts(language) for character in text if not character.isspace()
    }
    return characters - {"\N{SOFT HYPHEN}"}


def _list_texts(language: Language) -> Iterator[str]:
    for message in read_catalogue(LOCALES / f"{language.tag}.po"):
        yield from message.string if isinstance(message.string, tuple) else [message.string]
    yield from (language.number(DIGITS), language.percent(DIGITS / 100))
    for day in (date(YEAR, month, 18 + month % 7) for month in range(1, 13)):
        yield from (language.day(day), language.date(day), language.date(day, "full"))
    yield from (language.time(datetime(YEAR, 1, 1, hour, tzinfo=UTC)) for hour in range(24))
    yield from language.territories.values()


def make_font(script: str, characters: set[str]) -> TTFont:
    if script in FACES:
        return subset_font(TTFont(CJK, fontNumber=FACES[script]), characters)
    latin = subset_font(TTFont(NOTO / LATIN), characters)
    if script not in SOURCES:
        return latin
    script_font = subset_font(TTFont(NOTO / SOURCES[script]), characters - set(printable))
    return merge_fonts(script_font, latin)


def subset_font(font: TTFont, characters: set[str]) -> TTFont:
    options = Options(drop_tables=[*Options().drop_tables, *UNUSED], hinting=False)
    options.layout_features = ["*"]
    options.name_IDs = [1, 2, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    return font


def number_glyphs(font: TTFont) -> None:
    """Add the character of each glyph to a table that reaches the private-use planes."""
    numbered = {ord(get_glyph_character(i)): name for i, name in enumerate(font.getGlyphOrder())}
    table = cmap_format_12(12)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.cmap = font.getBestCmap() | numbered
    font["cmap"].tables.append(table)


def merge_fonts(first: TTFont, second: TTFont) -> TTFont:
    files = []
    for font in (first, second):
        scale_upem(font, UNITS)
        buffer = BytesIO()
        font.save(buffer)
        buffer.seek(0)
        files.append(buffer)
    return Merger().merge(files)


if __name__ == "__main__":
    main()
