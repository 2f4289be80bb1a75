"""A small campaign folder, which tests change."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from imd_campaign.campaign_files import service
from imd_campaign.campaign_files.problems import InvalidFiles

PNG = b"\x89PNG\r\n\x1a\n first"
CAMPAIGN = {
    "languages": ["en", "es"],
    "time_zone": "Europe/Madrid",
    "petition": "safe-routes",
    "name": {"en": "Our day", "es": "Nuestro día"},
    "organisation": {"name": "Own Network", "contact": "contact@own.example"},
    "links": {"website": "https://own.example/"},
}
TEXT = {"title": "Safe routes", "summary": "S", "text": "One.", "target": "Parliament"}
PETITION = {
    "opens": "2026-11-01T00:00:00",
    "goal": 1000,
    "milestones": [100],
    "texts": {"en": TEXT, "es": {**TEXT, "title": "Vías seguras"}},
}
PLACE = {
    "name": "Hall",
    "address": "1 Hidden Street",
    "locality": "Madrid",
    "country": "ES",
    "latitude": 40.4,
    "longitude": -3.7,
}
EVENT = {
    "id": "madrid-lunch",
    "kind": "gathering",
    "lang": "es",
    "title": "Comida",
    "description": "En la plaza.",
    "starts": "2026-12-18T12:00:00",
    "host": "Own Network",
    "place": PLACE,
}
POSTER = {
    "slug": "paths",
    "artist": "Own Artist",
    "year": 2026,
    "texts": {"en": {"title": "Paths", "description": "Ink.", "alternative_text": "A tree."}},
    "editions": [
        {
            "id": "limited",
            "kind": "limited",
            "size": "50 × 70 cm",
            "price": {"amount": 9000, "currency": "EUR"},
            "run": 5,
            "title": {"en": "Limited"},
        }
    ],
    "files": [{"name": "paths.png", "purpose": "preview", "width": 10, "height": 14}],
}


class Files:
    """The data of the files by name, without the suffix; `write` makes the folder from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data: dict[str, dict[str, Any]] = copy.deepcopy(
            {
                "campaign": CAMPAIGN,
                "petitions/safe-routes": PETITION,
                "events": {"events": [EVENT]},
                "posters": {"posters": [POSTER]},
            }
        )
        self.artwork = {"paths.png": PNG}

    @property
    def petition(self) -> dict[str, Any]:
        return self.data["petitions/safe-routes"]

    @property
    def event(self) -> dict[str, Any]:
        return self.data["events"]["events"][0]

    @property
    def edition(self) -> dict[str, Any]:
        return self.data["posters"]["posters"][0]["editions"][0]

    def write(self) -> Path:
        for file in self.folder.glob("*.toml"):
            file.unlink()
        for name in ("petitions", "posters"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            for file in (self.folder / name).iterdir():
                file.unlink()
        for name, data in self.data.items():
            text = "\n".join(f"{key} = {_toml(value)}" for key, value in data.items())
            (self.folder / f"{name}.toml").write_text(text, encoding="utf-8")
        for name, data in self.artwork.items():
            (self.folder / "posters" / name).write_bytes(data)
        return self.folder

    def read(self):
        return service.read(self.write())

    def list_problems(self) -> list[str]:
        with pytest.raises(InvalidFiles) as caught:
            self.read()
        return [str(problem) for problem in caught.value.problems]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        parts = (f"{json.dumps(key)} = {_toml(part)}" for key, part in value.items())
        return f"{{ {', '.join(parts)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "own")


@pytest.fixture
def apply(context, files):
    """Apply the files as they are now."""
    author = service.Author("shell:sample", "a sample reason")
    return lambda **options: service.apply(context, files.read(), author, **options)


@pytest.fixture
def plan(context, files):
    return lambda **options: service.plan(context, files.read(), **options)
