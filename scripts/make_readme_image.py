"""Makes the README's image: three widgets of the sample campaign in Chromium.

imd demo --port 1218 --data var/readme
python scripts/make_readme_image.py http://127.0.0.1:1218 docs/images/widgets.png
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
"""With so few, flat colours and text look the same, and the file is a third of the size."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    image = Image.open(io.BytesIO(take_screenshot(arguments.url))).convert("RGB")
    arguments.path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(arguments.path, optimize=True)
    print(f"{arguments.path}: {arguments.path.stat().st_size} bytes")


def take_screenshot(url: str) -> bytes:
    frames = "".join(
        f'<iframe src="{url}{path}" style="width: {width}px"></iframe>' for path, width in WIDGETS
    )
    width = sum(width for _, width in WIDGETS) + GAP * (len(WIDGETS) - 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": HEIGHT})
        page.set_content(PAGE.format(gap=GAP, height=HEIGHT, frames=frames), wait_until="load")
        content = page.screenshot()
        browser.close()
    return content


if __name__ == "__main__":
    main()
