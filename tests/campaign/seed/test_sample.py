"""The sample data is complete, correct and recognisable as a sample."""

import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from importlib.resources import files
from pathlib import Path

import pytest

SAMPLE = files("imd_campaign") / "sample"
LANGUAGES = ["en", "es", "fr", "ar"]
KINDS = {"action", "gathering", "vigil", "potluck", "rally", "march", "press", "online"}
CONTINENTS = {  # west, south, east, north
    "Africa": (-18, -35, 45, 37.2),
    "Asia": (34, -11, 150, 55),
    "Europe": (-10, 37.3, 30, 60),
    "North America": (-125, 14, -60, 60),
    "South America": (-82, -56, -34, 13),
    "Oceania": (110, -48, 180, -10),
    "the Pacific's east": (-180, -48, -150, 25),
}
FACTS = {
    "the-day": ("18", "1990", "45/158", "4", "2000", "55/93", "2017", "27", "17"),
    "the-convention": ("18", "1990", "45/158", "1", "2003", "93"),
}


def read(name):
    return tomllib.loads((SAMPLE / f"{name}.toml").read_text(encoding="utf-8"))


EVENTS = read("events")["events"]
RESOURCES = {resource["slug"]: resource for resource in read("resources")["resources"]}


def test_sample_has_events_of_every_kind():
    assert {event["kind"] for event in EVENTS} == KINDS
    assert len(EVENTS) >= 24


@pytest.mark.parametrize("continent", CONTINENTS)
def test_sample_has_events_on_every_inhabited_continent(continent):
    west, south, east, north = CONTINENTS[continent]
    places = [event["place"] for event in EVENTS if "place" in event]
    found = [
        p for p in places if west <= p["longitude"] <= east and south <= p["latitude"] <= north
    ]
    assert len(found) >= 2


def test_event_titles_use_many_scripts():
    words = " ".join(event["title"] for event in EVENTS)
    for script in ("[a-z]", "[β-ω]", "[ء-ي]", "[अ-ह]", "[অ-হ]", "[가-힣]", "[ぁ-ん]", "[一-龥]"):
        assert re.search(script, words), script


def test_one_potluck_is_at_a_private_home():
    potlucks = [event["place"] for event in EVENTS if event["kind"] == "potluck"]
    assert sum(place.get("private", False) for place in potlucks) == 1
    assert sum("ommunit" in place["name"] for place in potlucks) >= 2


def test_event_ids_are_unique_and_short():
    ids = [event["id"] for event in EVENTS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"sample_2026_\w{1,24}", id_) for id_ in ids)


def test_every_url_has_the_reserved_host():
    for file in SAMPLE.iterdir():
        if file.name.endswith(".toml"):
            hosts = re.findall(r"https?://([^/\"\s]+)", file.read_text(encoding="utf-8"))
            assert set(hosts) <= {"campaign.example"}, file.name


@pytest.mark.parametrize("name", ["petitions/convention", "share_kit"])
def test_texts_exist_in_four_languages(name):
    assert list(read(name)["texts"]) == LANGUAGES


def test_every_language_has_the_same_messages():
    texts = read("share_kit")["texts"]
    messages = {lang: [message["id"] for message in texts[lang]["messages"]] for lang in LANGUAGES}
    assert all(ids == messages["en"] for ids in messages.values())
    assert all(len(m["text"]) <= 220 for text in texts.values() for m in text["messages"])


@pytest.mark.parametrize("slug", ["the-day", "the-convention", "city-resolution"])
def test_resources_have_the_same_paragraphs_in_four_languages(slug):
    texts = RESOURCES[slug]["texts"]
    assert list(texts) == LANGUAGES
    paragraphs = {lang: len(text["body"].strip().split("\n\n")) for lang, text in texts.items()}
    assert len(set(paragraphs.values())) == 1, paragraphs


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("slug", FACTS)
def test_facts_are_in_every_language(slug, lang):
    body = RESOURCES[slug]["texts"][lang]["body"]
    assert [fact for fact in FACTS[slug] if not re.search(rf"(?<!\d){fact}(?!\d)", body)] == []


def test_sample_counts_years_and_not_observances():
    english = RESOURCES["the-day"]["texts"]["en"]["body"]
    assert "on 18 December 2017 the Convention turned 27 and the day turned 17" in english
    assert not re.search(r"\d(st|nd|rd|th)\b|observance", english, re.IGNORECASE)


def test_artwork_is_self_contained_and_small():
    """It loads nothing, needs no fonts and is small enough to e-mail."""
    data = (SAMPLE / "posters" / "many-paths.svg").read_bytes()
    drawing = ET.fromstring(data)  # noqa: S314 our own file
    tags = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert tags <= {"svg", "title", "defs", "g", "path", "rect", "circle", "use", "clipPath"}
    assert b"http" not in data.replace(b"http://www.w3.org/2000/svg", b"")
    assert len(data) < 400_000


def test_script_reproduces_the_committed_poster(tmp_path):
    script = Path(__file__).parents[3] / "scripts" / "make_poster.py"
    subprocess.run([sys.executable, script, tmp_path / "again.svg"], check=True)
    committed = (SAMPLE / "posters" / "many-paths.svg").read_bytes()
    assert (tmp_path / "again.svg").read_bytes() == committed


def test_preview_is_a_small_png():
    data = (SAMPLE / "posters" / "many-paths.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) < 100_000
