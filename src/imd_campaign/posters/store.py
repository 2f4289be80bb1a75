from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, delete, func, insert, select

from imd_campaign.db import Connection, upsert
from imd_campaign.errors import Conflict
from imd_campaign.pagination import PageRequest, Slice, read_page
from imd_campaign.posters.tables import (
    editions,
    orders,
    payments,
    poster_files,
    poster_texts,
    posters,
    prints,
)

Row = Mapping[Any, Any]
SOLD_MEANWHILE = "A print above the new run was sold meanwhile. Try again."
SOLD_STATES = ("paid", "sent")
OPEN_STATES = ("placed", "paid")
IS_FREE = prints.c.sold_to.is_(None)

# ------------------------------------------------------------------ reading


def list_posters(connection: Connection, page_request: PageRequest) -> Slice[RowMapping]:
    return read_page(connection, select(posters), (posters.c.slug,), page_request)


def list_all(connection: Connection) -> Sequence[RowMapping]:
    return connection.execute(select(posters).order_by(posters.c.slug)).mappings().all()


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


def list_editions(connection: Connection, slugs: Sequence[str]) -> Mapping[str, list[RowMapping]]:
    of_edition = and_(prints.c.poster == editions.c.poster, prints.c.edition == editions.c.id)
    left = select(func.count()).where(of_edition, IS_FREE).scalar_subquery()
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


# ------------------------------------------------------------------ selling


def skip_locked_rows(query: Select[Any]) -> Select[Any]:
    """Skip rows that other transactions hold; on SQLite only one transaction writes at a time."""
    return query.with_for_update(skip_locked=True)


def count_free_prints(connection: Connection, slug: str, edition_id: str) -> int:
    query = select(func.count()).where(_is_of_edition(slug, edition_id), IS_FREE)
    return connection.execute(query).scalar_one()


def list_free_numbers(
    connection: Connection, slug: str, edition_id: str, quantity: int
) -> Sequence[int]:
    query = select(prints.c.number).where(_is_of_edition(slug, edition_id), IS_FREE)
    query = skip_locked_rows(query.order_by(prints.c.number).limit(quantity))
    return connection.execute(query).scalars().all()


def sell(connection: Connection, order: Row, numbers: Sequence[int]) -> None:
    wanted = _is_of_edition(order["poster"], order["edition"]) & prints.c.number.in_(numbers)
    connection.execute(prints.update().where(wanted).values(sold_to=order["id"]))


def _is_of_edition(slug: str, edition_id: str) -> ColumnElement[bool]:
    return and_(prints.c.poster == slug, prints.c.edition == edition_id)


