"""What a person does to compare what-ifs, in a real Chromium."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.sight import at_390, barriers, cut_off
from tests.e2e.visiting import ANSWER, at_rest, chosen, goes_to, main, opened, press, there, typed

TITLE = "Two R720 with 2 x 10 GbE, one idle VM of 55 GiB"


def box(page: Page, part: str) -> Locator:
    return page.get_by_role("combobox", name=f"What-if {part}", exact=True)


def kept(number: int, memory: str) -> str:
    return f"kept {number}: {TITLE}, edited: VMs memory {memory} GiB"


def goes_back_to_what_if(page: Page) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text="What-if").click()
    expect(page.get_by_label("Memory of each, GiB", exact=True).first).to_be_visible()
    at_rest(page)


def keeps(page: Page, memory: str) -> None:
    typed(page, "Memory of each, GiB", memory)
    press(page, "Keep to compare")
    at_rest(page)


def test_a_kept_what_if_stays_chosen_as_others_are_kept_and_as_it_is_named(page: Page, stranger: Page, address: str):
    opened(page, address)
    keeps(page, "8")
    keeps(page, "440")
    goes_to(page, "compare")
    chosen(page, "What-if B", kept(1, "8"))
    there(page, f"B: {TITLE}, edited: VMs memory 8 GiB")
    goes_back_to_what_if(page)
    keeps(page, "110")
    page.get_by_test_id("stTopNavLink").filter(has_text="Compare").click()
    there(page, f"B: {TITLE}, edited: VMs memory 8 GiB")
    expect(box(page, "B")).to_have_value(kept(1, "8"))
    chosen(page, "What-if C", kept(2, "440"))
    there(page, f"C: {TITLE}, edited: VMs memory 440 GiB")

    name = main(page).get_by_label("Name of B", exact=True)
    name.fill("small")
    name.press("Enter")
    there(page, "B: small")
    expect(box(page, "B")).to_have_value("kept 1: small")
    # What the browser sends with the next change is what it shows now.
    chosen(page, "What-if C", kept(3, "110"))
    there(page, f"C: {TITLE}, edited: VMs memory 110 GiB")
    expect(box(page, "B")).to_have_value("kept 1: small")
    stranger.goto(at_rest(page).url)
    expect(stranger.locator(ANSWER).filter(has_text="B: small")).to_be_visible()


def test_the_name_given_to_ones_own_stays_with_it_on_other_pages_and_in_its_file(page: Page, address: str):
    opened(page, address, "compare")
    chosen(page, "What-if B", "Branch office on 1 GbE")
    name = main(page).get_by_label("Name of A", exact=True)
    name.fill("Lab as it is")
    name.press("Enter")
    there(page, "A: Lab as it is")
    goes_back_to_what_if(page)
    press(page, "Keep to compare")
    at_rest(page)
    page.get_by_test_id("stTopNavLink").filter(has_text="Compare").click()
    there(page, "A: Lab as it is")
    chosen(page, "What-if C", "kept 1: Lab as it is")
    there(page, "C: Lab as it is")


def test_three_what_ifs_can_be_read_at_any_width(page: Page, address: str):
    opened(page, address, "compare")
    chosen(page, "What-if B", "2 × 25 GbE with RDMA, converged")
    chosen(page, "What-if C", "30 to 40 VMs on a host")
    there(page, "What differs in the inputs")
    assert [*cut_off(page), *barriers(page)] == []
    assert at_390(page) == []
