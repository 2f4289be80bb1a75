"""A QR code as inline SVG, without a request for an image."""

import segno
from markupsafe import Markup


def make_qr_code(text: str) -> Markup:
    """Draw the code on white: readers need a light ground, also on a dark page."""
    svg = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704 drawn by the library, without a word of the text
