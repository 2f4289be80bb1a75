"""Replaces exported files in a shared folder so that no link breaks meanwhile.

A list records each file that was written and its digest. So files that are no longer linked can be
deleted, and files that somebody else has replaced stay.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

if sys.platform != "win32":
    import fcntl

LIST_NAME = ".imd-widgets.json"

Digests: TypeAlias = dict[str, str]


@dataclass
class FileSync:
    """The files of one widget in one language, under temporary names until they are published."""

    folder: Path
    stem: str
    staged: Digests = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        self.staged[name] = sha256(content).hexdigest()
        self._make_temporary_path(name).write_bytes(content)

    def publish(self, *, is_complete: bool) -> None:
        """Publish new link targets first, and delete files that are no longer linked last."""
        with lock(self.folder):
            self._publish(is_complete=is_complete)

    def _publish(self, *, is_complete: bool) -> None:
        lists = self._read_lists()
        before = lists.get(self.stem, {})
        self._write_lists({**lists, self.stem: {**before, **self.staged}})
        furthest_first = [*reversed(self.staged)]
        for name in sorted(furthest_first, key=self._sort_key):
            self._put(name)
        if is_complete:
            others = (names for stem, names in lists.items() if stem != self.stem)
            self._remove(before, needed=self.staged.keys() | set().union(*others))
            self._write_lists({**lists, self.stem: self.staged})

    def discard(self) -> None:
        for name in (*self.staged, LIST_NAME):
            self._make_temporary_path(name).unlink(missing_ok=True)

    def _remove(self, before: Digests, needed: set[str]) -> None:
        for name in before.keys() - needed:
            path = self.folder / Path(name).name
            if path.is_file() and _hash_file(path) == before[name]:
                path.unlink()

    def _sort_key(self, name: str) -> tuple[bool, bool]:
        """Sort images before pages, and new pages before existing ones, which link to them."""
        return name.endswith(".html"), (self.folder / name).exists()

    def _put(self, name: str) -> None:
        self._make_temporary_path(name).replace(self.folder / name)

    def _make_temporary_path(self, name: str) -> Path:
        return self.folder / f".{name}.{os.getpid()}"

    def _read_lists(self) -> dict[str, Digests]:
        try:
            lists = json.loads((self.folder / LIST_NAME).read_text("utf-8"))
            return {stem: dict(names) for stem, names in lists.items()}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return {}

    def _write_lists(self, lists: Mapping[str, Digests]) -> None:
        self._make_temporary_path(LIST_NAME).write_text(json.dumps(lists, indent=1), "utf-8")
        self._put(LIST_NAME)


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Wait while another run changes the files; Windows cannot lock a folder."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def open_file_sync(folder: Path, stem: str) -> Iterator[FileSync]:
    files = FileSync(folder, stem)
    try:
        yield files
    finally:
        files.discard()


def _hash_file(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
