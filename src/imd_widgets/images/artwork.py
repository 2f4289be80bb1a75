"""Opens untrusted images: few formats, bounded size."""

import warnings
from io import BytesIO

from PIL import Image

KINDS = ("PNG", "JPEG", "WEBP")
MEDIA_TYPES = frozenset(f"image/{kind.lower()}" for kind in KINDS)
MAX_PIXELS = 16_000_000


def open_scaled(content: bytes, room: tuple[int, int]) -> Image.Image | None:
    """Open an image, scaled to fit the room, on white; return None if it cannot be read."""
    if not content:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(content), formats=KINDS) as image:
                return _fit(image, room)
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
        return None


def _fit(image: Image.Image, room: tuple[int, int]) -> Image.Image | None:
    wide, high = image.size
    if wide * high > MAX_PIXELS:
        return None
    image.draft("RGB", room)
    scale = min(room[0] / wide, room[1] / high)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    drawn = image.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    paper = Image.new("RGBA", size, "white")
    return Image.alpha_composite(paper, drawn).convert("RGB")
