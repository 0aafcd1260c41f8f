"""Answers on the fleet page: an inventory sized, a host drained, a cluster patched; what was asked stands by each."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from advisor.domain.describe import bound
from advisor.domain.estate import EstateHost
from advisor.fleet.in_force import MOST_RESERVE
from advisor.reports import render_batch
from advisor.residual.card_files import shipped_card
from advisor.ui.fleet import rows
from advisor.ui.fleet.downloads import zipped
from advisor.ui.fleet.plans import DRAIN, PATCH
from advisor.ui.fleet.state import SIZED
from tests.app.dying import dies
from tests.app.fleet_page import (
    downloads,
    field,
    press,
    read_before,
    rows_of,
    settled,
    sized,
    state_of,
    told,
    upload,
    warned,
)


@pytest.fixture
def app() -> AppTest:
    """The page once the example is read."""
    return read_before()


@pytest.fixture(scope="module")
def answered_once() -> AppTest:
    """The example once it is sized."""
    return sized(read_before())


@pytest.fixture
def answered(app: AppTest, answered_once: AppTest) -> AppTest:
    """The page with that answer, for one test alone."""
    before, state = state_of(answered_once), state_of(app)
    state.answers[SIZED], state.questions[SIZED] = before.answers[SIZED], before.questions[SIZED]
    app.text_input(key=f"batch {state.number} window").set_value("3min").run()
    assert not app.exception
    return app


# ---------------------------------------------------------------- sizing


def test_a_batch_is_run_and_its_answer_shown(answered: AppTest) -> None:
    found = state_of(answered).sized
    assert found.tables.summary.goals.window_s == 180
    said = told(answered)
    assert "2 hosts miss the window of 3 min; of 3 hosts it is not known" in said
    assert "3 clusters, 10 hosts (1 in no cluster), 116 VMs (1,684 GiB): 2 hosts miss" in said
    assert "**hv-edge01**: 14 min" in said
    assert "under SMB Multichannel, today 14 min" in said
    assert "**SMB Multichannel**: the best of what can be set, yet not recommended as it stands" in said
    assert "see “Patch night” of branch" in said
    assert "no network change helps" in said
    assert "**hva01**: 1 VM (web-009): a device of the host is assigned to it" in said
    assert "Verify: rules that cannot tell" in said
    assert "drains: one host at a time" in said
    assert {"Tables, CSV in a ZIP", "Report, HTML", "Answer, JSON"} <= set(downloads(answered))


def test_rows_are_found_filtered_and_sorted_where_they_stand(answered: AppTest) -> None:
    assert len(rows_of(answered)) == 10
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


def test_the_curve_of_a_host_that_misses_is_drawn(answered: AppTest) -> None:
    box = field(answered.selectbox, "Host that misses the window")
    assert box.options
    assert f"Other NICs in {state_of(answered).sized.curves[0][1]}" in told(answered).replace("**", "")


def test_what_is_downloaded_is_what_the_command_writes(answered: AppTest) -> None:
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
    sized(app, window="soon")
    (wrong,) = app.error
    assert wrong.value.replace("\\", "").startswith("is not a time (got soon); allowed: a time such as")
    assert state_of(app).sized is None


def test_a_stopped_run_says_so_and_the_page_goes_on(app: AppTest) -> None:
    app.text_input(key=f"batch {state_of(app).number} window").set_value("3min")
    next(one for one in app.button if one.label == "Size every cluster").click()
    app.run()
    state_of(app).jobs[SIZED].stop()
    settled(app)
    assert "VMs answered: stopped before it was done" in told(app)
    sized(app)
    assert "2 hosts miss the window" in told(app)
    assert "stopped" not in told(app)


def test_a_process_that_dies_is_told_and_the_page_goes_on(app: AppTest) -> None:
    state_of(app).start(SIZED, "Dying", dies)
    settled(app)
    assert "Dying: its process died" in told(app)
    assert app.subheader[0].value.startswith("3 clusters")


# ---------------------------------------------------------------- drain and patch night


def test_a_drain_is_planned(app: AppTest) -> None:
    field(app.selectbox, "Host to drain").set_value(("hva01", "prod-a"))
    press(app, "Plan the drain")
    assert state_of(app).answers[DRAIN].host == "hva01"
    said = told(app)
    assert "Drain of hva01, cluster prod-a: no plan empties it as it stands: 13 of 14 VMs can leave" in said
    assert "Moves by destination" in said
    assert "Move-ClusterVirtualMachineRole -Name 'file-004'" in app.code[0].value
    assert [one.value.columns[0] for one in app.table] == ["VM", "\\#", "Node"]
    assert list(app.table[1].value["VM"]) == [move.vm for move in state_of(app).answers[DRAIN].moves]
    assert "#### Before: go or no-go" in said
    assert "☐ **No-go:** VMs that cannot leave are dealt with: web-009" in said
    assert "☑ **Go:** all 3 other nodes are up `Get-ClusterNode`" in said
    assert "In no cluster, and so with nowhere to drain to: hv-edge01." in said
    assert {"Runbook, md", "Runbook, html", "Runbook, json"} <= set(downloads(app))


def test_a_plan_begins_with_the_cluster_of_most_hosts(app: AppTest) -> None:
    assert field(app.selectbox, "Host to drain").value == ("hva01", "prod-a")
    assert field(app.selectbox, "Cluster to patch").value == "prod-a"


def test_a_plan_speaks_of_the_pages_fields_not_of_flags(app: AppTest) -> None:
    field(app.selectbox, "Host to drain").set_value(("hvb02", "prod-b"))
    press(app, "Plan the drain")
    field(app.selectbox, "Cluster to patch").set_value("prod-b")
    press(app, "Plan the patch night")
    assert told(app).count("without a reserve (“Nodes in reserve” 0) they find room") == 4, "two headlines, two checks"
    assert "--" not in told(app)


def test_a_long_runbook_is_a_table_that_draws_what_is_looked_at(app: AppTest) -> None:
    field(app.selectbox, "Host to drain").set_value(("hva01", "prod-a"))
    press(app, "Plan the drain")
    state = state_of(app)
    moves = state.answers[DRAIN].moves
    many = tuple(moves[at % len(moves)].model_copy(update={"vm": f"$vm{at}$"}) for at in range(101))
    state.answers[DRAIN] = state.answers[DRAIN].model_copy(update={"moves": many})
    app.run()
    assert not app.exception
    assert [one.value.columns[0] for one in app.table] == ["VM", "Node"]
    (rows,) = [one.value for one in app.dataframe if "Late after" in one.value.columns]
    assert list(rows["VM"]) == [f"$vm{at}$" for at in range(101)], "text as it stands"


def test_a_drain_as_windows_does_it_with_the_recommended_setting(app: AppTest) -> None:
    number = state_of(app).number
    field(app.selectbox, "Host to drain").set_value(("hva01", "prod-a"))
    field(app.selectbox, "Plan").set_value("native")
    app.selectbox(key=f"drain {number} setting").set_value(True)
    app.number_input(key=f"drain {number} reserve").set_value(0)
    press(app, "Plan the drain")
    assert state_of(app).answers[DRAIN].mode == "native"


def test_a_patch_night_is_planned_and_its_times_are_checked(app: AppTest) -> None:
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
    number = state_of(app).number
    field(app.selectbox, "Host to drain").set_value(("hvb01", "prod-b"))
    app.selectbox(key=f"drain {number} transport").set_value("rdma")
    press(app, "Plan the drain")
    assert "rdma" in app.error[0].value
    assert "“Transport”: is forbidden by " in told(app)
    assert "as in “Taken where the inventory does not say” host.rdma=roce" in told(app)
    assert DRAIN not in state_of(app).answers


def test_other_files_take_the_place_of_all_that_was_there(answered: AppTest) -> None:
    app = answered
    assert state_of(app).sized is not None
    upload(app, ("v.csv", b"vm,host,memory_gib\na,h,8\n"))
    assert state_of(app).sized is None
    assert app.subheader[0].value.startswith("0 clusters, 1 host (1 in no cluster), 1 VM")


# ---------------------------------------------------------------- what was asked stands by the answer


OTHER_CARD = replace(shipped_card("hyperv"), kind="calibrated", made_from={"runs": 20, "studies": 2})


def test_an_answer_says_what_it_was_asked_with(answered: AppTest) -> None:
    assert (
        "Asked with window 3 min; longest blackout not said; risk balanced (p80); goal time; "
        "model card hyperv, prior-informed, 14 runs of 3 studies."
    ) in told(answered)
    assert not warned(answered)


def test_other_goals_than_an_answer_was_asked_with_are_told_beside_it(answered: AppTest) -> None:
    number = state_of(answered).number
    answered.text_input(key=f"batch {number} window").set_value("45min")
    answered.selectbox(key=f"batch {number} risk").set_value("conservative").run()
    assert warned(answered) == [
        (
            "This answer was made with window 3 min; risk balanced (p80). Run “Size every cluster” again for window "
            "45 min; risk conservative (p95)."
        )
    ]
    assert "2 hosts miss the window of 3 min" in told(answered)
    answered.text_input(key=f"batch {number} window").set_value("180s")
    answered.selectbox(key=f"batch {number} risk").set_value("balanced").run()
    assert not warned(answered)


def test_goals_that_cannot_be_read_leave_the_answer_and_say_so(answered: AppTest) -> None:
    answered.text_input(key=f"batch {state_of(answered).number} window").set_value("soon").run()
    assert "is not a time (got soon)" in told(answered)
    (warning,) = warned(answered)
    assert warning.startswith("What stands in the fields now cannot be read. This answer was made with window 3 min; ")
    assert "2 hosts miss the window of 3 min" in told(answered)


def test_another_model_card_is_told_beside_every_answer_of_before(answered: AppTest) -> None:
    press(answered, "Plan the drain")
    press(answered, "Plan the patch night")
    assert told(answered).count("model card hyperv, prior-informed, 14 runs of 3 studies.") == 3
    assert not warned(answered)
    answered.session_state["card"] = OTHER_CARD
    answered.run()
    card = "model card hyperv, calibrated, 20 runs of 2 studies"
    assert [one.partition(" again for ")[2] for one in warned(answered)] == [f"{card}."] * 3
    assert {DRAIN, PATCH, SIZED} <= set(state_of(answered).answers)
    press(answered, "Plan the drain")
    assert len(warned(answered)) == 2
    assert state_of(answered).answers[DRAIN].card == OTHER_CARD.name
    answered.session_state["card"] = replace(OTHER_CARD, time_log_spread=0.5)
    answered.run()
    assert f"{card} (another card of the same name)." in warned(answered)[1]


def test_other_choices_than_a_plan_was_made_with_are_told_beside_it(app: AppTest) -> None:
    number = state_of(app).number
    field(app.selectbox, "Host to drain").set_value(("hva01", "prod-a"))
    press(app, "Plan the drain")
    field(app.selectbox, "Host to drain").set_value(("hva02", "prod-a"))
    app.number_input(key=f"drain {number} at once").set_value(4)
    app.number_input(key=f"drain {number} reserve").set_value(0).run()
    assert warned(app) == [
        (
            "This answer was made with host hva01 (prod-a); moves at once not said; nodes in reserve 1. Run “Plan the "
            "drain” again for host hva02 (prod-a); moves at once 4; nodes in reserve 0."
        )
    ]
    assert "Drain of hva01" in told(app)
    field(app.text_input, "Update and reboots").set_value("20min")
    press(app, "Plan the patch night")
    field(app.text_input, "Update and reboots").set_value("30min").run()
    assert warned(app)[1:] == [
        (
            "This answer was made with update and reboots 20min. Run “Plan the patch night” again for update and "
            "reboots 30min."
        )
    ]


# ---------------------------------------------------------------- bounds, and what is not done again


def test_fields_allow_what_the_library_allows(app: AppTest) -> None:
    number = state_of(app).number
    most = bound(EstateHost.model_fields["simultaneous"], "le")
    for form in ("drain", "patch"):
        assert app.number_input(key=f"{form} {number} at once").max == most
        assert app.number_input(key=f"{form} {number} reserve").max == MOST_RESERVE
    assert field(app.text_input, "Update and reboots").help.endswith("not given: 15 min, 30 min, 1 h")


def test_rows_are_read_again_only_where_others_are_sought(answered: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    sought, few_rows = [], rows.few_rows
    monkeypatch.setattr(rows, "few_rows", lambda *given: sought.append(given[2]) or few_rows(*given))
    answered.run()
    answered.run()
    assert not sought
    field(answered.text_input, "Find").set_value("prod-b").run()
    answered.run()
    assert [one.text for one in sought] == ["prod-b"]
    assert set(rows_of(answered)["cluster"]) == {"prod-b"}
