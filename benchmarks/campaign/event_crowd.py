"""100,000 sample events in 3,000 places, in several languages and scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from imd_campaign import db
from imd_campaign.events import store
from imd_campaign.events.geography import Point, snap_to_grid
from imd_campaign.events.index import store as index_store

EVENTS, PLACES = 100_000, 3_000
ONLINE, PRIVATE, ON_THE_DAY = 0.02, 0.2, 0.8
DAY = datetime(2026, 12, 18, tzinfo=UTC)
KINDS = ("action", "gathering", "vigil", "potluck", "rally", "march", "press", "other")
COUNTRIES = ("MX", "US", "CO", "BR", "ES", "FR", "DE", "IT", "KE", "NG", "LB", "IN", "NP", "PH")
LANGUAGES = ("en", "es", "fr", "ar", "pt-BR", "zh", "fa")
TITLES = {
    "en": "Sample vigil for migrants",
    "es": "Marcha de muestra por los derechos",
    "fr": "Rassemblement d’exemple pour les droits",
    "ar": "وقفة نموذجية مع المهاجرين",
    "pt-BR": "Concentração de exemplo pelos direitos",
    "zh": "移民日示例集会",
    "fa": "گردهمایی نمونه برای مهاجران",
}
CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
WORDS, DESCRIPTION_WORDS = 5_000, 50


class Town(NamedTuple):
    name: str
    country: str
    point: Point


def fill(engine: db.Engine, count: int = EVENTS) -> None:
    db.migrate(engine, index_store.ensure_current)
    rows = _make_rows(Random(18))  # noqa: S311 a sample
    with db.Database(engine).write() as connection:
        store.add_all(connection, list(islice(rows, count)))


def _make_rows(chance: Random) -> Iterator[dict[str, Any]]:
    words = [_make_word(chance) for _ in range(WORDS)]
    weights = [1 / (rank + 5) for rank in range(WORDS)]
    towns = [_make_town(chance, number) for number in range(PLACES)]
    number = 0
    while True:
        text = " ".join(chance.choices(words, weights, k=DESCRIPTION_WORDS))
        yield _make_row(chance, number, chance.choice(towns), text)
        number += 1


def _make_word(chance: Random) -> str:
    syllables = (chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(4))
    return "".join(syllables)[: chance.randrange(2, 9)]


def _make_town(chance: Random, number: int) -> Town:
    latitude = max(-54.0, min(70.0, chance.gauss(25, 22)))
    point = Point(latitude, chance.uniform(-170, 179))
    return Town(f"Sample Town {number}", chance.choice(COUNTRIES), point)


def _make_row(chance: Random, number: int, town: Town, text: str) -> dict[str, Any]:
    language = chance.choice(LANGUAGES)
    begins = _choose_start(chance)
    is_online = chance.random() < ONLINE
    return {
        "id": f"evt_{chance.getrandbits(88):022x}",
        "state": "public",
        "kind": "online" if is_online else chance.choice(KINDS),
        "title": f"{TITLES[language]} {number}",
        "description": text,
        "lang": language,
        "languages": [language],
        "starts_at": begins,
        "ends_at": begins + timedelta(hours=2),
        "time_zone": "UTC",
        "first_day": begins.date(),
        "last_day": (begins + timedelta(hours=2)).date(),
        "online": is_online,
        "private": False,
        **({} if is_online else _choose_place(chance, number, town)),
        "host": "Sample Group",
        "created_at": DAY,
        "updated_at": DAY,
    }


def _choose_start(chance: Random) -> datetime:
    days = 0 if chance.random() < ON_THE_DAY else chance.randrange(-10, 10)
    return DAY + timedelta(days=days, minutes=15 * chance.randrange(96))


def _choose_place(chance: Random, number: int, town: Town) -> dict[str, Any]:
    is_private = chance.random() < PRIVATE
    point = Point(*(round(part + chance.gauss(0, 0.05), 5) for part in town.point))
    return {
        "private": is_private,
        "place_name": None if is_private else f"Sample Hall {number}",
        "locality": town.name,
        "country": town.country,
        **(snap_to_grid(point) if is_private else point)._asdict(),
    }
