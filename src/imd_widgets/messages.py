from pathlib import Path

from babel.messages.catalog import Catalog

from imd_locale import message_extraction
from imd_locale.message_extraction import (
    REVIEW,
    is_translated,
    read_catalogue,
    read_native_review,
    update_catalogue,
)

__all__ = [
    "LOCALES",
    "REVIEW",
    "extract_messages",
    "is_translated",
    "main",
    "read_catalogue",
    "read_native_review",
    "update_catalogue",
]

HERE = Path(__file__).parent
LOCALES = HERE / "locales"


def extract_messages() -> Catalog:
    return message_extraction.extract_messages(HERE)


def main(arguments: list[str] | None = None) -> None:
    message_extraction.update_package(HERE, arguments)


if __name__ == "__main__":
    main()
