"""Hosts: their encrypted address, and their own link."""

from collections.abc import Mapping
from typing import Any

from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest, new_token
from imd_campaign.db import Connection
from imd_campaign.events import store

Row = Mapping[Any, Any]


def read_host(context: Context, connection: Connection, event: Row) -> Mapping[str, Any] | None:
    """Decrypt a host's data; hosts from before there were links get one now."""
    if event["locked_host"] is None:
        return None
    person = context.vault.decrypt(event["locked_host"])
    if "token" in person:
        return person
    person |= {"token": new_token()}
    store.change_event(
        connection,
        event["id"],
        locked_host=context.vault.encrypt(person),
        host_token=compute_digest(person["token"]),
    )
    return person
