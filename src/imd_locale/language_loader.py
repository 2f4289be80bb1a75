"""Loads languages when a server starts, without those that cannot be loaded."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

SOURCE = "en"

LOG = logging.getLogger("imd_locale")


class LanguageError(RuntimeError):
    """The language that all others fall back to cannot be loaded."""


def load_languages(tags: Iterable[str], load: Callable[[str], T], *, used_for: str) -> dict[str, T]:
    """Return what `load` returns for each tag, English first."""
    loaded = {SOURCE: _load_source(load, used_for)}
    for tag in sorted(set(tags) - {SOURCE}):
        try:
            loaded[tag] = load(tag)
        except Exception as error:  # noqa: BLE001 - an error in one language must not affect the others
            LOG.warning("Language %s is left out of %s: %s", tag, used_for, _describe(error))
    return loaded


def _load_source(load: Callable[[str], T], used_for: str) -> T:
    try:
        return load(SOURCE)
    except Exception as error:
        raise LanguageError(
            f"English cannot be loaded for {used_for}: {_describe(error)}. Install imd-sdk again."
        ) from error


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
