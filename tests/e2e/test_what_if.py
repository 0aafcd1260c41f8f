"""What a person does with a what-if, in a real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from advisor.intake.scenario import read_scenario
from tests.e2e.conftest import PATIENCE_MS

ANSWER = "[data-testid=stMainBlockContainer] h3"
SEED_LAB = "Use Compression: the VM moves in"


def opened(page: Page, address: str, path: str = "") -> Page:
    page.goto(f"{address}/{path}")
    expect(page.locator(ANSWER).first).to_be_visible(timeout=PATIENCE_MS)
    return page


def at_rest(page: Page) -> Page:
    """Wait until nothing runs any more."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE_MS)
    return page


def typed(page: Page, label: str, value: str) -> None:
    """Type a value and wait until the link holds it."""
    before = page.url
    box = page.get_by_label(label, exact=True).first
    box.fill(value)
    box.press("Enter")
    page.wait_for_url(lambda url: url != before)
    at_rest(page)


def test_a_changed_input_changes_the_answer_and_the_link_shows_it_to_somebody_else(
    page: Page, chromium: Browser, address: str
):
    opened(page, address)
    before = page.locator(ANSWER).first.inner_text()
    assert before.startswith(SEED_LAB)
    typed(page, "Memory of each, GiB", "440")
    expect(page.locator(ANSWER).first).not_to_have_text(before)
    changed = at_rest(page).locator(ANSWER).first.inner_text()
    other = chromium.new_context().new_page()
    other.goto(page.url)
    expect(other.locator(ANSWER).first).to_have_text(changed)
    expect(other.get_by_label("Memory of each, GiB", exact=True)).to_have_value("440")
    other.context.close()


def test_the_scenario_is_downloaded_as_the_command_line_reads_it(page: Page, address: str, tmp_path: Path):
    opened(page, address)
    typed(page, "Window", "45min")
    at_rest(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Scenario, YAML").click()
    file = tmp_path / "scenario.yaml"
    download.value.save_as(file)
    assert read_scenario(file).goals.window_s == 45 * 60


def test_bad_input_is_told_beside_the_field(page: Page, address: str):
    opened(page, address)
    box = page.get_by_label("Window", exact=True)
    box.fill("soon")
    box.press("Enter")
    told = page.get_by_test_id("stSidebar").get_by_text("is not a time (got soon)")
    expect(told).to_be_visible()
    field, message = page.get_by_label("Window", exact=True).bounding_box(), told.bounding_box()
    assert field is not None
    assert message is not None
    assert 0 < message["y"] - field["y"] < 150


def test_nothing_is_asked_of_any_other_machine(page: Page, address: str):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("", "compare", "sensitivity", "fleet", "measured-runs", "evidence"):
        page.goto(f"{address}/{path}")
        page.wait_for_load_state("networkidle")
    strange = [url for url in asked if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))]
    assert asked
    assert strange == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_answer_is_seen_without_scrolling_and_nothing_is_cut_off(
    chromium: Browser, address: str, width: int, scheme: str
):
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = opened(context.new_page(), address)
    at_rest(page)
    place = page.locator(ANSWER).first.bounding_box()
    assert place is not None
    assert place["y"] + place["height"] < 844
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= width
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0
    context.close()


def test_every_field_and_chart_has_a_name(page: Page, address: str):
    at_rest(opened(page, address))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('input, select, textarea, button')].filter(one =>
            one.offsetParent !== null && !one.getAttribute('aria-label') && !one.labels?.length &&
            !one.innerText.trim() && !one.getAttribute('aria-labelledby') && !one.title).map(one => one.outerHTML)"""
    )
    assert nameless == []
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(3)
    for i, title in enumerate(("Total time", "CPU at both ends", "Longest blackout")):
        expect(charts.nth(i)).to_have_attribute("aria-label", re.compile(rf"{title}\. \w"))


def test_keys_alone_reach_the_fields(page: Page, address: str):
    at_rest(opened(page, address))
    page.get_by_label("Window", exact=True).focus()
    page.keyboard.type("10min")
    page.keyboard.press("Enter")
    at_rest(page)
    expect(page.get_by_label("Window", exact=True)).to_have_value("10min")


def test_two_visitors_at_once_stay_apart(visitor: BrowserContext, chromium: Browser, address: str):
    one, other = visitor.new_page(), chromium.new_context().new_page()
    opened(one, address)
    opened(other, address)
    typed(one, "Memory of each, GiB", "300")
    expect(one.locator(ANSWER).first).not_to_contain_text("19 s")
    other.reload()
    expect(other.locator(ANSWER).first).to_contain_text(SEED_LAB)
    expect(other.get_by_label("Memory of each, GiB", exact=True)).to_have_value("55")
    other.context.close()
