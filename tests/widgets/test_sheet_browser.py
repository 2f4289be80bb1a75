"""The code on the signature sheet, as it is drawn."""

from io import BytesIO

import pytest
import segno
from PIL import Image

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_is_drawn_dark_on_light(shared_page, server_url, scheme):
    """Compare the middle of each module with the code as segno encodes it."""
    shared_page.emulate_media(color_scheme=scheme)
    shared_page.goto(f"{server_url}/petitions/convention/sheet?source=sample-union")
    url = f"{server_url}/petitions/convention?lang=en&source=sample-union"
    modules = list(segno.make(url, error="m", micro=False).matrix_iter(border=4))
    code = shared_page.locator(".code")
    code.evaluate(
        "(code, n) => (code.style.width = code.style.height = `${n * 8}px`)", len(modules)
    )
    drawn = Image.open(BytesIO(code.screenshot())).convert("L")
    size = drawn.width / len(modules)
    for y, line in enumerate(modules):
        for x, is_dark in enumerate(line):
            pixel = drawn.getpixel((int((x + 0.5) * size), int((y + 0.5) * size)))
            assert (pixel < 128) == bool(is_dark)
