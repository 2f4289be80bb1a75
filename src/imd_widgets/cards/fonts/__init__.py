from functools import cache
from pathlib import Path

from babel.core import get_global
from PIL import ImageFont

FOLDER = Path(__file__).parent
LATIN = "latn"
SHARED = {"cyrl": LATIN}


@cache
def script_of(tag: str) -> str:
    likely = str(get_global("likely_subtags").get(tag.replace("-", "_"), ""))
    script = next((part.lower() for part in likely.split("_") if len(part) == len(LATIN)), LATIN)
    return SHARED.get(script, script)


@cache
def font(tag: str, size: int) -> ImageFont.FreeTypeFont:
    file = next(FOLDER.glob(f"{script_of(tag)}.?tf"))
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.RAQM)
