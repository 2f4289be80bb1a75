"""Pages in any declared encoding are decoded, and no bytes are an error."""

import codecs

import pytest

from imd_widgets.site_check.charsets import CODECS, decode


@pytest.mark.parametrize("label", ["unknown", *CODECS])
@pytest.mark.parametrize("body", [b"<html>x", b"\xff", b"\xd8\x00x", b"\x81"])
def test_no_bytes_are_an_error_in_any_encoding(label, body):
    assert isinstance(decode(body, f"text/html; charset={label}"), str)


def test_utf_16_without_a_byte_order_mark_is_little_endian():
    assert decode("<p>ñ".encode("utf-16-le"), "text/html; charset=utf-16") == "<p>ñ"


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("label", ["utf-16", "iso-8859-1"])
def test_a_byte_order_mark_overrides_the_declared_encoding(mark, codec, label):
    body = mark + "<p>ñ".encode(codec)
    assert decode(body, f"text/html; charset={label}") == "<p>ñ"
