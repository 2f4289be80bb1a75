"""Check what no single value shows: languages, times, names that occur twice, and artwork."""

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from imd_campaign.campaign_files import folder as files
from imd_campaign.campaign_files.artwork import describe_mismatch
from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.campaign_files.moments import require_zone_offset, resolve
from imd_campaign.campaign_files.problems import Problem, suggest
from imd_campaign.campaign_files.schemas import EditionEntry, EventEntry, PetitionFile, PosterEntry

MAX_DURATION = timedelta(days=31)
UNKNOWN_LANGUAGE = "is not in `languages` of campaign.toml.{suggestion} Add it there first."
Texts = Mapping[str, Any]


def find_problems(folder: CampaignFolder) -> Iterator[Problem]:
    yield from _check_campaign(folder)
    for slug, petition in folder.petitions.items():
        yield from _check_petition(folder, f"{files.PETITIONS}/{slug}.toml", petition)
    yield from _check_events(folder)
    yield from _check_posters(folder)
    yield from _check_content(folder)


# ------------------------------------------------------------------ campaign and petitions


def _check_campaign(folder: CampaignFolder) -> Iterator[Problem]:
    campaign = folder.campaign
    yield from _find_repeated(files.CAMPAIGN, "languages", campaign.languages)
    yield from _check_languages(folder, files.CAMPAIGN, "name", campaign.name)
    for lang in campaign.languages:
        if lang not in campaign.name:
            yield Problem(files.CAMPAIGN, f"name.{lang}", "is missing.")
    if campaign.petition is not None and campaign.petition not in folder.petitions:
        hint = suggest(campaign.petition, folder.petitions)
        message = f"there is no file petitions/{campaign.petition}.toml.{hint}"
        yield Problem(files.CAMPAIGN, "petition", message)


def _check_petition(folder: CampaignFolder, file: str, petition: PetitionFile) -> Iterator[Problem]:
    zone = petition.time_zone or folder.campaign.time_zone
    opens = yield from _resolve(file, "opens", petition.opens, zone)
    closes = yield from _resolve(file, "closes", petition.closes, zone)
    if opens and closes and closes <= opens:
        yield Problem(file, "closes", "must be later than opens.")
    if sorted(set(petition.milestones)) != petition.milestones:
        yield Problem(file, "milestones", "must be in ascending order, each number once.")
    yield from _check_languages(folder, file, "texts", petition.texts)


def _resolve(
    file: str, key: str, value: datetime | None, zone: str
) -> Generator[Problem, None, datetime | None]:
    """Return the moment, or report that it is none."""
    if value is None:
        return None
    try:
        return resolve(value, zone)
    except ValueError as error:
        yield Problem(file, key, str(error))
    return None


def _check_languages(
    folder: CampaignFolder, file: str, key: str, texts: Texts
) -> Iterator[Problem]:
    known = folder.campaign.languages
    for lang in texts:
        if lang not in known:
            message = UNKNOWN_LANGUAGE.format(suggestion=suggest(lang, known))
            yield Problem(file, f"{key}.{lang}", message)


def _find_repeated(file: str, key: str, names: Collection[str]) -> Iterator[Problem]:
    for name, number in Counter(names).items():
        if number > 1:
            yield Problem(file, key, f"{name} occurs {number} times; each must be unique.")


# ------------------------------------------------------------------ events


def _check_events(folder: CampaignFolder) -> Iterator[Problem]:
    yield from _find_repeated(files.EVENTS, "events", [event.id for event in folder.events])
    for number, event in enumerate(folder.events, 1):
        zone = event.time_zone or folder.campaign.time_zone
        yield from _check_event(f"events[{number}]", event, zone)


def _check_event(key: str, event: EventEntry, zone: str) -> Iterator[Problem]:
    starts = yield from _resolve(files.EVENTS, f"{key}.starts", event.starts, zone)
    ends = yield from _resolve(files.EVENTS, f"{key}.ends", event.ends, zone)
    for name, moment in (("starts", starts), ("ends", ends)):
        if moment:
            yield from _check_offset(f"{key}.{name}", moment, zone)
    if starts and ends and ends <= starts:
        yield Problem(files.EVENTS, f"{key}.ends", "must be later than starts.")
    if starts and ends and ends > starts + MAX_DURATION:
        yield Problem(files.EVENTS, f"{key}.ends", "is more than a month after starts.")
    if event.place is None and event.url is None:
        message = "has neither a place nor, as an online event, a url."
        yield Problem(files.EVENTS, key, message)
    if event.place is not None and event.kind == "online":
        yield Problem(files.EVENTS, f"{key}.place", "must be left out for the kind online.")


def _check_offset(key: str, moment: datetime, zone: str) -> Iterator[Problem]:
    try:
        require_zone_offset(moment, zone)
    except ValueError as error:
        yield Problem(files.EVENTS, key, str(error))


# ------------------------------------------------------------------ posters


def _check_posters(folder: CampaignFolder) -> Iterator[Problem]:
    yield from _find_repeated(files.POSTERS, "posters", [poster.slug for poster in folder.posters])
    for number, poster in enumerate(folder.posters, 1):
        yield from _check_poster(folder, f"posters[{number}]", poster)


def _check_poster(folder: CampaignFolder, key: str, poster: PosterEntry) -> Iterator[Problem]:
    yield from _check_languages(folder, files.POSTERS, f"{key}.texts", poster.texts)
    yield from _find_repeated(
        files.POSTERS, f"{key}.editions", [edition.id for edition in poster.editions]
    )
    yield from _find_repeated(files.POSTERS, f"{key}.files", [file.name for file in poster.files])
    for number, edition in enumerate(poster.editions, 1):
        yield from _check_edition(folder, f"{key}.editions[{number}]", edition)
    for number, file in enumerate(poster.files, 1):
        if mismatch := describe_mismatch(folder.artwork, file):
            yield Problem(files.POSTERS, f"{key}.files[{number}].name", mismatch)


def _check_edition(folder: CampaignFolder, key: str, edition: EditionEntry) -> Iterator[Problem]:
    yield from _check_languages(folder, files.POSTERS, f"{key}.title", edition.title)
    if edition.kind == "limited" and edition.run is None:
        yield Problem(files.POSTERS, f"{key}.run", "is missing: how many prints are there?")
    if edition.kind == "open" and edition.run is not None:
        yield Problem(files.POSTERS, f"{key}.run", "is for limited editions only.")


# ------------------------------------------------------------------ share kit and resources


def _check_content(folder: CampaignFolder) -> Iterator[Problem]:
    kit = folder.share_kit
    if kit is not None:
        yield from _check_languages(folder, files.SHARE_KIT, "texts", kit.texts)
        for lang, text in kit.texts.items():
            ids = [message.id for message in text.messages]
            yield from _find_repeated(files.SHARE_KIT, f"texts.{lang}.messages", ids)
    slugs = [resource.slug for resource in folder.resources]
    yield from _find_repeated(files.RESOURCES, "resources", slugs)
    for number, resource in enumerate(folder.resources, 1):
        key = f"resources[{number}].texts"
        yield from _check_languages(folder, files.RESOURCES, key, resource.texts)
