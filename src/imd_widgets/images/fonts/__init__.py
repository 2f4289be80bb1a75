from functools import cache
from pathlib import Path

from babel.core import get_global
from PIL import ImageFont

FOLDER = Path(__file__).parent
LATIN = "latn"
SHARED = {"cyrl": LATIN}
FIRST_GLYPH = 0xF0000


@cache
def get_script(tag: str) -> str:
    likely = str(get_global("likely_subtags").get(tag.replace("-", "_"), ""))
    script = next((part.lower() for part in likely.split("_") if len(part) == len(LATIN)), LATIN)
    return SHARED.get(script, script)


def find_font_file(tag: str) -> Path:
    return next(FOLDER.glob(f"{get_script(tag)}.?tf"))


@cache
def font(tag: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(find_font_file(tag), size, layout_engine=ImageFont.Layout.BASIC)


def get_glyph_character(index: int) -> str:
    """Return the private-use character under which our fonts hold the glyph of this number."""
    return chr(FIRST_GLYPH + index)
