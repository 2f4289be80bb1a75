"""Recognise a network within a day without storing an address."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hmac import HMAC

from anyio import to_thread

from imd_campaign.context import Context
from imd_campaign.crypto import compute_mac, new_mac
from imd_campaign.networks import store
from imd_campaign.networks.limits import BUSY, EVERYBODY, MINUTE, WINDOW

KEY_BYTES = 32
FINGERPRINT_BYTES = 16


async def fingerprint_network(context: Context, network: str | None) -> bytes | None:
    """Return what is equal for one network and day; the day's key is deleted after 48 hours."""
    if network is None:
        return None
    read = partial(_read_key, context, context.now().date())
    key = await context.recent_reads.get("network key", read)
    if key.day != context.now().date():  # midnight has passed within the last second
        key = await to_thread.run_sync(read)
    return compute_mac(key.mac, network.encode())[:FINGERPRINT_BYTES]


@dataclass(frozen=True, slots=True)
class _DayKey:
    day: date
    mac: HMAC = field(repr=False)


def _read_key(context: Context, day: date) -> _DayKey:
    with context.database.read() as connection:
        found = store.find_key(connection, day)
    encrypted = found or _create_key(context, day)
    return _DayKey(day, new_mac(bytes.fromhex(context.vault.decrypt(encrypted)["key"])))


def _create_key(context: Context, day: date) -> bytes:
    """Encrypt the key, so that a copied database does not reveal networks."""
    encrypted = context.vault.encrypt({"key": secrets.token_bytes(KEY_BYTES).hex()})
    with context.database.write() as connection:
        store.add_key(connection, day, encrypted, context.now())
        return store.find_key(connection, day) or encrypted


async def is_busy(context: Context, network: bytes | None) -> bool:
    """Return whether forms from a network need a proof of work to be handled first."""
    busy = await context.recent_reads.get("busy networks", partial(_list_busy, context))
    return network in busy or EVERYBODY in busy


def _list_busy(context: Context) -> Collection[bytes]:
    now = context.now()
    with context.database.read() as connection:
        busy = store.list_busy(connection, now - WINDOW, BUSY)
        last_minute = store.count_uses(connection, EVERYBODY, now - MINUTE, now)
    is_crowded = last_minute >= context.settings.confirmation_rate / 2
    return (set(busy) - {EVERYBODY}) | ({EVERYBODY} if is_crowded else set())