def add_order(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(orders.insert().values(values))


def find_order(
    connection: Connection, order_id: str, *, is_for_update: bool = False
) -> RowMapping | None:
    query = select(orders).where(orders.c.id == order_id)
    query = query.with_for_update() if is_for_update else query
    return connection.execute(query).mappings().one_or_none()


def list_orders(connection: Connection, state: str, page_request: PageRequest) -> Slice[RowMapping]:
    query = select(orders).where(orders.c.state == state)
    return read_page(connection, query, (orders.c.created_at, orders.c.id), page_request)


def measure_orders(connection: Connection, state: str) -> tuple[int, datetime | None]:
    """Return how many orders are in a state, and when the oldest of them was placed."""
    query = select(func.count(), func.min(orders.c.created_at)).where(orders.c.state == state)
    count, oldest_at = connection.execute(query).one()
    return count, oldest_at


def list_stock(connection: Connection, page_request: PageRequest) -> Slice[RowMapping]:
    """Return each edition with its prints: `paid`, `held` and, if they are numbered, `left`."""
    key = (orders.c.poster, orders.c.edition)
    ordered = (
        select(
            *key,
            func.sum(orders.c.quantity).filter(orders.c.state.in_(SOLD_STATES)).label("paid"),
            func.sum(orders.c.quantity).filter(orders.c.state == "placed").label("held"),
        )
        .group_by(*key)
        .subquery()
    )
    of_edition = and_(prints.c.poster == editions.c.poster, prints.c.edition == editions.c.id)
    left = select(func.count()).where(of_edition, IS_FREE).scalar_subquery()
    query = select(
        editions,
        func.coalesce(ordered.c.paid, 0).label("paid"),
        func.coalesce(ordered.c.held, 0).label("held"),
        left.label("left"),
    ).join(
        ordered,
        and_(ordered.c.poster == editions.c.poster, ordered.c.edition == editions.c.id),
        isouter=True,
    )
    return read_page(connection, query, (editions.c.poster, editions.c.id), page_request)


def add_payment(connection: Connection, **values: Any) -> None:
    connection.execute(insert(payments).values(values))


def find_payment(connection: Connection, payment_id: str) -> RowMapping | None:
    query = select(payments).where(payments.c.id == payment_id)
    return connection.execute(query).mappings().one_or_none()


def list_payments(
    connection: Connection, order_ids: Collection[str]
) -> Mapping[str, list[RowMapping]]:
    query = select(payments).where(payments.c.order_id.in_(order_ids))
    found: Mapping[str, list[RowMapping]] = defaultdict(list)
    by_time = query.order_by(payments.c.received_at, payments.c.id)
    for row in connection.execute(by_time).mappings():
        found[row["order_id"]].append(row)
    return found


def delete_old_addresses(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete the addresses at which buyers are told about their orders, once these are done."""
    is_done = orders.c.state.not_in(OPEN_STATES) & orders.c.locked_buyer.is_not(None)
    old = select(orders.c.id).where(is_done, orders.c.changed_at < before).limit(limit)
    statement = orders.update().where(orders.c.id.in_(old)).values(locked_buyer=None)
    return connection.execute(statement).rowcount


def list_numbers(connection: Connection, order_ids: Collection[str]) -> Mapping[str, list[int]]:
    query = select(prints.c.sold_to, prints.c.number).where(prints.c.sold_to.in_(order_ids))
    numbers: Mapping[str, list[int]] = defaultdict(list)
    for order_id, number in connection.execute(query.order_by(prints.c.number)):
        numbers[order_id].append(number)
    return numbers


def count_unpaid_prints(connection: Connection, mailbox: bytes, slug: str, edition_id: str) -> int:
    query = select(func.coalesce(func.sum(orders.c.quantity), 0)).where(
        orders.c.mailbox == mailbox,
        orders.c.state == "placed",
        orders.c.poster == slug,
        orders.c.edition == edition_id,
    )
    return int(connection.execute(query).scalar_one())


def list_by_mailbox(connection: Connection, mailbox: bytes) -> Sequence[RowMapping]:
    query = select(orders).where(orders.c.mailbox == mailbox)
    return connection.execute(query.order_by(orders.c.created_at, orders.c.id)).mappings().all()


def list_overdue(connection: Connection, today: date) -> Sequence[str]:
    query = select(orders.c.id).where(orders.c.state == "placed", orders.c.kept_until < today)
    return connection.execute(query.order_by(orders.c.kept_until)).scalars().all()


def change_order(connection: Connection, order_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(orders.update().where(orders.c.id == order_id).values(values))


def forget_buyers(connection: Connection, before: datetime, limit: int) -> int:
    """Delete who bought what, and keep the orders; unpaid ones expire on their own."""
    is_old = (orders.c.created_at < before) & (orders.c.state != "placed")
    old = select(orders.c.id).where(is_old, orders.c.sealed.is_not(None)).limit(limit)
    forgotten = orders.update().where(orders.c.id.in_(old))
    return connection.execute(
        forgotten.values(sealed=None, mailbox=None, locked_buyer=None)
    ).rowcount


def free_prints(connection: Connection, order_id: str) -> None:
    connection.execute(prints.update().where(prints.c.sold_to == order_id).values(sold_to=None))


# ------------------------------------------------------------------ setting up


def put(
    connection: Connection, values: Mapping[str, Any], texts: Sequence[Mapping[str, Any]]
) -> None:
    """Add or replace a poster and its texts, default language first; editions and files stay."""
    statement = upsert(connection, posters).values(**values)
    changed = {name: statement.excluded[name] for name in values}
    connection.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=changed))
    slug = values["slug"]
    connection.execute(delete(poster_texts).where(poster_texts.c.poster == slug))
    rows = [{**text, "poster": slug, "position": n} for n, text in enumerate(texts)]
    connection.execute(insert(poster_texts), rows)


def change(connection: Connection, slug: str, **values: Any) -> None:
    connection.execute(posters.update().where(posters.c.slug == slug).values(values))


def put_edition(connection: Connection, values: Mapping[str, Any]) -> None:
    """Add or replace an edition; sold prints stay, and the run must not be below them."""
    slug, edition_id = values["poster"], values["id"]
    if find_edition(connection, slug, edition_id) is None:
        add_edition(connection, values)
        return
    is_edition = and_(editions.c.poster == slug, editions.c.id == edition_id)
    connection.execute(editions.update().where(is_edition).values(values))
    _set_run(connection, slug, edition_id, values["run"] or 0)


def _set_run(connection: Connection, slug: str, edition_id: str, run: int) -> None:
    of_edition = _is_of_edition(slug, edition_id)
    connection.execute(delete(prints).where(of_edition, prints.c.number > run, IS_FREE))
    query = select(func.coalesce(func.max(prints.c.number), 0)).where(of_edition)
    highest: int = connection.execute(query).scalar_one()
    if highest > run:
        raise Conflict(SOLD_MEANWHILE)
    new = range(highest + 1, run + 1)
    rows = [{"poster": slug, "edition": edition_id, "number": number} for number in new]
    if rows:
        connection.execute(insert(prints), rows)


def count_orders(connection: Connection, slug: str, edition_id: str) -> int:
    query = select(func.count()).where(orders.c.poster == slug, orders.c.edition == edition_id)
    return connection.execute(query).scalar_one()


def find_highest_sold(connection: Connection, slug: str, edition_id: str) -> int:
    query = select(func.coalesce(func.max(prints.c.number), 0))
    is_sold = and_(_is_of_edition(slug, edition_id), prints.c.sold_to.is_not(None))
    return int(connection.execute(query.where(is_sold)).scalar_one())


def delete_other_editions(connection: Connection, slug: str, kept: Collection[str]) -> None:
    """Delete editions without orders, and their prints."""
    is_other = and_(prints.c.poster == slug, prints.c.edition.not_in(kept))
    connection.execute(delete(prints).where(is_other))
    gone = and_(editions.c.poster == slug, editions.c.id.not_in(kept))
    connection.execute(delete(editions).where(gone))


def delete_other_files(connection: Connection, slug: str, kept: Collection[str]) -> None:
    gone = and_(poster_files.c.poster == slug, poster_files.c.name.not_in(kept))
    connection.execute(delete(poster_files).where(gone))


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
