"""Sets of small numbers: an `int` with a bit for each, stored in blocks of 4,096 numbers."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

BLOCK = 4096
BLOCK_BYTES = BLOCK // 8
MAX_LISTED = 64


def encode(bits: bytes) -> bytes:
    """Return a block as stored: the numbers if they are few, else the bits."""
    whole = int.from_bytes(bits, "little")
    if whole.bit_count() > MAX_LISTED:
        return bits
    numbers = list(_iterate_few(whole))
    return struct.pack(f"<{len(numbers)}H", *numbers)


def _iterate_few(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def decode(stored: bytes) -> bytes:
    if len(stored) == BLOCK_BYTES:
        return stored
    return change_block(bytes(BLOCK_BYTES), added=struct.unpack(f"<{len(stored) // 2}H", stored))


def change_block(bits: bytes, added: Iterable[int] = (), removed: Iterable[int] = ()) -> bytes:
    changed = bytearray(bits)
    for number in removed:
        changed[number >> 3] &= ~(1 << (number & 7))
    for number in added:
        changed[number >> 3] |= 1 << (number & 7)
    return bytes(changed)


def join_blocks(blocks: Mapping[int, bytes]) -> int:
    """Return the set whose blocks these are; blocks that are missing are empty."""
    if not blocks:
        return 0
    joined = bytearray((max(blocks) + 1) * BLOCK_BYTES)
    for block, bits in blocks.items():
        joined[block * BLOCK_BYTES : (block + 1) * BLOCK_BYTES] = bits
    return int.from_bytes(joined, "little")


def from_numbers(numbers: Numbers) -> int:
    flags = np.zeros(numbers.max(initial=-1) + 1, dtype=bool)
    flags[numbers] = True
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def make_flags(bits: int) -> Flags:
    """Return for each number from 0 on whether the set has it."""
    length = bits.bit_length()
    data = np.frombuffer(bits.to_bytes(-(-length // 8), "little"), dtype=np.uint8)
    return np.unpackbits(data, count=length, bitorder="little").view(bool)


def list_numbers(bits: int) -> Numbers:
    return np.flatnonzero(make_flags(bits))
