"""The file with a campaign's secrets: created once, and readable by its owner only."""

import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

PREFIX = "IMD_CAMPAIGN_"
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create(path: Path, settings: Mapping[str, str]) -> None:
    """Write a new file; never overwrite an existing one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, "".join(f"{PREFIX}{k.upper()}={v}\n" for k, v in settings.items()))


def change(path: Path, settings: Mapping[str, str | None]) -> None:
    """Set settings in an existing file, or remove those that are None; other lines stay.

    The file is replaced as a whole: whatever happens, the old or the new one is there.
    """
    names = {f"{PREFIX}{name.upper()}" for name in settings}
    kept = [
        line
        for line in _read_private(path).splitlines()
        if line.partition("=")[0].strip() not in names
    ]
    added = [f"{PREFIX}{k.upper()}={v}" for k, v in settings.items() if v is not None]
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    write_private(unfinished, "".join(f"{line}\n" for line in [*kept, *added]))
    unfinished.replace(path)


def write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def read(path: Path, names: Collection[str]) -> dict[str, str]:
    """Read the settings in a file; raise a `ValueError` that says what is wrong with it."""
    try:
        text = _read_private(path)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ValueError(f"{path} cannot be read: {reason}") from None
    return dict(
        _parse_setting(path, number, line.strip(), names)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    )


def _read_private(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & OTHERS:
            raise ValueError(f"{path} can be read by others (mode {mode:04o}): chmod 600 {path}")
        return file.read()


def _parse_setting(path: Path, number: int, line: str, names: Collection[str]) -> tuple[str, str]:
    """Parse a line; errors never repeat it, as it may be half a secret."""
    written, equals, value = line.partition("=")
    name = written.strip().removeprefix(PREFIX).lower()
    if not equals or not written.startswith(PREFIX) or name not in names:
        raise ValueError(f"{path}, line {number}: not a setting of the form {PREFIX}NAME=VALUE")
    return name, value.strip().strip("\"'")
