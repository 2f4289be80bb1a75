"""The picture of the README: three widgets of the sample campaign side by side, by Chromium.

imd demo --port 1218 --data var/picture
python scripts/make_picture.py http://127.0.0.1:1218 docs/images/widgets.png
"""

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDGETS = (
    ("/w/counter/convention?lang=en&theme=light", 300),
    ("/w/countdown?lang=ar&theme=light", 300),
    ("/w/events?lang=en&theme=light", 540),
)
HEIGHT, GAP = 490, 16
PAGE = """<!doctype html><style>body {{ margin: 0; display: flex; gap: {gap}px; background: #fff }}
iframe {{ border: 0; height: {height}px }}</style>{frames}"""
COLOURS = 64
"""Flat colours and letters look the same with so few, and the file is a third."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("path", type=Path)
    asked = parser.parse_args()
    picture = Image.open(io.BytesIO(screenshot(asked.address))).convert("RGB")
    asked.path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(asked.path, optimize=True)
    print(f"{asked.path}: {asked.path.stat().st_size} bytes")


def screenshot(address: str) -> bytes:
    frames = "".join(
        f'<iframe src="{address}{path}" style="width: {width}px"></iframe>'
        for path, width in WIDGETS
    )
    width = sum(width for _, width in WIDGETS) + GAP * (len(WIDGETS) - 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": HEIGHT})
        page.set_content(PAGE.format(gap=GAP, height=HEIGHT, frames=frames), wait_until="load")
        taken = page.screenshot()
        browser.close()
    return taken


if __name__ == "__main__":
    main()
