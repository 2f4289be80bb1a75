"""Keyset pagination: the next page begins after a row, not after a number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import BigInteger, Column, Label, Select, literal, tuple_
from sqlalchemy.types import TypeEngine

from imd_campaign.db import Connection, Row
from imd_campaign.errors import FieldError, InvalidParameter

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
    after = read_key(page_request, *(column.type for column in key))
    if after is not None:
        pairs = zip(key, after, strict=True)
        last = tuple_(*(literal(value, column.type) for column, value in pairs))
        statement = statement.where(tuple_(*key) < last if descending else tuple_(*key) > last)
    rows = connection.execute(statement).mappings().all()
    items = rows[: page_request.limit]
    more = len(rows) > page_request.limit
    return Slice(items, tuple(items[-1][column.name] for column in key) if more else None)


def read_key(page_request: PageRequest, *types: TypeEngine[Any]) -> tuple[Any, ...] | None:
    """Return the key after which a page begins, if its parts have these types.

    A cursor of an earlier version may have the key of another order.
    """
    after = page_request.after
    if after is None:
        return None
    if len(after) != len(types) or not all(map(_is_of_type, after, types)):
        raise make_cursor_error()
    return after


def _is_of_type(part: Any, type_: TypeEngine[Any]) -> bool:
    """Return whether a database can compare this with a column of that type."""
    if type(part) is not type_.python_type:
        return False
    match part:
        case int():
            bits = 63 if isinstance(type_, BigInteger) else 31
            return -(1 << bits) <= part < 1 << bits
        case float():
            return isfinite(part)
        case datetime():
            return part.tzinfo is not None
        case str():
            return part.isprintable()
    return False


def make_cursor_error() -> InvalidParameter:
    message = "is not valid for this list. Begin again without a cursor."
    return InvalidParameter(FieldError("query", "cursor", message))
