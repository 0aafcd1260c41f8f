"""The fleet page: an inventory is given, read, corrected, sized, drained and patched; hostile and broken ones too."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.shipped import shipped_path
from advisor.ui.fleet_plans import DRAIN, PATCH
from advisor.ui.fleet_state import READING, SIZED, Fleet
from tests.fleet.estates import write_estate

SMALL = shipped_path("data", "examples", "inventories", "small")
STRANGE = b"server,Node,RAM (MB)\na,h1,4096\nb,h2,8192\n"
A_WHILE_S = 180

File = tuple[str, bytes, str]


def page() -> None:
    from advisor.ui.fleet import page as shown

    shown()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page, default_timeout=60).run()


@pytest.fixture(scope="module")
def answered() -> AppTest:
    """The example once it is sized."""
    return sized(example(AppTest.from_function(page, default_timeout=60).run()))


def state_of(app: AppTest) -> Fleet:
    return app.session_state["fleet"]


def settled(app: AppTest) -> AppTest:
    """The page once nothing runs any more."""
    ends = time.monotonic() + A_WHILE_S
    while state_of(app).jobs:
        assert time.monotonic() < ends, "it does not end"
        if any(job.running for job in state_of(app).jobs.values()):
            time.sleep(0.1)
        else:
            app.run()
            assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return settled(app)


def upload(app: AppTest, *files: File | tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value([(one[0], one[1], "text/csv") for one in files])
    app.run()
    assert not app.exception
    return settled(app)


def example(app: AppTest) -> AppTest:
    return press(app, "Use the example")


def told(app: AppTest) -> str:
    """Everything the page says, as it is written for Streamlit."""
    kinds = (app.subheader, app.markdown, app.caption, app.error, app.warning, app.info, app.code)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def field(kind: Any, label: str) -> Any:
    return next(one for one in kind if one.label.replace("\\", "") == label)


def downloads(app: AppTest) -> dict[str, Any]:
    return {one.proto.label: one for one in app.get("download_button")}


# ---------------------------------------------------------------- what was understood


def test_without_an_inventory_the_page_says_what_it_wants(app: AppTest) -> None:
    assert not app.exception
    assert "Give an inventory" in told(app)
    assert app.file_uploader[0].label
    assert not app.tabs


def test_the_example_is_read_and_shown(app: AppTest) -> None:
    example(app)
    assert app.subheader[0].value == "3 clusters, 10 hosts, 116 VMs with 1684 GiB; 4 rows of 120 set aside"
    assert "4 hosts (hva01, hva02, hva03 and 1 more): 2 × 25 Gbit/s; MTU 9000; RDMA RoCE, on" in told(app)
    aside = next(one.value for one in app.dataframe if "Reason" in one.value.columns)
    assert "is off: there is no memory to move" in set(aside["Reason"])
    assert aside["For example"].str.contains("vms.csv, line").any()
    assert field(app.text_input, "vm.priority").value == "medium"
    assert "What was understood, JSON" in downloads(app)


def test_files_that_belong_together_are_read_together(app: AppTest) -> None:
    upload(app, *((file.name, file.read_bytes()) for file in sorted(SMALL.glob("*.csv"))))
    assert app.subheader[0].value.startswith("3 clusters, 10 hosts, 116 VMs")
    assert "Your files: clusters.csv, hosts.csv, vms.csv" in told(app).replace("**", "")


def test_columns_are_corrected_in_place(app: AppTest) -> None:
    upload(app, ("list.csv", STRANGE))
    assert "list.csv: no table lists VMs" in told(app)
    for header, column in (("server", "vm"), ("Node", "host"), ("RAM (MB)", "memory_gib")):
        field(app.selectbox, "Header in the file").set_value(header)
        field(app.selectbox, "Read it as").set_value(column).run()
        press(app, "Read again")
    assert app.subheader[0].value.startswith("0 clusters, 2 hosts, 2 VMs with 12 GiB")
    assert "list.csv: RAM (MB) is read as memory_gib" in told(app)
    press(app, "Undo")
    assert "no table lists VMs" in told(app)


def test_a_column_that_there_is_not_is_told_in_the_command_lines_words(app: AppTest) -> None:
    example(app)
    field(app.selectbox, "File").set_value("hosts.csv").run()
    field(app.selectbox, "Header in the file").set_value("cores")
    field(app.selectbox, "Read it as").set_value("vcpus").run()
    press(app, "Read again")
    assert "hosts.csv: --column: is of no use in advisor's table of hosts (got vcpus); allowed: " in told(app)
    press(app, "Undo")
    assert app.subheader[0].value.startswith("3 clusters")


def test_a_default_is_corrected_in_place_and_a_mistake_is_told_beside_it(app: AppTest) -> None:
    example(app)
    box = field(app.text_input, "host.storage_mib_s [MiB/s]")
    before = box.value
    box.set_value("fast")
    press(app, "Read again with these")
    (wrong,) = app.error
    assert wrong.value.replace("\\", "").startswith("cannot be taken (got fast); allowed: ")
    field(app.text_input, "host.storage_mib_s [MiB/s]").set_value("100, 200, 300")
    press(app, "Read again with these")
    assert not app.error
    assert field(app.text_input, "host.storage_mib_s [MiB/s]").value == "100, 200, 300" != before
    assert [row.middle for row in state_of(app).files.defaults if row.column == "host.storage_mib_s"] == ["200"]


# ---------------------------------------------------------------- sizing


def sized(app: AppTest, window: str = "3min") -> AppTest:
    app.text_input(key=f"batch {state_of(app).number} window").set_value(window)
    return press(app, "Size every cluster")


def test_a_batch_is_run_and_its_answer_shown(answered: AppTest) -> None:
    found = state_of(answered).sized
    assert found.tables.summary.goals.window_s == 180
    said = told(answered)
    assert "2 hosts miss the window of 3 min; of 3 hosts it is not known" in said
    assert "**hv-edge01**: 14 min" in said
    assert "no network change helps" in said
    assert "**hva01**: 1 VM (web-009): a device of the host is assigned to it" in said
    assert "Verify: rules that cannot tell" in said
    assert "drains: one host at a time" in said
    assert {"Tables, CSV in a ZIP", "Report, HTML", "Answer, JSON"} <= set(downloads(answered))


def test_rows_are_found_filtered_and_sorted_where_they_stand(answered: AppTest) -> None:
    rows = rows_of(answered)
    assert len(rows) == 10
    field(answered.text_input, "Find").set_value("PROD-A").run()
    assert set(rows_of(answered)["host"]) == {"hva01", "hva02", "hva03", "hva04"}
    field(answered.selectbox, "Sort by").set_value("drain_s_p95").run()
    assert rows_of(answered)["drain_s_p95"].is_monotonic_decreasing
    field(answered.multiselect, "Window").set_value(["unknown"]).run()
    assert set(rows_of(answered)["host"]) == {"hva01", "hva04"}
    table = next(one for one in answered.get("button_group") if one.proto.label == "Table")
    table.set_value("vms").run()
    assert len(rows_of(answered)) == 100
    assert "Rows 1 to 100 of 116 that fit, 116 in all" in told(answered)
    field(answered.number_input, "Page, 1 to 2").set_value(2).run()
    assert len(rows_of(answered)) == 16
    field(answered.text_input, "Find").set_value("web-0").run()
    assert not answered.exception
    assert rows_of(answered)["vm"].str.contains("web-0").all()


def rows_of(app: AppTest) -> Any:
    return next(one.value for one in app.dataframe if "cluster" in one.value.columns)


def test_the_curve_of_a_host_that_misses_is_drawn(answered: AppTest) -> None:
    box = field(answered.selectbox, "Host that misses the window")
    assert box.options
    assert f"Other NICs in {state_of(answered).sized.curves[0][1]}" in told(answered).replace("**", "")


def test_what_is_downloaded_is_what_the_command_writes(answered: AppTest) -> None:
    from advisor.reports import render_batch
    from advisor.ui.fleet_downloads import zipped

    state = state_of(answered)
    with zipfile.ZipFile(io.BytesIO(zipped(state, state.sized.tables))) as archive:
        assert set(archive.namelist()) == {
            "clusters.csv", "hosts.csv", "vms.csv", "curves.csv", "set_aside.csv", "summary.json",
        }  # fmt: skip
        assert json.loads(archive.read("summary.json"))["hosts_missing"] == 2
    assert json.loads(render_batch(state.sized.tables, "json"))["summary"]["vms"] == 116
    press(answered, "Make a workbook, xlsx")
    assert "Workbook, xlsx" in downloads(answered)
    assert state.answers["workbook"].read_bytes().startswith(b"PK")


def test_a_wrong_goal_is_told_beside_its_field_and_nothing_runs(app: AppTest) -> None:
    sized(example(app), window="soon")
    (wrong,) = app.error
    assert wrong.value.replace("\\", "").startswith("is not a time (got soon); allowed: a time such as")
    assert state_of(app).sized is None


def test_a_stopped_run_says_so_and_the_page_goes_on(app: AppTest) -> None:
    example(app)
    app.text_input(key=f"batch {state_of(app).number} window").set_value("3min")
    next(one for one in app.button if one.label == "Size every cluster").click()
    app.run()
    state_of(app).jobs[SIZED].stop()
    settled(app)
    assert "VMs answered: stopped before it was done" in told(app)
    sized(app)
    assert "2 hosts miss the window" in told(app)
    assert "stopped" not in told(app)


def test_reading_can_be_stopped_and_begun_again(app: AppTest) -> None:
    next(one for one in app.button if one.label == "Use the example").click()
    app.run()
    state_of(app).jobs[READING].stop()
    settled(app)
    assert "Reading the inventory: stopped before it was done" in told(app)
    press(app, "Read it again")
    assert app.subheader[0].value.startswith("3 clusters")


def test_a_process_that_dies_is_told_and_the_page_goes_on(app: AppTest) -> None:
    example(app)
    state_of(app).start(SIZED, "Dying", dies)
    settled(app)
    assert "Dying: its process died" in told(app)
    assert app.subheader[0].value.startswith("3 clusters")


def dies(watch: Callable[..., None]) -> None:
    import os

    del watch
    os._exit(3)


# ---------------------------------------------------------------- drain and patch night


def test_a_drain_is_planned(app: AppTest) -> None:
    example(app)
    field(app.selectbox, "Host to drain").set_value(("hva01", "prod-a"))
    press(app, "Plan the drain")
    assert state_of(app).answers[DRAIN].host == "hva01"
    said = told(app)
    assert "Drain of hva01, cluster prod-a, planned:" in said
    assert "Moves by destination" in said
    assert "Move-ClusterVirtualMachineRole" in said
    assert {"Runbook, md", "Runbook, html", "Runbook, json"} <= set(downloads(app))


def test_a_drain_as_windows_does_it_with_the_recommended_setting(app: AppTest) -> None:
    example(app)
    number = state_of(app).number
    field(app.selectbox, "Host to drain").set_value(("hva01", "prod-a"))
    field(app.selectbox, "Plan").set_value("native")
    app.selectbox(key=f"drain {number} setting").set_value(True)
    app.number_input(key=f"drain {number} reserve").set_value(0)
    press(app, "Plan the drain")
    assert state_of(app).answers[DRAIN].mode == "native"


def test_a_patch_night_is_planned_and_its_times_are_checked(app: AppTest) -> None:
    example(app)
    field(app.selectbox, "Cluster to patch").set_value("prod-a")
    field(app.text_input, "Update and reboots").set_value("long")
    press(app, "Plan the patch night")
    assert "is not a time (got long)" in app.error[0].value
    field(app.text_input, "Update and reboots").set_value("20min")
    press(app, "Plan the patch night")
    assert not app.error
    assert state_of(app).answers[PATCH].cluster == "prod-a"
    assert "Steps by node" in told(app)


def test_a_transport_that_a_rule_forbids_is_told(app: AppTest) -> None:
    example(app)
    number = state_of(app).number
    field(app.selectbox, "Host to drain").set_value(("hvb01", "prod-b"))
    app.selectbox(key=f"drain {number} transport").set_value("rdma")
    press(app, "Plan the drain")
    assert "rdma" in app.error[0].value
    assert DRAIN not in state_of(app).answers


# ---------------------------------------------------------------- broken, hostile, several


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("apples.csv", b"apples,pears\n1,2\n")], "apples.csv: no table lists VMs"),
        ([("none.csv", b"")], "none.csv: is empty"),
        ([("old.xlsx", b"\xd0\xcf\x11\xe0 and more")], "old.xlsx: is an old or encrypted Excel file"),
        ([("broken.json", b'{"vms": [')], "broken.json"),
        ([("hosts.csv", (SMALL / "hosts.csv").read_bytes())], "no table lists VMs"),
    ],
)
def test_what_is_no_inventory_is_told_in_the_command_lines_words(files: list[Any], words: str, app: AppTest) -> None:
    upload(app, *files)
    assert words in told(app)
    assert str(state_of(app).folder) not in told(app)
    assert not app.subheader
    example(app)
    assert app.subheader[0].value.startswith("3 clusters")


HOSTILE = "<img src=x onerror=alert(1)>:red[x] $y$ [a](http://x) **b**"


def test_hostile_names_and_cells_are_shown_as_text(app: AppTest) -> None:
    head = "vm,host,cluster,memory_gib,vcpus\n"
    rows = f'"=cmd|1!A1","{HOSTILE}","{HOSTILE} c",4,2\n"{HOSTILE}","h2","{HOSTILE} c",8,"{HOSTILE}"\n'
    upload(app, ("../../=1+1 :red[x] $a$ <b>.csv", (head + rows + 'c,h2,"' + HOSTILE + ' c",8,2\n').encode()))
    assert all(path.parent == state_of(app).kept.folder for path in state_of(app).paths)
    sized(app)
    press(app, "Plan the drain")
    for kind in (app.markdown, app.subheader, app.caption, app.error, app.warning):
        for one in kind:
            assert_plain(str(one.value))
    from advisor.ui.fleet_downloads import zipped

    state = state_of(app)
    with zipfile.ZipFile(io.BytesIO(zipped(state, state.sized.tables))) as archive:
        assert "'=cmd|1!A1" in archive.read("vms.csv").decode()


def assert_plain(text: str) -> None:
    """Nothing that a visitor wrote is left to be read as markup: its signs are escaped."""
    text = re.sub(r"\\.", "_", text)
    for sign in ("<", ":red", "$", "[a](", " **b**"):
        assert sign not in text, text


def test_two_sessions_are_apart(app: AppTest) -> None:
    other = AppTest.from_function(page, default_timeout=60).run()
    example(app)
    upload(other, ("v.csv", b"vm,host,memory_gib\nsecret,h,8\n"))
    app.run()
    assert app.subheader[0].value.startswith("3 clusters")
    assert other.subheader[0].value.startswith("0 clusters, 1 host, 1 VM")
    assert "secret" not in told(app)
    assert state_of(app).scratch.folder != state_of(other).scratch.folder


def test_other_files_take_the_place_of_all_that_was_there(app: AppTest) -> None:
    sized(example(app))
    upload(app, ("v.csv", b"vm,host,memory_gib\na,h,8\n"))
    assert state_of(app).sized is None
    assert app.subheader[0].value.startswith("0 clusters, 1 host, 1 VM")


# ---------------------------------------------------------------- large


@pytest.mark.slow
def test_a_hundred_thousand_vms_do_not_freeze_the_page(app: AppTest, tmp_path: Path) -> None:
    folder = write_estate(tmp_path / "estate", 100_000)
    upload(app, *((file.name, file.read_bytes()) for file in sorted(folder.glob("*.csv"))))
    app.text_input(key=f"batch {state_of(app).number} window").set_value("20min")
    next(one for one in app.button if one.label == "Size every cluster").click()
    app.run()
    during = []
    ends = time.monotonic() + 900
    while state_of(app).jobs:
        assert time.monotonic() < ends
        during.append(script_time_s(app))
        time.sleep(1)
    assert len(during) > 3
    # The machine answers the batch with all its cores meanwhile: the median says what the script itself takes.
    assert sorted(during)[len(during) // 2] < 2
    assert state_of(app).sized.tables.summary.vms > 90_000
    assert min(script_time_s(app) for _ in range(5)) < 2
    table = next(one for one in app.get("button_group") if one.proto.label == "Table")
    table.set_value("vms").run()
    field(app.selectbox, "Sort by").set_value("total_s_p95")
    assert min(script_time_s(app) for _ in range(5)) < 2
    assert len(rows_of(app)) == 100


def script_time_s(app: AppTest) -> float:
    begins = time.perf_counter()
    app.run()
    assert not app.exception
    return time.perf_counter() - begins
