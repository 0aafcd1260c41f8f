"""What a person does on a page of the app, and how one knows that the page has answered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

PATIENCE_MS: Final = 60_000
ANSWER: Final = "[data-testid=stMainBlockContainer] h3"

PAGES: Final = {
    "": "Use Compression: the VM moves in",
    "compare": "Choose a second what-if",
    "sensitivity": "What makes the interval wide",
    "fleet": "Give an inventory",
    "measured-runs": "14 runs",
    "evidence": re.compile(r"\d+ of \d+ rules"),
}
"""The path of every page, and words that stand on it once it is there."""

TITLES: Final = {
    "": "What-if",
    "compare": "Compare",
    "sensitivity": "Sensitivity",
    "fleet": "Fleet",
    "measured-runs": "Measured runs",
    "evidence": "Rules and evidence",
}


def opened(page: Page, address: str, path: str = "") -> Page:
    """The page at a path, once it is there."""
    page.goto(f"{address}/{path}")
    expect(main(page).get_by_text(PAGES[path.partition("?")[0]]).first).to_be_visible(timeout=PATIENCE_MS)
    return at_rest(page)


def at_rest(page: Page) -> Page:
    """The page once nothing runs any more, every widget is drawn, and those of before are gone."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    return page


def main(page: Page) -> Locator:
    """What is not the side."""
    return page.get_by_test_id("stMain")


def there(page: Page, text: str) -> None:
    """Wait until words can be seen, and nothing runs any more."""
    expect(main(page).get_by_text(text).filter(visible=True).first).to_be_visible(timeout=PATIENCE_MS)
    at_rest(page)


def press(page: Page, button: str) -> None:
    """Press a button of the page."""
    main(page).get_by_role("button", name=button, exact=True).filter(visible=True).click()


def tab(page: Page, name: str) -> None:
    """Open a tab of the page."""
    main(page).get_by_role("tab", name=name, exact=True).click()
    at_rest(page)


def typed(page: Page, label: str, value: str) -> None:
    """Type a value of the what-if, and wait until the link holds it."""
    before = page.url
    box = page.get_by_label(label, exact=True).first
    box.fill(value)
    box.press("Enter")
    page.wait_for_url(lambda url: url != before)
    at_rest(page)


def field(page: Page, label: str) -> Locator:
    """A text field that can be seen."""
    return main(page).get_by_role("textbox", name=label, exact=True).filter(visible=True)


def goes_to(page: Page, path: str) -> None:
    """Go to another page by the links at the top, in the same visit."""
    page.get_by_test_id("stTopNavLink").filter(has_text=TITLES[path]).click()
    expect(main(page).get_by_text(PAGES[path]).first).to_be_visible()
    at_rest(page)


def downloaded(page: Page, button: str, to: Path) -> Path:
    """The file that a button hands out."""
    with page.expect_download(timeout=PATIENCE_MS) as download:
        press(page, button)
    download.value.save_as(to)
    return to


def sized(page: Page, window: str) -> None:
    """Have the inventory of the page sized for a window."""
    tab(page, "Sizing")
    box = field(page, "Window")
    box.fill(window)
    box.press("Tab")
    at_rest(page)
    press(page, "Size every cluster")


def chosen(page: Page, label: str, option: str) -> None:
    """Choose an option of a box."""
    page.get_by_role("combobox", name=label, exact=True).filter(visible=True).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    at_rest(page)
