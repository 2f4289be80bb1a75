"""Bring the console's catalogues up to date: `python -m imd_console.messages`."""

from pathlib import Path

from imd_locale.message_extraction import update_package

if __name__ == "__main__":
    update_package(Path(__file__).parent)
