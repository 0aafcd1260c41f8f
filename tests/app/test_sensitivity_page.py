"""The sensitivity page: two inputs are chosen, worked out, looked at; silly ones are told; two users stay apart."""

from __future__ import annotations

import csv
import io
import re
import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.domain.sensitivity import Sensitivity
from advisor.reports.sensitivity_csv import sensitivity_csv
from advisor.ui.job import Job
from advisor.ui.presets import example

A_WHILE_S = 120
RUN = "Work it out"


def page() -> None:
    from advisor.ui.sensitivity.page import page as shown

    shown()


@pytest.fixture
def app() -> AppTest:
    return checked(AppTest.from_function(page, default_timeout=60).run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def runs_of(app: AppTest) -> dict[Any, Any]:
    return dict(app.session_state["sensitivities"]) if "sensitivities" in app.session_state else {}


def settled(app: AppTest) -> AppTest:
    """The page once nothing runs any more."""
    ends = time.monotonic() + A_WHILE_S
    while any(isinstance(run, Job) for run in runs_of(app).values()):
        assert time.monotonic() < ends, "it does not end"
        if any(isinstance(run, Job) and run.running for run in runs_of(app).values()):
            time.sleep(0.1)
        else:
            checked(app.run())
    return app


def field(kind: Any, label: str) -> Any:
    return next(one for one in kind if one.label.replace("\\", "") == label)


def filled(app: AppTest, across: str, up: str) -> AppTest:
    """Both rows of values typed."""
    next(one for one in app.text_input if one.label.startswith("Values across")).set_value(across)
    next(one for one in app.text_input if one.label.startswith("Values up")).set_value(up)
    return checked(app.run())


def work_out(app: AppTest) -> AppTest:
    field(app.button, RUN).click()
    return settled(checked(app.run()))


def told(app: AppTest) -> str:
    """Everything the page says, as it is written for Streamlit."""
    kinds = (app.subheader, app.markdown, app.caption, app.error, app.warning, app.info)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def charts(app: AppTest) -> list[str]:
    """Alt texts."""
    return [one.proto.alt for one in app.get("vega_lite_chart")]


def found_by(app: AppTest) -> Sensitivity:
    (found,) = runs_of(app).values()
    assert isinstance(found, Sensitivity)
    return found


def test_it_opens_with_today_s_values_how_long_it_takes_and_what_matters(app):
    assert field(app.selectbox, "Input across").value == "nics.speed_gbps"
    assert field(app.selectbox, "Input up").value == "vms.memory_gib"
    assert "10, 25" in field(app.text_input, "Values across, Gbit/s").value
    assert "Today: 10 Gbit/s." in told(app)
    assert "cells, about " in told(app)
    assert "What makes the interval wide" in told(app)
    (alt,) = charts(app)
    assert "p95 is 4." in alt
    assert "share of assigned memory really sent" in told(app)


def test_a_grid_is_worked_out_shown_in_every_way_and_downloaded(app):
    work_out(filled(app, "10, 100", "8, 55"))
    found = found_by(app)
    assert (found.across.values, found.up.values) == ((10, 100), (8, 55))
    alt = charts(app)[0]
    assert alt.startswith("Drain time, all moves, median. Drain time, all moves (median): from ")
    assert "Today, 10 Gbit/s by 55 GiB: 19 s" in alt
    assert "A dot and a frame mark today's cell." in told(app)
    assert "**A**: SMB Direct" in told(app)
    table = app.dataframe[0].value
    assert list(table["nics.speed_gbps"]) == [10, 100, 10, 100]
    field(app.selectbox, "Time shown").select("blackout")
    field(app.selectbox, "Of its interval").select("p95")
    checked(app.run())
    assert charts(app)[0].startswith("Longest blackout, p95. ")
    (button,) = [one for one in app.get("download_button") if one.proto.label == "Cells, CSV"]
    assert not button.proto.disabled
    assert len(list(csv.DictReader(io.StringIO(sensitivity_csv(found))))) == 4


def test_what_was_worked_out_before_is_called_so(app):
    work_out(filled(app, "10, 100", "55"))
    assert "were changed since" not in told(app)
    filled(app, "10, 25", "55")
    assert "Inputs or values were changed since: what is shown is of those before." in told(app)
    work_out(app)
    assert "were changed since" not in told(app)
    assert found_by(app).across.values == (10, 25)


def test_another_input_brings_its_own_values(app):
    field(app.selectbox, "Input up").select("host.cpu_busy")
    checked(app.run())
    assert field(app.text_input, "Values up").value.startswith("0.05, ")
    field(app.selectbox, "Input up").select("vms.dirty_rate_mib_s")
    checked(app.run())
    assert "Today: not said." in told(app)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10, many", "nics.speed_gbps: is not a number (got many); allowed: a number from 0.01 to 1,600 Gbit/s"),
        ("10, 99999", "nics.speed_gbps: is not a value it can take (got 99999); allowed: a number from 0.01"),
        (" ", "nics.speed_gbps: has no values"),
        ("<script>alert(1)</script>", "is not a number (got <script>alert(1)</script>)"),
    ],
)
def test_silly_values_are_told_beside_them_and_nothing_starts(app, text, message):
    filled(app, text, "8, 55")
    (error,) = app.error
    assert message in error.value.replace("\\", "").replace("&lt;", "<").replace("&gt;", ">")
    assert not re.search(r"(?<!\\)<script", error.value)
    assert field(app.button, RUN).disabled
    assert not runs_of(app)


