"""Keyset pagination: the next page begins after a row, not after a number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Column, Label, Select, literal, tuple_

from imd_campaign.db import Connection, Row

Key: TypeAlias = tuple[object, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    items: Sequence[T]
    next: Key | None


def read_page(
    connection: Connection,
    statement: Select[Any],
    key: Sequence[Column[Any] | Label[Any]],
    page_request: PageRequest,
    *,
    descending: bool = False,
) -> Slice[Row]:
    """Read one page of rows in the order of a key, which is unique and among the columns.

    One row more than the limit is fetched: it shows whether there is a next page.
    """
    order = [column.desc() for column in key] if descending else key
    statement = statement.order_by(*order).limit(page_request.limit + 1)
    if page_request.after is not None:
        pairs = zip(key, page_request.after, strict=True)
        last = tuple_(*(literal(value, column.type) for column, value in pairs))
        statement = statement.where(tuple_(*key) < last if descending else tuple_(*key) > last)
    rows = connection.execute(statement).mappings().all()
    items = rows[: page_request.limit]
    more = len(rows) > page_request.limit
    return Slice(items, tuple(items[-1][column.name] for column in key) if more else None)
