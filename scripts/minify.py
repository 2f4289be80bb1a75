"""Makes src/imd_widgets/minified.json from widgets_static/*.js with terser.

    scripts/browser-tools && python scripts/minify.py

The server sends the minified form of a script if it matches its source. If not, it sends the
source, and a test fails until you run this.
"""

import json
import subprocess
from pathlib import Path

from imd_widgets.assets import hash_text

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "src/imd_widgets/minified.json"
TERSER = (ROOT / "node_modules/.bin/terser", "--compress", "--mangle")


def main() -> None:
    scripts = {file.stem: minify(file) for file in sorted((ROOT / "widgets_static").glob("*.js"))}
    TARGET.write_text(json.dumps(scripts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {sum(len(script['code']) for script in scripts.values()):,} bytes")


def minify(file: Path) -> dict[str, str]:
    source = file.read_text(encoding="utf-8")
    result = subprocess.run(TERSER, input=source, capture_output=True, check=True, text=True)
    return {"of": hash_text(source), "code": result.stdout.strip()}


if __name__ == "__main__":
    main()