def test_the_same_input_twice_is_told_in_the_library_s_words(app):
    field(app.selectbox, "Input up").select("nics.speed_gbps")
    checked(app.run())
    work_out(app)
    assert "both axes hold the same input; mend: choose another input for one" in told(app)


def test_values_that_contradict_the_what_if_are_told(app):
    field(app.selectbox, "Input up").select("vms.nonzero_gib")
    checked(app.run())
    work_out(filled(app, "10", "8, 500"))
    assert "Not possible in 1 cell: nonzero_gib is larger than memory_gib" in told(app)
    filled(app, "10", "400, 500")
    assert [one.value.replace("\\", "") for one in app.error] == ["nonzero_gib is larger than memory_gib"]
    assert field(app.button, RUN).disabled


def test_an_input_that_needs_another_is_told_before_anything_is_worked_out(app):
    field(app.selectbox, "Input up").select("vms.working_set_gib")
    checked(app.run())
    assert [one.value.replace("\\", "") for one in app.error] == ["working_set_gib needs dirty_rate_mib_s beside it"]
    assert field(app.button, RUN).disabled
    assert not runs_of(app)
    field(app.selectbox, "Input across").select("vms.dirty_rate_mib_s")
    checked(app.run())
    assert not app.error
    assert not field(app.button, RUN).disabled


def test_long_work_can_be_stopped(app):
    filled(app, ", ".join(str(i) for i in range(1, 26)), ", ".join(str(i) for i in range(1, 26)))
    assert "625 cells, about " in told(app)
    field(app.button, RUN).click()
    checked(app.run())
    (job,) = runs_of(app).values()
    assert job.running
    field(app.button, "Stop").click()
    checked(app.run())
    settled(app)
    assert not job.running
    assert "Stopped." in told(app)
    assert not runs_of(app)


def test_a_result_belongs_to_its_what_if(app):
    work_out(filled(app, "10", "55"))
    assert len(charts(app)) == 2
    content = dict(app.session_state["what-if"])
    app.session_state["what-if"] = {**content, "goals": {"window": "1h"}}
    checked(app.run())
    assert len(charts(app)) == 1
    app.session_state["what-if"] = content
    checked(app.run())
    assert len(charts(app)) == 2


def test_a_what_if_that_needs_mending_is_told_in_the_library_s_words():
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["what-if"] = {"source": {"os": "2019", "nics": [{"speed_gbps": "fast"}]}, "vms": []}
    checked(app.run())
    assert "the what-if needs mending" in told(app)
    assert "source.nics[0].speed_gbps: is not a number (got fast)" in told(app)
    assert not app.button


def test_a_broken_link_is_told_and_the_example_shown():
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["what"] = "nonsense"
    checked(app.run())
    assert app.error
    assert "Two R720" in told(app)


def test_what_somebody_wrote_is_shown_as_text():
    app = AppTest.from_function(page, default_timeout=60)
    host = {"os": "2019", "nics": [{"speed_gbps": "10"}]}
    app.session_state["what-if"] = {"title": "<b>:red[$x$]", "source": host, "vms": [{"memory_gib": "8"}]}
    checked(app.run())
    shown = next(one.value for one in app.markdown if "red" in one.value)
    assert not re.search(r"(?<!\\)<b", shown)
    assert r"\:red\[\$x\$\]" in shown


def test_an_example_that_was_edited_is_called_so():
    app = AppTest.from_function(page, default_timeout=60)
    seed = example("seed_lab.yaml")
    app.session_state["what-if"] = seed | {"vms": [seed["vms"][0] | {"memory_gib": "99"}]}
    assert "edited: VMs memory 99 GiB" in told(app.run())


def test_an_unlike_fleet_has_no_cell_of_today():
    app = AppTest.from_function(page, default_timeout=60)
    host = {"os": "2019", "nics": [{"speed_gbps": "10"}]}
    vms = [{"memory_gib": "8"}, {"memory_gib": "32"}]
    app.session_state["what-if"] = {"source": host, "vms": vms}
    checked(app.run())
    field(app.selectbox, "Input up").select("vms.memory_gib")
    checked(app.run())
    assert "Today: 8 GiB to 32 GiB, not the same of all, so today's cell is not on the grid." in told(app)


def test_two_users_do_not_see_each_other_s_work(app):
    work_out(filled(app, "10", "55"))
    other = checked(AppTest.from_function(page, default_timeout=60).run())
    assert len(charts(other)) == 1
    assert not runs_of(other)
