from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select

from imd_campaign.content.tables import (
    resource_texts,
    resources,
    share_kit_texts,
    share_kits,
)
from imd_campaign.db import Connection
from imd_campaign.pagination import PageRequest, Slice, read_page

ONLY_ID = 1


def find_share_kit(connection: Connection) -> RowMapping | None:
    return connection.execute(select(share_kits)).mappings().first()


def list_share_kit_texts(connection: Connection) -> dict[str, RowMapping]:
    query = select(share_kit_texts).order_by(share_kit_texts.c.position)
    return {row["lang"]: row for row in connection.execute(query).mappings()}


def list_resources(connection: Connection, page_request: PageRequest) -> Slice[RowMapping]:
    return read_page(connection, select(resources), (resources.c.slug,), page_request)


def list_all(connection: Connection) -> Sequence[RowMapping]:
    return connection.execute(select(resources).order_by(resources.c.slug)).mappings().all()


def get(connection: Connection, slug: str) -> RowMapping | None:
    query = select(resources).where(resources.c.slug == slug)
    return connection.execute(query).mappings().one_or_none()


def list_texts(
    connection: Connection, slugs: Sequence[str]
) -> Mapping[str, Mapping[str, RowMapping]]:
    query = select(resource_texts).where(resource_texts.c.resource.in_(slugs))
    found: dict[str, dict[str, RowMapping]] = defaultdict(dict)
    for row in connection.execute(query.order_by(resource_texts.c.position)).mappings():
        found[row["resource"]][row["lang"]] = row
    return found


def put_share_kit(
    connection: Connection, values: Mapping[str, Any], texts: Sequence[Mapping[str, Any]]
) -> None:
    """Replace the share kit and its texts, default language first."""
    delete_share_kit(connection)
    connection.execute(insert(share_kits).values(id=ONLY_ID, **values))
    rows = [{**text, "share_kit": ONLY_ID, "position": n} for n, text in enumerate(texts)]
    connection.execute(insert(share_kit_texts), rows)


def put(
    connection: Connection, values: Mapping[str, Any], texts: Sequence[Mapping[str, Any]]
) -> None:
    """Add or replace a resource and its texts, default language first."""
    delete_resource(connection, values["slug"])
    connection.execute(insert(resources).values(values))
    rows = [{**text, "resource": values["slug"], "position": n} for n, text in enumerate(texts)]
    connection.execute(insert(resource_texts), rows)


def delete_share_kit(connection: Connection) -> None:
    connection.execute(delete(share_kits))


def delete_resource(connection: Connection, slug: str) -> None:
    connection.execute(delete(resources).where(resources.c.slug == slug))
