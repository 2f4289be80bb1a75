from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, func, insert, or_, select

from imd_campaign.db import Connection, upsert
from imd_campaign.pagination import PageRequest, Slice, read_page
from imd_campaign.posters.tables import (
    editions,
    orders,
    poster_files,
    poster_texts,
    posters,
    prints,
    reservations,
)

# ------------------------------------------------------------------ reading


def list_posters(connection: Connection, page_request: PageRequest) -> Slice[RowMapping]:
    return read_page(connection, select(posters), (posters.c.slug,), page_request)


def get(connection: Connection, slug: str) -> RowMapping | None:
    query = select(posters).where(posters.c.slug == slug)
    return connection.execute(query).mappings().one_or_none()


def list_texts(connection: Connection, slugs: Sequence[str]) -> Mapping[str, list[RowMapping]]:
    return _group_by_poster(connection, select(poster_texts), poster_texts, slugs)


def list_files(connection: Connection, slugs: Sequence[str]) -> Mapping[str, list[RowMapping]]:
    return _group_by_poster(connection, select(poster_files), poster_files, slugs)


def find_file(connection: Connection, slug: str, name: str) -> RowMapping | None:
    query = select(poster_files).where(poster_files.c.poster == slug, poster_files.c.name == name)
    return connection.execute(query).mappings().one_or_none()


def list_editions(
    connection: Connection, slugs: Sequence[str], now: datetime
) -> Mapping[str, list[RowMapping]]:
    of_edition = and_(prints.c.poster == editions.c.poster, prints.c.edition == editions.c.id)
    left = select(func.count()).where(of_edition, _is_free(now)).scalar_subquery()
    query = select(editions, left.label("left"))
    return _group_by_poster(connection, query, editions, slugs)


def _group_by_poster(
    connection: Connection, query: Select[Any], table: Any, slugs: Sequence[str]
) -> Mapping[str, list[RowMapping]]:
    found: Mapping[str, list[RowMapping]] = defaultdict(list)
    query = query.where(table.c.poster.in_(slugs)).order_by(table.c.position)
    for row in connection.execute(query).mappings():
        found[row["poster"]].append(row)
    return found


def find_edition(connection: Connection, slug: str, edition_id: str) -> RowMapping | None:
    query = select(editions).where(editions.c.poster == slug, editions.c.id == edition_id)
    return connection.execute(query).mappings().one_or_none()


# ------------------------------------------------------------------ holding and selling


def _is_free(now: datetime) -> ColumnElement[bool]:
    is_expired = or_(prints.c.held_until.is_(None), prints.c.held_until <= now)
    return and_(prints.c.sold_to.is_(None), is_expired)


def skip_locked_rows(query: Select[Any]) -> Select[Any]:
    """Skip rows that other transactions hold; on SQLite only one transaction writes at a time."""
    return query.with_for_update(skip_locked=True)


def list_free_numbers(
    connection: Connection, slug: str, edition_id: str, quantity: int, now: datetime
) -> list[int]:
    query = select(prints.c.number).where(
        prints.c.poster == slug, prints.c.edition == edition_id, _is_free(now)
    )
    query = skip_locked_rows(query.order_by(prints.c.number).limit(quantity))
    return list(connection.execute(query).scalars())


def add_reservation(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(reservations.insert().values(values))


def hold(connection: Connection, reservation: Mapping[str, Any]) -> None:
    wanted = and_(
        prints.c.poster == reservation["poster"],
        prints.c.edition == reservation["edition"],
        prints.c.number.in_(reservation["numbers"]),
    )
    held = {"reservation": reservation["id"], "held_until": reservation["expires_at"]}
    connection.execute(prints.update().where(wanted).values(held))


def lock_reservation(connection: Connection, reservation: str) -> RowMapping | None:
    query = select(reservations).where(reservations.c.id == reservation).with_for_update()
    return connection.execute(query).mappings().one_or_none()


def sell(connection: Connection, reservation: str, order: str) -> int:
    held = and_(prints.c.reservation == reservation, prints.c.sold_to.is_(None))
    return connection.execute(prints.update().where(held).values(sold_to=order)).rowcount


def add_order(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(orders.insert().values(values))


def find_order(connection: Connection, order_id: str) -> RowMapping | None:
    return _find_order(connection, orders.c.id == order_id)


def find_order_by_reservation(connection: Connection, reservation: str) -> RowMapping | None:
    return _find_order(connection, orders.c.reservation == reservation)


def _find_order(connection: Connection, wanted: ColumnElement[bool]) -> RowMapping | None:
    bought = [column for column in reservations.c if column.name not in {"id", "created_at"}]
    query = select(orders.c.id, orders.c.state, orders.c.lang, orders.c.created_at, *bought)
    query = query.join(reservations, reservations.c.id == orders.c.reservation).where(wanted)
    return connection.execute(query).mappings().one_or_none()


def delete_expired_reservations(connection: Connection, before: datetime) -> None:
    bought = exists().where(orders.c.reservation == reservations.c.id)
    expired = select(reservations.c.id).where(reservations.c.expires_at < before, ~bought)
    expired_prints = and_(prints.c.reservation.in_(expired), prints.c.sold_to.is_(None))
    connection.execute(
        prints.update().where(expired_prints).values(reservation=None, held_until=None)
    )
    connection.execute(reservations.delete().where(reservations.c.expires_at < before, ~bought))


# ------------------------------------------------------------------ setting up


def add(
    connection: Connection, values: Mapping[str, Any], texts: Sequence[Mapping[str, Any]]
) -> None:
    slug = values["slug"]
    connection.execute(insert(posters).values(values))
    rows = [{**text, "poster": slug, "position": n} for n, text in enumerate(texts)]
    connection.execute(insert(poster_texts), rows)


def add_edition(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(editions).values(values))
    numbers = range(1, (values["run"] or 0) + 1)
    rows = [
        {"poster": values["poster"], "edition": values["id"], "number": number}
        for number in numbers
    ]
    if rows:
        connection.execute(insert(prints), rows)


def put_file(connection: Connection, values: Mapping[str, Any]) -> None:
    statement = upsert(connection, poster_files).values(**values)
    changed = {name: statement.excluded[name] for name in values}
    key = ["poster", "name"]
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))
