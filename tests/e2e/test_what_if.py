"""What a person does with a what-if, in a real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from advisor.intake.scenario import read_scenario
from advisor.ui.presets import PRESETS
from tests.e2e.visiting import ANSWER, at_rest, chosen, main, opened, typed

SEED_LAB = "Use Compression: the VM moves in"


def test_a_changed_input_changes_the_answer_and_the_link_shows_it_to_somebody_else(
    page: Page, stranger: Page, address: str
):
    opened(page, address)
    before = page.locator(ANSWER).first.inner_text()
    assert before.startswith(SEED_LAB)
    typed(page, "Memory of each, GiB", "440")
    expect(page.locator(ANSWER).first).not_to_have_text(before)
    changed = at_rest(page).locator(ANSWER).first.inner_text()
    stranger.goto(page.url)
    expect(stranger.locator(ANSWER).first).to_have_text(changed)
    expect(stranger.get_by_label("Memory of each, GiB", exact=True)).to_have_value("440")


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


def test_keys_alone_change_the_answer(page: Page, address: str):
    opened(page, address)
    before = page.locator(ANSWER).first.inner_text()
    link = page.url
    page.bring_to_front()
    order: list[str] = []
    while "Memory of each, GiB" not in order:
        assert len(order) < 80, order
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert "Start from" in order[:3]
    assert order.index("Version") < order.index("Cores") < order.index("Memory of each, GiB")
    page.keyboard.press("Control+a")
    page.keyboard.type("440")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != link)
    at_rest(page)
    expect(page.locator(ANSWER).first).not_to_have_text(before)


def test_back_gives_the_what_if_before(page: Page, address: str):
    opened(page, address)
    first = page.locator(ANSWER).first.inner_text()
    typed(page, "Memory of each, GiB", "110")
    second = page.locator(ANSWER).first.inner_text()
    typed(page, "Memory of each, GiB", "220")
    for memory, answer in (("110", second), ("55", first)):
        page.go_back()
        expect(page.get_by_label("Memory of each, GiB", exact=True).first).to_have_value(memory)
        expect(at_rest(page).locator(ANSWER).first).to_have_text(answer)
    page.go_forward()
    expect(page.get_by_label("Memory of each, GiB", exact=True).first).to_have_value("110")
    expect(at_rest(page).locator(ANSWER).first).to_have_text(second)


def test_two_visitors_at_once_stay_apart(page: Page, stranger: Page, address: str):
    opened(page, address)
    opened(stranger, address)
    typed(page, "Memory of each, GiB", "300")
    expect(page.locator(ANSWER).first).not_to_contain_text("19 s")
    stranger.reload()
    expect(stranger.locator(ANSWER).first).to_contain_text(SEED_LAB)
    expect(stranger.get_by_label("Memory of each, GiB", exact=True)).to_have_value("55")


def test_fields_whose_words_stand_in_a_box_are_edited_again_and_again(page: Page, address: str):
    opened(page, address)
    chosen(page, "Start from", "2 × 25 GbE with RDMA, converged")
    for label, value in (("VMs", "4"), ("Memory of each, GiB", "20"), ("VMs", "3")):
        typed(page, label, value)
    chosen(page, "VMs to change", "2: server, 18 × 16 GiB")
    expect(page.get_by_label("VMs", exact=True).first).to_have_value("18")
    for label, value in (("VMs", "5"), ("Memory of each, GiB", "8")):
        typed(page, label, value)
    chosen(page, "VMs to change", "1: database, 3 × 20 GiB")
    expect(page.get_by_label("VMs", exact=True).first).to_have_value("3")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_one_example_after_another_and_another_part(page: Page, address: str):
    opened(page, address)
    for name in (*PRESETS.values(), *PRESETS.values()):
        chosen(page, "Start from", name)
        main(page).get_by_role("tab", name="VMs", exact=True).click()
        at_rest(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.locator(ANSWER).first).to_be_visible()
