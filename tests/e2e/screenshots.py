"""The README's pictures of the app, taken again by `python -m tests.e2e.screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page

from tests.e2e.serving import CHECKOUT, CHROMIUM, HOW_TO_GET, browser, served
from tests.e2e.visiting import main, opened, press, sized, there

PICTURES: Final = CHECKOUT / "tests" / "e2e" / "pictures"
WHAT_IF: Final = "what-if.png"
FLEET: Final = "fleet.png"
WIDTH: Final = 1200
_HEIGHT: Final = 780


def pictures(chromium: Browser, address: str, folder: Path) -> list[Path]:
    """Take every picture, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": _HEIGHT}, color_scheme="light", reduced_motion="reduce"
    )
    found = [_what_if(context.new_page(), address, folder), _fleet(context.new_page(), address, folder)]
    context.close()
    return found


def _what_if(page: Page, address: str, folder: Path) -> Path:
    opened(page, address)
    return _taken(page, folder / WHAT_IF)


def _fleet(page: Page, address: str, folder: Path) -> Path:
    opened(page, address, "fleet")
    press(page, "Use the example")
    there(page, "3 clusters, 10 hosts")
    sized(page, "3min")
    there(page, "2 hosts miss the window of 3 min")
    main(page).get_by_role("heading", name="2 hosts miss the window").evaluate("one => one.scrollIntoView()")
    return _taken(page, folder / FLEET)


def _taken(page: Page, to: Path) -> Path:
    """The page once its charts stand as wide as they will."""
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")
    page.get_by_test_id("stVegaLiteChart").filter(has=page.locator("svg")).first.wait_for()
    page.evaluate("document.fonts.ready.then(() => true)")
    page.screenshot(path=to, animations="disabled", caret="hide")
    return to


if __name__ == "__main__":
    if CHROMIUM is None:
        raise SystemExit(HOW_TO_GET)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address, browser() as chromium:
        for picture in pictures(chromium, address, PICTURES):
            print(f"{picture.relative_to(CHECKOUT)}: {picture.stat().st_size / 1000:.0f} kB")  # noqa: T201
