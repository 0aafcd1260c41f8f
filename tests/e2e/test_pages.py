"""Every page at two widths and in both schemes: whole, readable, quiet, and asking nobody else."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.sight import at_390, barriers, cut_off, in_scheme
from tests.e2e.visiting import ANSWER, PAGES, PATIENCE_MS, TITLES, at_rest, field, main, opened, press, tab, there

# Streamlit looks for its server below the path of the page before it looks where that is.
_LOOKED_FOR = re.compile(r"/[a-z-]+/_stcore/(health|host-config)$")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_readable_and_quiet(chromium: Browser, address: str, path: str, width: int):
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    asked: list[str] = []
    said: list[ConsoleMessage] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message) if message.type == "error" else None)
    opened(page, address, path)
    assert TITLES[path] in page.title()  # in the tabs and the history of a browser pages are told apart by it
    for scheme in ("light", "dark"):
        in_scheme(page, scheme)
        assert cut_off(page) == []
        assert barriers(page) == []
        if not path:
            place = page.locator(ANSWER).first.bounding_box()
            assert place is not None
            assert place["y"] + place["height"] < 844
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    assert asked
    assert [url for url in asked if not url.startswith(own)] == []
    assert [one.text for one in said if not _LOOKED_FOR.search(one.location["url"])] == []
    context.close()


def test_every_part_of_an_answer_can_be_read(page: Page, address: str):
    opened(page, address)
    for part in ("Passes", "VMs", "Why and how", "Basis"):
        tab(page, part)
        assert cut_off(page) == []
        assert barriers(page) == []
    assert at_390(page) == []


@pytest.mark.parametrize("path", ["", "measured-runs"])
def test_every_part_is_in_sight_on_a_narrow_screen(page: Page, address: str, path: str):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, address, path)
    parts = main(page).get_by_role("tab").all()
    assert len(parts) > 3
    for part in parts:
        expect(part).to_be_in_viewport(ratio=1)


def test_a_comparison_can_be_read_on_a_narrow_screen(page: Page, address: str):
    opened(page, address, "compare")
    main(page).get_by_role("combobox", name="What-if B").click()
    page.get_by_role("option", name="Branch office").click()
    there(page, "What differs in the inputs")
    assert at_390(page) == []
    in_scheme(page, "dark")
    assert barriers(page) == []


def test_a_sensitivity_is_worked_out_and_can_be_read_on_a_narrow_screen(page: Page, address: str):
    opened(page, address, "sensitivity")
    for label, values in (("Values across, Gbit/s", "1, 10"), ("Values up, GiB", "55, 110")):
        box = field(page, label)
        box.fill(values)
        box.press("Enter")
        at_rest(page)
    there(page, "4 cells, about")
    press(page, "Work it out")
    there(page, "Recommended")
    chart = page.get_by_test_id("stVegaLiteChart").first
    assert re.search(r"Today, 10 Gbit/s by 55 GiB: \d", chart.get_attribute("aria-label") or "")
    assert at_390(page) == []
    in_scheme(page, "dark")
    assert barriers(page) == []
