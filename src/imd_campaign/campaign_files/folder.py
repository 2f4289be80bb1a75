"""Read the folder of a campaign."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import TypeVar

from pydantic import BaseModel

from imd_campaign.campaign_files.problems import InvalidFiles, Problem, suggest
from imd_campaign.campaign_files.schemas import (
    FILES,
    MAX_SLUG_LENGTH,
    SLUG,
    CampaignFile,
    EventEntry,
    EventsFile,
    PetitionFile,
    PosterEntry,
    PostersFile,
    ResourceEntry,
    ResourcesFile,
    ShareKitFile,
)
from imd_campaign.campaign_files.validation import parse

M = TypeVar("M", bound=BaseModel)
Transform = Callable[[str], str]

CAMPAIGN = "campaign.toml"
EVENTS = "events.toml"
POSTERS = "posters.toml"
SHARE_KIT = "share_kit.toml"
RESOURCES = "resources.toml"
PETITIONS = "petitions"
ARTWORK = "posters"
SUFFIX = ".toml"
MAX_BYTES = 5_000_000
NAMES = {name for name in FILES if "/" not in name}
BAD_SLUG = (
    "the name of the file is the petition's name in URLs: up to 40 lower-case letters without "
    "accents, digits and hyphens, such as petitions/safe-routes.toml."
)


@dataclass(frozen=True, slots=True)
class CampaignFolder:
    root: Traversable
    campaign: CampaignFile
    petitions: Mapping[str, PetitionFile]
    events: Sequence[EventEntry]
    posters: Sequence[PosterEntry]
    share_kit: ShareKitFile | None
    resources: Sequence[ResourceEntry]

    @property
    def artwork(self) -> Traversable:
        return self.root / ARTWORK


def read_folder(root: Traversable, transform: Transform = str) -> CampaignFolder:
    """Read all files; `transform` changes their text first."""
    reader = _Reader(root, transform)
    campaign = reader.read(CAMPAIGN, CampaignFile)
    petitions = {slug: reader.read(file, PetitionFile) for slug, file in reader.list_petitions()}
    events = reader.read_optional(EVENTS, EventsFile)
    posters = reader.read_optional(POSTERS, PostersFile)
    share_kit = reader.read_optional(SHARE_KIT, ShareKitFile)
    resources = reader.read_optional(RESOURCES, ResourcesFile)
    reader.report_unknown_files()
    if reader.problems or campaign is None:
        raise InvalidFiles(reader.problems)
    return CampaignFolder(
        root,
        campaign,
        {slug: petition for slug, petition in petitions.items() if petition is not None},
        events.events if events else [],
        posters.posters if posters else [],
        share_kit,
        resources.resources if resources else [],
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Traversable
    transform: Transform
    problems: list[Problem] = field(default_factory=list)

    def read(self, name: str, model: type[M]) -> M | None:
        text = self._read_text(name)
        if text is None:
            return None
        parsed = parse(name, text, model)
        if isinstance(parsed, list):
            self.problems.extend(parsed)
            return None
        return parsed

    def read_optional(self, name: str, model: type[M]) -> M | None:
        """Read a file that may be missing, or have nothing but comments."""
        if name not in _list_names(self.root):
            return None
        text = self._read_text(name)
        if text is not None and not _has_content(text):
            return None
        return self.read(name, model)

    def list_petitions(self) -> Iterator[tuple[str, str]]:
        for file in self._list_petition_files():
            slug = file.removesuffix(SUFFIX)
            if file.startswith("."):
                continue
            if file == slug or not _is_slug(slug):
                self._add(f"{PETITIONS}/{file}", BAD_SLUG)
            else:
                yield slug, f"{PETITIONS}/{file}"

    def _list_petition_files(self) -> Sequence[str]:
        folder = self.root / PETITIONS
        if folder.is_dir():
            return sorted(_list_names(folder))
        if PETITIONS in _list_names(self.root):
            self._add(PETITIONS, "is not a folder.")
        return []

    def report_unknown_files(self) -> None:
        for name in sorted(set(_list_names(self.root)) - NAMES):
            if name.endswith(SUFFIX):
                self._add(name, f"is not a file of a campaign.{suggest(name, NAMES)}")

    def _read_text(self, name: str) -> str | None:
        file = self.root.joinpath(*PurePath(name).parts)
        try:
            data = file.read_bytes()
            if len(data) > MAX_BYTES:
                self._add(name, f"is too large: at most {MAX_BYTES:,} bytes.")
                return None
            return self.transform(data.decode("utf-8-sig"))
        except FileNotFoundError:
            self._add(name, self._describe_missing(name))
        except UnicodeDecodeError:
            self._add(name, "is not UTF-8 text. Save it as UTF-8.")
        except OSError as error:
            self._add(name, f"cannot be read: {error.strerror}.")
        return None

    def _describe_missing(self, name: str) -> str:
        if name in _list_names(self.root):
            return "is a link to a file that does not exist."
        return "is missing. `imd campaign init` writes a new folder."

    def _add(self, file: str, message: str) -> None:
        self.problems.append(Problem(file, "", message))


def _has_content(text: str) -> bool:
    lines = (line.strip() for line in text.splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _list_names(folder: Traversable) -> Sequence[str]:
    return [entry.name for entry in folder.iterdir()]


def _is_slug(text: str) -> bool:
    return bool(re.fullmatch(SLUG, text)) and len(text) <= MAX_SLUG_LENGTH
