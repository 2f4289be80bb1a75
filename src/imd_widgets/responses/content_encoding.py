"""Which content coding an answer gets: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import brotli  # type: ignore[import-untyped]
import zstandard

IDENTITY = "identity"
BROTLI_LEVEL, ZSTD_LEVEL, GZIP_LEVEL = 5, 9, 9
# A millisecond of the processor's time for each kB, and a tenth fewer bytes.
TIGHTEST_LEVEL, SMALL = 11, 16 * 1024
MAX_CACHED_QUERY = 200


def _brotli(body: bytes, level: int = BROTLI_LEVEL, mode: int = brotli.MODE_TEXT) -> bytes:
    coded: bytes = brotli.compress(body, mode, level)
    return coded


def _tightest_brotli(body: bytes) -> bytes:
    """Neither mode is always the smaller one for a page of text, styles and scripts."""
    modes = (brotli.MODE_TEXT, brotli.MODE_FONT)
    return min((_brotli(body, TIGHTEST_LEVEL, mode) for mode in modes), key=len)


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(ZSTD_LEVEL).compress(body)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"br": _brotli, "zstd": _zstd, "gzip": _gzip}


def encoded(body: bytes, coding: str, *, kept: bool = False) -> bytes:
    """What is kept is coded once for many readers, and small is what is to arrive at once."""
    if coding == IDENTITY:
        return body
    if coding == "br" and kept and len(body) <= SMALL:
        return _tightest_brotli(body)
    return CODINGS[coding](body)


def best(accepted: str) -> str:
    """The coding that is wanted most, ours first among equals; identity when none fits."""
    return _remembered(accepted) if len(accepted) <= MAX_CACHED_QUERY else _best(accepted)


def _best(accepted: str) -> str:
    weights = dict(_weights(accepted))
    others = weights.get("*", 0.0)
    wanted = {coding: weights.get(coding, others) for coding in CODINGS}
    coding = max(wanted, key=wanted.__getitem__)
    plain = weights.get(IDENTITY, 0.0)
    return coding if wanted[coding] > 0 and wanted[coding] >= plain else IDENTITY


_remembered = lru_cache(maxsize=256)(_best)


def _weights(accepted: str) -> Iterator[tuple[str, float]]:
    for element in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        yield name.removeprefix("x-"), _weight(parameters)


def _weight(parameters: list[str]) -> float:
    """A weight that cannot be read is none: the coding is not offered."""
    if not parameters:
        return 1.0
    name, _, value = parameters[0].partition("=")
    digits = value.strip()
    well_formed = name.strip() == "q" and digits.replace(".", "", 1).isdecimal()
    return min(1.0, float(digits)) if well_formed and digits.isascii() else 0.0
