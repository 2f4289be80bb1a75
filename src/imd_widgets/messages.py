import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
LOCALES = HERE / "locales"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEPT = ("Language:", "MIME-", "Content-", "Plural-Forms:")


def extract() -> Catalog:
    template = Catalog(project="imd-sdk", charset="utf-8")
    found = extract_from_dir(HERE, METHODS, OPTIONS)
    for name, _line, message, comments, context in found:
        template.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return template


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as lines:
        return read_po(lines, locale=path.stem.replace("-", "_"))


def renew(path: Path, template: Catalog) -> Catalog:
    """Bring a catalogue up to date; a message that is new stays empty until it is translated."""
    renewed = catalogue(path) if path.exists() else Catalog(locale=path.stem.replace("-", "_"))
    renewed.update(template, no_fuzzy_matching=True)
    renewed.header_comment = ""
    renewed.fuzzy = False
    written = BytesIO()
    write_po(
        written, renewed, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True
    )
    path.write_text(_plain(written.getvalue().decode()), encoding="utf-8")
    return renewed


def translated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(forms)


def _plain(text: str) -> str:
    """Without the header's dates and names, which would change with every renewal."""
    head, body = text.split("\n\n", 1)
    lines = [
        line
        for line in head.splitlines()
        if line.startswith("msg") or line.removeprefix('"').startswith(KEPT)
    ]
    return "\n".join([*lines, "", body])


def main(tags: list[str]) -> None:
    template = extract()
    paths = [LOCALES / f"{tag}.po" for tag in tags] or sorted(LOCALES.glob("*.po"))
    for path in paths:
        renewed = renew(path, template)
        missing = sum(not translated(message) for message in renewed if message.id)
        sys.stdout.write(f"{path.name}: {missing} of {len(template)} not translated\n")


if __name__ == "__main__":
    main(sys.argv[1:])
