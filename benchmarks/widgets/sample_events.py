"""Three hundred sample events around ten cities, the same in every run."""

from functools import cache
from random import Random
from typing import Any

EVENTS = 300
CITIES = (
    ("Mexico City", "MX", 19.43, -99.13, "America/Mexico_City", "-06:00"),
    ("New York", "US", 40.71, -74.01, "America/New_York", "-05:00"),
    ("Bogotá", "CO", 4.71, -74.07, "America/Bogota", "-05:00"),
    ("Madrid", "ES", 40.42, -3.70, "Europe/Madrid", "+01:00"),
    ("Berlin", "DE", 52.52, 13.40, "Europe/Berlin", "+01:00"),
    ("Nairobi", "KE", -1.29, 36.82, "Africa/Nairobi", "+03:00"),
    ("Beirut", "LB", 33.89, 35.50, "Asia/Beirut", "+02:00"),
    ("Kathmandu", "NP", 27.71, 85.32, "Asia/Kathmandu", "+05:45"),
    ("Manila", "PH", 14.60, 120.98, "Asia/Manila", "+08:00"),
    ("Suva", "FJ", -18.14, 178.44, "Pacific/Fiji", "+12:00"),
)
TITLES = """
vigil march for migrant workers families community gathering rights potluck stories city hall square
candle song rally open kitchen solidarity border dignity welcome neighbours convention reading
vigilia por los derechos de las personas migrantes reunión comunidad familias plaza canto cena
veillée marche pour les droits rassemblement quartier repas partagé lecture place accueil
وقفة مسيرة من أجل حقوق العمال المهاجرين وأسرهم لقاء مجتمعي عشاء مشترك قراءة الاتفاقية كرامة ساحة
"""


@cache
def make_events() -> tuple[dict[str, Any], ...]:
    dice = Random(18)  # noqa: S311 - a sample
    return tuple(make_event(dice) for _ in range(EVENTS))


def make_event(dice: Random) -> dict[str, Any]:
    locality, country, latitude, longitude, zone, offset = dice.choice(CITIES)
    spread = dice.choice((0, 0.2, 4))
    return {
        "id": f"evt_{dice.getrandbits(88):022x}",
        "title": " ".join(dice.choices(TITLES.split(), k=dice.randint(3, 8))).capitalize(),
        "description": "",
        "lang": "en",
        "languages": ["en"],
        "kind": dice.choice(("vigil", "march", "potluck", "rally")),
        "state": "public",
        "starts_at": f"2026-12-18T{dice.randint(8, 21):02}:00:00{offset}",
        "time_zone": zone,
        "online": False,
        "place": {
            "name": " ".join(dice.choices(TITLES.split(), k=2)),
            "locality": locality,
            "country": country,
            "latitude": latitude + dice.gauss(0, 1) * spread,
            "longitude": (longitude + dice.gauss(0, 1) * spread + 180) % 360 - 180,
            "precision": "exact",
        },
        "host": "Sample Group",
        "updated_at": "2026-11-20T10:00:00+00:00",
    }
