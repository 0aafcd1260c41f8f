"""The page of measured runs: evaluated, calibrated, refused, stopped; broken and hostile files are told in words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.calibration.cards import calibrate
from advisor.intake.runs import read_runs, write_runs
from advisor.residual.card_files import shipped_card
from advisor.shipped import shipped_path
from advisor.ui.measured.upload import MOST_MB, OWN, READ_AT_ONCE
from advisor.ui.measured.work import MOST_TOLD
from tests.calibration.test_calibrate import runs_of_slower_hosts

PUBLISHED = shipped_path("data", "measured", "hyperv_published.csv")
HEAD = "run_id,study,platform,platform_version,transport,nic_gbps,nic_count,teaming,vm_memory_gib,total_s\n"
GOOD = "a-1,lab,hyperv,2022,tcpip,10,1,none,16,15.2\n"
A_WHILE_S = 240


def page() -> None:
    from advisor.ui.measured.page import page as shown

    shown()


@pytest.fixture
def app() -> Iterator[AppTest]:
    found = AppTest.from_function(page, default_timeout=120).run()
    assert not found.exception
    yield found
    for job in tasks(found).values():
        job.stop()


def tasks(app: AppTest) -> dict:
    try:
        return app.session_state["work on runs"]
    except KeyError:
        return {}


def own(app: AppTest, text: str | bytes, name: str = "runs.csv") -> AppTest:
    app.selectbox(key="source of runs").select(OWN).run()
    content = text.encode() if isinstance(text, str) else text
    app.file_uploader(key="file of runs").set_value((name, content, "text/csv")).run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return app


def ended(app: AppTest) -> AppTest:
    """The page once its work has ended."""
    until = time.monotonic() + A_WHILE_S
    while any(job.running for job in tasks(app).values()):
        assert time.monotonic() < until, "it does not end"
        time.sleep(0.1)
    app.run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.success, app.subheader)
    return "\n".join(one.value for kind in kinds for one in kind)


def metrics(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def test_the_published_runs_stand_there_at_once(app: AppTest) -> None:
    assert "**14 runs** of 3 studies: Hyper-V." in told(app)
    assert list(app.dataframe[0].value["run_id"]) == [run.run_id for run in read_runs(PUBLISHED).runs]
    assert [tab.label for tab in app.tabs] == ["Scores", "Calibrate", "Runs", "Card in use"]
    assert "Takes about" in told(app)
    for widget in (*app.selectbox, *app.radio, *app.checkbox, *app.file_uploader, *app.button):
        assert widget.label


def test_runs_are_evaluated_beside_simpler_rules(app: AppTest) -> None:
    app.radio(key="hyperv_published.csv held out").set_value("applied").run()
    press(app, "Evaluate")
    ended(app)
    assert "Hyper-V: 14 runs of 3 studies" in told(app)
    assert metrics(app) == {
        "Median error": "5.4 %", "Inside the 90 % interval": "83 %", "Badly wrong": "21 %", "GB x 8 / Gbps": "19.6 %",
    }  # fmt: skip
    table = app.table[0].value
    assert list(table["transport"]) == ["tcpip", "multichannel", "compression", "all"]
    assert list(table.columns)[-3:] == ["GB x 8 / Gbps", "RAM / bandwidth", "physics, priors only"]
    assert "13 of 14 runs lie inside the 90 % interval" in told(app)
    rows = next(one.value for one in app.dataframe if "predicted" in one.value.columns)
    assert list(rows["run"]) == [run.run_id for run in read_runs(PUBLISHED).runs]
    assert [one.label for one in app.get("download_button")[:3]] == [
        "Evaluation, MD", "Evaluation, JSON", "Evaluation, CSV",
    ]  # fmt: skip


def test_work_can_be_stopped_and_begun_again(app: AppTest) -> None:
    press(app, "Evaluate")
    (job,) = tasks(app).values()
    assert job.running
    assert next(one for one in app.button if one.label == "Evaluate").disabled
    press(app, "Stop")
    assert not job.running
    ended(app)
    assert "Stopped." in told(app)
    assert not app.metric
    assert not next(one for one in app.button if one.label == "Evaluate").disabled


def test_published_runs_become_the_card_that_the_command_writes(app: AppTest) -> None:
    press(app, "Calibrate")
    ended(app)
    assert metrics(app) == {"Held-out median error before": "5.45 %", "Held-out median error after": "5.3 %"}
    assert "5 constants changed" in told(app)
    changed = app.table[0].value
    assert changed["Constant"].iloc[0].startswith("**set\\_up\\_s**")
    assert "finn-0016, finn-0017, holman-0029" in told(app)
    press(app, "Use it on the other pages")
    card = app.session_state["card"]
    assert card.to_json() == calibrate(read_runs(PUBLISHED).runs, "hyperv", source=PUBLISHED.name).to_json()
    assert "It is for Hyper-V alone" in told(app)
    press(app, "Back to the shipped card")
    assert app.session_state["card"] is None
    assert "The shipped cards are in use" in told(app)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "is not text"),
        ("just words\n", "the column is missing"),
        (HEAD, "holds no runs"),
        (HEAD + "a,lab,hyperv,2022,pigeon,10,1,none,16,15\n", "transport"),
        ("run_id,run_id\n1,2\n", "stands more than once"),
    ],
)
def test_a_file_without_runs_says_why_and_offers_nothing(app: AppTest, text: str | bytes, words: str) -> None:
    own(app, text)
    (error,) = app.error
    assert words in error.value
    assert "runs.csv" in error.value
    assert "advisor-upload" not in error.value
    assert not [one for one in app.button if one.label in {"Evaluate", "Calibrate"}]
    assert [one.value for one in app.info] == ["Upload a file of measured runs first."] * 3


def test_bad_rows_are_set_aside_with_line_column_value_and_what_is_allowed(app: AppTest) -> None:
    bad = "a-2,lab,hyperv,2022,tcpip,fast,1,none,16,15\n" + GOOD
    own(app, HEAD + GOOD + bad)
    assert "**1 run** of 1 study: Hyper-V." in told(app)
    assert "2 rows set aside; the others go on." in told(app)
    number, again = app.table[0].value.to_dict("records")
    assert (number["Line"], number["Column"], number["Value"]) == ("3", "nic\\_gbps", "fast")
    assert "from 0.01 to 1,600 Gbit/s" in number["Allowed"]
    assert (again["Line"], again["Value"]) == ("4", "a-1")


def test_hostile_cells_and_names_are_shown_as_text(app: AppTest) -> None:
    hostile = "=cmd|' /C calc'!A0 [x](javascript:1) :red[y] $z$ <b>"
    own(
        app,
        HEAD + f'"{hostile}","{hostile}",hyperv,2022,tcpip,10,1,none,16,15\n'
        f'a,lab,hyperv,2022,tcpip,"{hostile}",1,none,16,15\n',
        "../../<b>[x](y) :red[z].csv",
    )
    assert app.dataframe[0].value["run_id"].iloc[0] == hostile
    cell = app.table[0].value["Value"].iloc[0]
    for shown in (cell, told(app)):
        for sign in ("[x](", " :red[", "$z$", "<b>"):
            assert sign not in shown


def rows(size: int, speed: str = "10") -> str:
    """A file of so many bytes."""
    one = "a-{},lab {},hyperv,2022,tcpip,{},1,none,16,15.2\n"
    made = [HEAD]
    length = len(HEAD)
    while length < size:
        made.append(one.format(len(made), len(made) // 9, speed))
        length += len(made[-1])
    return "".join(made)


def test_a_large_file_is_read_beside_the_page_which_goes_on(app: AppTest) -> None:
    text = rows(2 * READ_AT_ONCE)
    own(app, text)
    (job,) = tasks(app).values()
    assert job.title == "Reading the runs"
    assert app.tabs, "the page is there"
    ended(app)
    assert f"**{text.count(chr(10)) - 1} runs** of " in told(app)
    assert not app.error


def test_reading_can_be_stopped(app: AppTest) -> None:
    own(app, rows(2**20))
    (job,) = tasks(app).values()
    press(app, "Stop")
    assert not job.running
    assert "Stopped." in told(app)
    assert "**" not in "".join(one.value for one in app.markdown)


def test_a_large_file_without_runs_tells_the_first_problems_and_counts_the_others(app: AppTest) -> None:
    text = rows(2 * READ_AT_ONCE, "fast")
    ended(own(app, text))
    (error,) = app.error
    assert error.value.count("nic\\_gbps") == MOST_TOLD
    assert "advisor-upload" not in error.value
    assert f"{text.count(chr(10)) - 1 - MOST_TOLD} more problems not shown." in told(app)


def test_a_file_is_bounded_by_what_can_be_worked_with(app: AppTest) -> None:
    app.selectbox(key="source of runs").select(OWN).run()
    assert app.file_uploader(key="file of runs").proto.max_upload_size_mb == MOST_MB


def test_too_few_runs_are_refused_in_the_commands_words(app: AppTest) -> None:
    own(app, HEAD + GOOD)
    press(app, "Calibrate")
    ended(app)
    (error,) = app.error
    assert "1 of 1 hyperv runs can be used; allowed\\: 3 or more" in error.value
    assert not app.success


def test_runs_that_would_make_it_worse_are_refused(app: AppTest, tmp_path: Path) -> None:
    # Half the pairs are faster than the card says and half slower: nothing that would help another pair.
    fast = {"pair-0", "pair-1"}
    runs = [
        run.model_copy(update={"total_s": (run.total_s or 0) * (0.56 if run.study in fast else 1.04)})
        for run in runs_of_slower_hosts(12)
    ]
    write_runs(runs, tmp_path / "runs.csv")
    own(app, (tmp_path / "runs.csv").read_bytes())
    press(app, "Calibrate")
    ended(app)
    (error,) = app.error
    assert "would make the held-out median error worse" in error.value
    assert not app.metric


def test_runs_of_no_known_hypervisor_are_said_to_be_so(app: AppTest) -> None:
    own(app, HEAD + GOOD.replace("hyperv", "xen"))
    assert "No run is of a hypervisor that advisor knows: hyperv, qemu" in told(app).replace("\\", "")
    app.radio(key="own held out").set_value("applied").run()
    press(app, "Evaluate")
    ended(app)
    assert "holds no run that can be predicted" in app.error[0].value


def test_another_file_takes_the_place_of_the_first_and_of_what_came_of_it(app: AppTest) -> None:
    own(app, HEAD + GOOD)
    press(app, "Calibrate")
    ended(app)
    assert app.error
    own(app, HEAD + GOOD + GOOD.replace("a-1", "a-2"), "second.csv")
    assert "second.csv" in told(app)
    assert "**2 runs**" in told(app)
    assert not app.error


def test_no_other_session_sees_the_runs(app: AppTest) -> None:
    own(app, HEAD + GOOD.replace("a-1", "secret"))
    other = AppTest.from_function(page, default_timeout=60).run()
    other.selectbox(key="source of runs").select(OWN).run()
    assert "secret" not in told(other)
    assert not other.dataframe


def card_file(app: AppTest, content: bytes, name: str = "card.json") -> AppTest:
    app.file_uploader(key="file of a card").set_value((name, content, "application/json")).run()
    assert not app.exception
    return app


def test_a_card_of_another_platform_says_what_it_is_for(app: AppTest) -> None:
    own = replace(shipped_card("qemu"), time_log_spread=0.5)
    card_file(app, own.to_json().encode())
    assert "It is for QEMU/KVM alone" in told(app)
    press(app, "Use it on the other pages")
    assert app.session_state["card"] == own
    # Hyper-V's runs are not calibrated from it, but anything may be scored with it.
    assert not [one for one in app.radio if one.label == "Start from"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda body: "no card", "is not JSON"),
        (lambda body: json.dumps({"format": "[x](javascript:1) <b>"}), "is not a model card of this version"),
        (lambda body: json.dumps(body | {"time_log_spread": 9}), "was changed after it was made"),
        (lambda body: json.dumps(body | {"platform": 3}), "is of the wrong kind"),
        (lambda body: json.dumps({key: body[key] for key in body if key != "errors"}), "is missing"),
    ],
)
def test_a_card_that_does_not_hold_is_told_in_words(app: AppTest, change, words: str) -> None:
    body = json.loads(shipped_card("hyperv").to_json())
    card_file(app, change(body).encode(), "<b>card.json")
    (error,) = app.error
    assert words in error.value
    assert "advisor-upload" not in error.value
    for sign in ("<b>", "[x]("):
        assert sign not in error.value
    assert not [one for one in app.button if one.label == "Use it on the other pages"]
