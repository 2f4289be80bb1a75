"""Make src/imd_widgets/cards/fonts/: Noto Sans Bold, with the letters that pictures need alone.

    apt-get install fonts-noto-core fonts-noto-cjk
    python scripts/make_fonts.py

One font a script. Each has the letters of the catalogues in that script, its digits and the
letters of the months, and the Latin ones beside them: a picture is drawn with one font.
HarfBuzz returns glyph numbers and Pillow draws characters, so each glyph also has a private-use
character.
Run it again when a catalogue has changed; a test says when.
"""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from string import printable

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.ttLib.tables._c_m_a_p import cmap_format_12

from imd_widgets.cards.fonts import FOLDER, glyph_character, script_of
from imd_widgets.languages import Language, read_languages
from imd_widgets.messages import LOCALES, catalogue

NOTO = Path("/usr/share/fonts/truetype/noto")
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
LATIN = "NotoSans-Bold.ttf"
MADE_FROM = {
    "arab": "NotoSansArabic-Bold.ttf",
    "beng": "NotoSansBengali-Bold.ttf",
    "deva": "NotoSansDevanagari-Bold.ttf",
    "ethi": "NotoSansEthiopic-Bold.ttf",
    "mymr": "NotoSansMyanmar-Bold.ttf",
}
FACES = {"hans": 2, "kore": 1}
UNITS = 1000
YEAR, DIGITS = 2026, 1234567890
UNUSED = ["FFTM", "DSIG", "meta", "STAT", "vhea", "vmtx", "VORG"]


def main() -> None:
    languages = list(read_languages().values())
    for script in sorted({script_of(language.tag) for language in languages}):
        spoken = [language for language in languages if script_of(language.tag) == script]
        font = make(script, wanted(spoken))
        number_glyphs(font)
        target = FOLDER / f"{script}.{'otf' if 'CFF ' in font else 'ttf'}"
        font.save(target)
        print(f"{target.name}: {target.stat().st_size:,} bytes")


def wanted(languages: list[Language]) -> set[str]:
    """Every character that a picture in these languages may need."""
    return set(printable).union(*map(letters, languages))


def letters(language: Language) -> set[str]:
    """Without what pages alone have: where a long word of theirs may break."""
    found = {letter for text in _texts(language) for letter in text if not letter.isspace()}
    return found - {"\N{SOFT HYPHEN}"}


def _texts(language: Language) -> Iterator[str]:
    for message in catalogue(LOCALES / f"{language.tag}.po"):
        yield from message.string if isinstance(message.string, tuple) else [message.string]
    yield from (language.number(DIGITS), language.percent(DIGITS / 100))
    for day in (date(YEAR, month, 18) for month in range(1, 13)):
        yield from (language.day(day), language.date(day))


def make(script: str, characters: set[str]) -> TTFont:
    if script in FACES:
        return subset(TTFont(CJK, fontNumber=FACES[script]), characters)
    latin = subset(TTFont(NOTO / LATIN), characters)
    if script not in MADE_FROM:
        return latin
    own = subset(TTFont(NOTO / MADE_FROM[script]), characters - set(printable))
    return merged(own, latin)


def subset(font: TTFont, characters: set[str]) -> TTFont:
    options = Options(drop_tables=[*Options().drop_tables, *UNUSED], hinting=False)
    options.layout_features = ["*"]
    options.name_IDs = [1, 2, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    return font


def number_glyphs(font: TTFont) -> None:
    """Add the character of each glyph to a table that reaches the private-use planes."""
    numbered = {ord(glyph_character(i)): name for i, name in enumerate(font.getGlyphOrder())}
    table = cmap_format_12(12)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.cmap = font.getBestCmap() | numbered
    font["cmap"].tables.append(table)


def merged(first: TTFont, second: TTFont) -> TTFont:
    files = []
    for font in (first, second):
        scale_upem(font, UNITS)
        written = BytesIO()
        font.save(written)
        written.seek(0)
        files.append(written)
    return Merger().merge(files)


if __name__ == "__main__":
    main()
