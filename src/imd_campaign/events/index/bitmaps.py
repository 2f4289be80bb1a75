"""Sets of small numbers: an `int` with a bit for each, stored in blocks of 4,096 numbers."""

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import compress

BLOCK = 4096
BLOCK_BYTES = BLOCK // 8
MAX_LISTED = 64
FLAGS = bytes.maketrans(b"01", b"\0\1")


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


def from_numbers(numbers: Collection[int]) -> int:
    size = max(numbers, default=0) // 8 + 1
    return int.from_bytes(change_block(bytes(size), added=numbers), "little")


def make_flags(bits: int) -> bytes:
    """Return a byte for each number from 0 on: 1 if the set has it."""
    return f"{bits:b}"[::-1].encode().translate(FLAGS)


def list_numbers(bits: int) -> list[int]:
    flags = make_flags(bits)
    return list(compress(range(len(flags)), flags))
