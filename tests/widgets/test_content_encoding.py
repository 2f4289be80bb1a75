import gzip

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from imd_widgets.responses.content_encoding import ENCODINGS, encode, negotiate

DECODE = {
    "br": brotli.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
    "gzip": gzip.decompress,
    "identity": bytes,
}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip, zstd", "zstd"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("deflate", "identity"),
        ("*", "br"),
        ("br;q=0, *", "zstd"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip ; q=0.001", "gzip"),
        ("br;q=0, gzip;q=0", "identity"),
        ("identity, br;q=0.5", "identity"),
        ("identity;q=0", "identity"),
        ("br;q=high, gzip;q=0.1", "gzip"),
        ("br;q=", "identity"),
    ],
)
def test_client_preference_decides_and_ours_breaks_ties(accepted, coding):
    assert negotiate(accepted) == coding


@given(st.text(st.characters(codec="latin-1"), max_size=300))
def test_any_accept_encoding_header_is_handled(accepted):
    assert negotiate(accepted) in {*ENCODINGS, "identity"}


@given(st.binary(max_size=2000), st.sampled_from(list(DECODE)))
def test_encoded_body_decodes_to_the_original(body, coding):
    assert DECODE[coding](encode(body, coding)) == body


def test_small_cached_body_is_compressed_as_tightly_as_possible():
    body = "".join(f"<p>Sample {number * number} person</p>" for number in range(200)).encode()
    assert len(encode(body, "br", is_cached=True)) < len(encode(body, "br"))
    assert brotli.decompress(encode(body, "br", is_cached=True)) == body
