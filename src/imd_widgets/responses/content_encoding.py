"""Content encodings and their negotiation (RFC 9110, section 12.5.3)."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import brotli  # type: ignore[import-untyped]
import zstandard

IDENTITY = "identity"
BROTLI_LEVEL, ZSTD_LEVEL, GZIP_LEVEL = 5, 9, 9
# Costs a millisecond of processor time for each kB, and saves a tenth of the bytes.
TIGHT_BROTLI_LEVEL, MAX_TIGHT_SIZE = 11, 16 * 1024
MAX_CACHED_QUERY = 200


def _compress_brotli(body: bytes, level: int = BROTLI_LEVEL, mode: int = brotli.MODE_TEXT) -> bytes:
    coded: bytes = brotli.compress(body, mode, level)
    return coded


def _compress_brotli_tightly(body: bytes) -> bytes:
    """Try both modes: neither is always smaller for a page of text, styles and scripts."""
    modes = (brotli.MODE_TEXT, brotli.MODE_FONT)
    return min((_compress_brotli(body, TIGHT_BROTLI_LEVEL, mode) for mode in modes), key=len)


def _compress_zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(ZSTD_LEVEL).compress(body)


def _compress_gzip(body: bytes) -> bytes:
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": _compress_brotli,
    "zstd": _compress_zstd,
    "gzip": _compress_gzip,
}


def encode(body: bytes, encoding: str, *, is_cached: bool = False) -> bytes:
    """Encode a body; a small one that is cached is compressed as tightly as possible."""
    if encoding == IDENTITY:
        return body
    if encoding == "br" and is_cached and len(body) <= MAX_TIGHT_SIZE:
        return _compress_brotli_tightly(body)
    return ENCODINGS[encoding](body)


def negotiate(accepted: str) -> str:
    """Return the preferred encoding, ours first among equals; identity if none is accepted."""
    return (
        _negotiate_cached(accepted) if len(accepted) <= MAX_CACHED_QUERY else _negotiate(accepted)
    )


def _negotiate(accepted: str) -> str:
    weights = dict(_parse_weights(accepted))
    others = weights.get("*", 0.0)
    wanted = {encoding: weights.get(encoding, others) for encoding in ENCODINGS}
    encoding = max(wanted, key=wanted.__getitem__)
    plain = weights.get(IDENTITY, 0.0)
    return encoding if wanted[encoding] > 0 and wanted[encoding] >= plain else IDENTITY


_negotiate_cached = lru_cache(maxsize=256)(_negotiate)


def _parse_weights(accepted: str) -> Iterator[tuple[str, float]]:
    for element in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        yield name.removeprefix("x-"), _parse_weight(parameters)


def _parse_weight(parameters: list[str]) -> float:
    """Return a weight; one that cannot be parsed is 0, so the encoding is not used."""
    if not parameters:
        return 1.0
    name, _, value = parameters[0].partition("=")
    digits = value.strip()
    well_formed = name.strip() == "q" and digits.replace(".", "", 1).isdecimal()
    return min(1.0, float(digits)) if well_formed and digits.isascii() else 0.0
