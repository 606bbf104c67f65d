"""Take the pictures of every page that the documents show: `.venv/bin/python .ci/screenshots.py [slug ...]`.

It starts the dashboard, opens each page in Chromium as a visitor finds it, and writes docs/<page>.png; the home page is
docs/home.png. It needs what the tests need (tests/requirements.txt) and an installed Chromium.
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from components.registry import pages_for  # noqa: E402
from tests.browser import chromium  # noqa: E402
from tests.browser.serving import serving  # noqa: E402

SIZE = {"width": 1280, "height": 800}
COLOURS = 128  # a page has few; a third of the bytes

PROGRESS = """{"tokenizer": {"reached": 9, "predicted": [1, 2], "solved": true, "first_tries": {"0": false, "1": true}},
"positional-encoding": {"reached": 4, "predicted": [0, 0], "first_tries": {"0": true, "1": true, "2": false}}}"""
"""What the browser has kept where a page shows nothing without it."""
WITH_PROGRESS = ("predictions",)


def main(wanted: list[str]) -> int:
    """Write the pictures of these pages, or of all."""
    path = chromium.executable()
    if path is None:
        raise SystemExit(f"no Chromium: install one of {', '.join(chromium.NAMES)}, or set CHROMIUM to its path")
    pages = {entry.slug or "home": entry for entry in pages_for(None)}
    unknown = set(wanted) - pages.keys()
    if unknown:
        raise SystemExit(f"no such page: {', '.join(sorted(unknown))}. There are: {', '.join(pages)}")
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), variables={"PYTHONWARNINGS": "ignore"}) as server,
        sync_playwright() as playwright,
    ):
        profile = chromium.launch(playwright, path).new_context(
            viewport=SIZE, locale="en-US", color_scheme="light", reduced_motion="reduce"
        )
        profile.set_default_timeout(chromium.FINISHED_WITHIN_MS)
        profile.add_init_script(chromium.WATCH_SOCKETS)
        page = profile.new_page()
        for name, entry in pages.items():
            if wanted and name not in wanted:
                continue
            if name in WITH_PROGRESS:
                page.goto(f"{server.origin}/_stcore/health")  # a page of the same origin that reads no progress
                page.evaluate("progress => localStorage.setItem('transformer-dashboard-progress', progress)", PROGRESS)
            page.goto(f"{server.origin}/{entry.slug}?lang=en&{entry.picture}".rstrip("&"))
            chromium.settle(page)
            picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
            target = ROOT / "docs" / f"{name}.png"
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
