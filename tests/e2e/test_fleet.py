"""What a person does with an inventory, in a real Chromium: upload, size, download, stop; hostile files are text."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from advisor.shipped import shipped_path
from tests.e2e.sight import at_390, barriers, in_scheme
from tests.e2e.visiting import PATIENCE_MS, downloaded, field, main, opened, press, sized, tab, there
from tests.fleet.estates import write_estate

SMALL = shipped_path("data", "examples", "inventories", "small")
MARKUP = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script> [a](javascript:window.hacked=1) :red[b]"
ENOUGH_TO_STOP = 60_000


def uploaded(page: Page, files: list[Path] | list[FilePayload]) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)


def test_an_inventory_is_uploaded_sized_and_taken_away(page: Page, stranger: Page, address: str, tmp_path: Path):
    opened(page, address, "fleet")
    uploaded(page, sorted(SMALL.glob("*.csv")))
    there(page, "3 clusters, 10 hosts (1 in no cluster), 116 VMs")
    there(page, "Your files")
    assert barriers(page) == []
    sized(page, "3min")
    there(page, "2 hosts miss the window of 3 min")
    listed = main(page).get_by_role("listitem").filter(has_text="min", visible=True)
    for host, told in (("hvc01", "44 s - 6 min"), ("hv-edge01", "no network change helps")):
        expect(listed.filter(has_text=host).filter(has_text=told)).to_be_visible()

    with zipfile.ZipFile(downloaded(page, "Tables, CSV in a ZIP", tmp_path / "answer.zip")) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("hosts.csv").decode())))
    assert {row["host"] for row in rows if row["window"] == "misses"} == {"hvc01", "hv-edge01"}
    report = downloaded(page, "Report, HTML", tmp_path / "answer.html").read_text(encoding="utf-8")
    assert "2 of 10 hosts shown miss the window of 3 min" in report

    opened(stranger, address, "fleet")
    expect(stranger.get_by_text("hvc01")).to_have_count(0)

    assert at_390(page) == []
    in_scheme(page, "dark")
    assert barriers(page) == []


def test_drains_and_patch_nights_are_planned(page: Page, address: str, tmp_path: Path):
    opened(page, address, "fleet")
    press(page, "Use the example")
    there(page, "3 clusters, 10 hosts")
    tab(page, "Drain a host")
    main(page).get_by_role("combobox", name="Host to drain").click()
    page.get_by_role("option", name="hva02 (prod-a)").click()
    press(page, "Plan the drain")
    there(page, "Moves by destination")
    runbook = downloaded(page, "Runbook, md", tmp_path / "drain.md").read_text(encoding="utf-8")
    assert runbook.startswith("# Drain hva02")
    assert "Move-ClusterVirtualMachineRole" in runbook
    expect(main(page).get_by_role("heading", name="Before: go or no-go")).to_be_visible()
    expect(main(page).get_by_role("table", name="Moves, in this order")).to_be_visible()
    expect(main(page).get_by_role("code").filter(has_text="Move-ClusterVirtualMachineRole -Name").last).to_be_visible()
    assert barriers(page) == []
    assert at_390(page) == []


def test_a_run_is_stopped_and_the_page_goes_on(page: Page, address: str, tmp_path: Path):
    opened(page, address, "fleet")
    uploaded(page, sorted(write_estate(tmp_path / "estate", ENOUGH_TO_STOP).glob("*.csv")))
    there(page, "Understood")
    sized(page, "20min")
    press(page, "Stop")
    there(page, "VMs answered: stopped before it was done")
    main(page).get_by_text("Inventory", exact=True).click()
    press(page, "Use the example")
    there(page, "3 clusters, 10 hosts (1 in no cluster), 116 VMs")


def test_hostile_names_and_cells_are_text(page: Page, address: str, tmp_path: Path):
    opened(page, address, "fleet")
    rows = [
        ["vm", "host", "cluster", "memory_gib", MARKUP],
        ["=1+1", MARKUP, f"{MARKUP} c", "512", ""],
        [MARKUP, "h2", f"{MARKUP} c", "8", ""],
        [MARKUP, "h2", f"{MARKUP} c", MARKUP, ""],
    ]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    name = '"><img src=x onerror=window.hacked=1>.csv'
    uploaded(page, [{"name": name, "mimeType": "text/csv", "buffer": text.getvalue().encode()}])
    there(page, "1 cluster, 2 hosts, 2 VMs")
    sized(page, "1s")
    there(page, "Hosts that miss the window at p80, and what helps")
    expect(main(page).get_by_role("listitem").filter(has_text=MARKUP, visible=True).first).to_be_visible(
        timeout=PATIENCE_MS
    )
    tab(page, "Drain a host")
    assert field(page, "Window").input_value() == "2h"
    assert page.evaluate("window.hacked") is None
    assert main(page).locator("img, script").count() == 0
    assert page.locator("[src=x], [onerror], [href^='javascript:']").count() == 0
    tab(page, "Sizing")
    with zipfile.ZipFile(downloaded(page, "Tables, CSV in a ZIP", tmp_path / "answer.zip")) as archive:
        assert "'=1+1" in archive.read("vms.csv").decode()
