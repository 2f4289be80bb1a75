"""What is wrong with the files of a campaign: the file, the key and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    file: str
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: {self.message}"


class InvalidFiles(Exception):  # noqa: N818 as in errors
    """All problems of a folder at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def suggest(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean X?", or nothing if no known word is close."""
    by_lower_case = {name.lower(): name for name in known}
    typed = str(word).lower()
    found = get_close_matches(typed, by_lower_case, n=5, cutoff=0.6)
    if not found:
        return ""
    best = max(found, key=lambda name: name[:1] == typed[:1])  # few mistype the first letter
    return f" Did you mean {by_lower_case[best]}?"
