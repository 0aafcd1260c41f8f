"""What a person does with measured runs, in a real Chromium: upload, evaluate, calibrate, take the card, use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from advisor.intake.runs import write_runs
from advisor.residual.card_files import load_card, shipped_card
from tests.calibration.test_calibrate import runs_of_slower_hosts
from tests.e2e.sight import at_390, barriers, cut_off, in_scheme
from tests.e2e.visiting import ANSWER, at_rest, downloaded, goes_to, main, opened, press, tab, there

PAIRS = 4
"""So many runs, of as many pairs of hosts: the fewest that are quick to calibrate and are not refused."""

NAME = "hyperv, calibrated on 4 runs of 4 studies in own.csv"
"""The card made of them."""


@pytest.fixture(scope="module")
def own_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("runs") / "own.csv"
    write_runs(runs_of_slower_hosts(PAIRS), file)
    return file


def test_own_runs_make_a_card_that_only_their_owner_sees(
    page: Page, stranger: Page, address: str, own_runs: Path, tmp_path: Path
):
    opened(page, address, "measured-runs")
    main(page).get_by_role("combobox", name="Runs").click()
    page.get_by_role("option", name="Your own file").click()
    there(page, "Upload a file of measured runs first.")
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(own_runs)
    there(page, "4 runs")
    tab(page, "Calibrate")
    there(page, "on two cores; it can be stopped.")
    press(page, "Calibrate")
    there(page, f"A card was made: {NAME}")
    card = load_card(downloaded(page, "Card, JSON", tmp_path / "card.json"))
    assert card.name == NAME
    assert barriers(page) == []
    press(page, "Use it on the other pages")
    there(page, "In use on the other pages.")

    for path in ("compare", "sensitivity", "fleet", ""):
        goes_to(page, path)
        there(page, "model card in use")
        there(page, NAME)
        assert cut_off(page) == []
        assert barriers(page) == []
    tab(page, "Basis")
    there(page, f"Model card {card.name}")
    opened(stranger, address, "?part=Basis")
    there(stranger, f"Model card {shipped_card('hyperv').name}")
    expect(stranger.get_by_text(card.name)).to_have_count(0)
    expect(stranger.get_by_text("model card in use")).to_have_count(0)

    assert at_390(page) == []
    place = page.locator(ANSWER).first.bounding_box()
    assert place is not None
    assert place["y"] + place["height"] < 844  # the answer stands below the note, and is still seen at once
    in_scheme(page, "dark")
    assert barriers(page) == []
    main(page).get_by_role("link", name="Change it, or go back to the shipped card").click()
    there(page, f"In use on all pages: {NAME}")
    press(page, "Back to the shipped card")
    there(page, "The shipped cards are in use on all pages")
    page.set_viewport_size({"width": 1440, "height": 900})
    goes_to(page, "")
    expect(page.get_by_text("model card in use")).to_have_count(0)


def test_predictions_are_shown_against_what_was_measured(page: Page, address: str, tmp_path: Path):
    opened(page, address, "measured-runs")
    main(page).get_by_text("all rows, by a card as it is; nothing is fitted").click()
    at_rest(page)
    press(page, "Evaluate")
    there(page, "Predicted against measured")
    there(page, "Inside the 90 % interval")
    table = downloaded(page, "Evaluation, CSV", tmp_path / "evaluation.csv").read_text(encoding="utf-8")
    assert "holman-0029" in table
    assert at_390(page) == []
    in_scheme(page, "dark")
    assert barriers(page) == []
