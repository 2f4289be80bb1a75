"""A coarse description of a browser: enough to recognise one's own, too little to track it."""

import re

# The first that fits counts: browsers name others for compatibility.
BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(e|ium)/|CriOS/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone|iPod"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Macintosh"),
    ("Linux", r"Linux|X11"),
)
UNKNOWN = "?"
MAX_LENGTH = 400


def describe_client(user_agent: str) -> str:
    text = user_agent[:MAX_LENGTH]
    return f"{_find(BROWSERS, text)}, {_find(SYSTEMS, text)}"


def _find(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, text)), UNKNOWN)
