"""The fleet page until an inventory is understood: given, read, corrected; hostile, broken and very large ones too."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from advisor.reports.wording import number
from advisor.ui import uploads
from advisor.ui.fleet.downloads import zipped
from advisor.ui.fleet.state import READING
from advisor.ui.trouble import MOST_TOLD
from tests.app.fleet_page import (
    SMALL,
    downloads,
    example,
    field,
    opened,
    press,
    read_before,
    reading,
    settled,
    showing,
    sized,
    state_of,
    told,
    upload,
    warned,
)

STRANGE = b"server,Node,RAM (MB)\na,h1,4096\nb,h2,8192\n"


@pytest.fixture
def app() -> AppTest:
    return opened()


# ---------------------------------------------------------------- what was understood


def test_without_an_inventory_the_page_says_what_it_wants(app: AppTest) -> None:
    assert not app.exception
    assert "Give an inventory" in told(app)
    assert app.file_uploader[0].label
    assert not app.tabs


def test_the_example_is_read_and_shown(app: AppTest) -> None:
    example(app)
    assert app.subheader[0].value == (
        "3 clusters, 10 hosts (1 in no cluster), 116 VMs with 1,684 GiB; 4 rows of 120 set aside"
    )
    assert "4 hosts (hva01, hva02, hva03 and 1 more): 2 × 25 Gbit/s; MTU 9000; RDMA RoCE, on" in told(app)
    aside = next(one.value for one in app.dataframe if "Reason" in one.value.columns)
    assert "is off: there is no memory to move" in set(aside["Reason"])
    assert aside["For example"].str.contains("vms.csv, line").any()
    assert field(app.text_input, "vm.priority").value == "medium"
    assert "What was understood, JSON" in downloads(app)


def test_files_that_belong_together_are_read_together(app: AppTest) -> None:
    upload(app, *((file.name, file.read_bytes()) for file in sorted(SMALL.glob("*.csv"))))
    assert app.subheader[0].value.startswith("3 clusters, 10 hosts (1 in no cluster), 116 VMs")
    assert "Your files: clusters.csv, hosts.csv, vms.csv" in told(app).replace("**", "")


def test_columns_are_corrected_in_place(app: AppTest) -> None:
    upload(app, ("list.csv", STRANGE))
    assert "list.csv: no table lists VMs" in told(app)
    for header, column in (("server", "vm"), ("Node", "host"), ("RAM (MB)", "memory_gib")):
        field(app.selectbox, "Header in the file").set_value(header)
        field(app.selectbox, "Read it as").set_value(column).run()
        press(app, "Read again")
    assert app.subheader[0].value.startswith("0 clusters, 2 hosts (2 in no cluster), 2 VMs with 12 GiB")
    assert "list.csv: RAM (MB) is read as memory_gib" in told(app)
    press(app, "Undo")
    assert "no table lists VMs" in told(app)


def test_what_a_correction_changed_is_told_and_a_unit_taken_for_another_is_warned_of() -> None:
    app = read_before()
    field(app.selectbox, "File").set_value("vms.csv").run()
    field(app.selectbox, "Header in the file").set_value("memory_gib")
    box = field(app.selectbox, "Read it as")
    assert [box.options[at] for at in range(box.options.index("memory_gib"), box.options.index("memory_gib") + 3)] == [
        "memory_gib", "memory_mb", "memory_bytes",
    ]  # fmt: skip
    box.set_value("memory_mb").run()
    press(app, "Read again")
    now = number(state_of(app).reading.survey.memory_gib)
    assert f"What that changed: memory 1,684 GiB before, {now} GiB now; VMs 116 before, 108 now" in told(app)
    (warning,) = warned(app)
    assert warning.startswith("Memory changed by more than 100 times. Look at the unit: ")
    press(app, "Undo")
    assert f"What that changed: memory {now} GiB before, 1,684 GiB now" in told(app)
    field(app.selectbox, "File").set_value("vms.csv").run()
    field(app.selectbox, "Header in the file").set_value("workload")
    field(app.selectbox, "Read it as").set_value("ignore").run()
    press(app, "Read again")
    assert "That changed none of the totals." in told(app)
    assert not warned(app)
    field(app.text_input, "host.storage_mib_s [MiB/s]").set_value("100, 200, 300")
    press(app, "Read again with these")
    assert "That changed" not in told(app), "no column was corrected"


def test_a_column_that_there_is_not_is_told_in_the_command_lines_words() -> None:
    app = read_before()
    field(app.selectbox, "File").set_value("hosts.csv").run()
    field(app.selectbox, "Header in the file").set_value("cores")
    field(app.selectbox, "Read it as").set_value("vcpus").run()
    press(app, "Read again")
    assert "hosts.csv: “Correct a column”: is of no use in advisor's table of hosts (got vcpus); allowed: " in told(app)
    press(app, "Undo")
    assert app.subheader[0].value.startswith("3 clusters")


def test_a_default_is_corrected_in_place_and_a_mistake_is_told_beside_it() -> None:
    app = read_before()
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


def test_reading_can_be_stopped_and_begun_again(app: AppTest) -> None:
    next(one for one in app.button if one.label == "Use the example").click()
    app.run()
    state_of(app).jobs[READING].stop()
    settled(app)
    assert "Reading the inventory: stopped before it was done" in told(app)
    press(app, "Read it again")
    assert app.subheader[0].value.startswith("3 clusters")


# ---------------------------------------------------------------- broken, hostile, several


NO_INVENTORY = (
    ([("apples.csv", b"apples,pears\n1,2\n")], "apples.csv: no table lists VMs"),
    ([("none.csv", b"")], "none.csv: is empty"),
    ([("old.xlsx", b"\xd0\xcf\x11\xe0 and more")], "old.xlsx: is an old or encrypted Excel file"),
    ([("broken.json", b'{"vms": [')], "broken.json"),
    ([("hosts.csv", (SMALL / "hosts.csv").read_bytes())], "no table lists VMs"),
)


def test_what_is_no_inventory_is_told_in_the_command_lines_words(app: AppTest) -> None:
    for files, words in NO_INVENTORY:
        upload(app, *files)
        assert words in told(app), files[0][0]
        assert str(state_of(app).folder) not in told(app), files[0][0]
        assert not app.subheader, files[0][0]
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
    state = state_of(app)
    with zipfile.ZipFile(io.BytesIO(zipped(state, state.sized.tables))) as archive:
        assert "'=cmd|1!A1" in archive.read("vms.csv").decode()


def test_hostile_names_are_text_in_a_runbook(app: AppTest) -> None:
    name = HOSTILE.replace("http://", "")
    rows = f'vm,host,cluster,memory_gib\n"{name}","{name} h","{name} c",4\nb,h2,"{name} c",8\n'
    upload(app, ("v.csv", rows.encode()))
    app.number_input(key=f"drain {state_of(app).number} reserve").set_value(0)
    press(app, "Plan the drain")
    cells = [str(cell) for table in app.table for column in table.value for cell in table.value[column]]
    assert sum("img src" in cell for cell in cells) > 2
    for text in [*cells, *(str(one.value) for one in app.markdown)]:
        assert_plain(re.sub("`[^`]*`", "", text))
    assert name in app.code[0].value, "to be copied as it stands"


def assert_plain(text: str) -> None:
    """Nothing that a visitor wrote is left to be read as markup: its signs are escaped."""
    text = re.sub(r"\\.", "_", text)
    for sign in ("<", ":red", "$", "[a](", " **b**"):
        assert sign not in text, text


def test_two_sessions_are_apart() -> None:
    app, other = read_before(), opened()
    upload(other, ("v.csv", b"vm,host,memory_gib\nsecret,h,8\n"))
    app.run()
    assert app.subheader[0].value.startswith("3 clusters")
    assert other.subheader[0].value.startswith("0 clusters, 1 host (1 in no cluster), 1 VM")
    assert "secret" not in told(app)
    assert state_of(app).scratch.folder != state_of(other).scratch.folder


# ---------------------------------------------------------------- bounds


def test_files_that_are_too_large_together_are_refused_and_what_was_there_stays(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(app, ("v.csv", b"vm,host,memory_gib\na,h,8\n"))
    monkeypatch.setattr(uploads, "largest_bytes", lambda: 1000)
    upload(app, ("a.csv", b"a" * 1500), ("b.csv", b"b" * 501))
    (wrong,) = app.error
    assert wrong.value.replace("\\", "").startswith(
        "the files are too large together (got 2,001 bytes); allowed: 2,000 bytes; mend: give fewer of them"
    )
    assert app.subheader[0].value.startswith("0 clusters, 1 host (1 in no cluster), 1 VM")
    assert not app.file_uploader[0].value, "Streamlit holds what was refused"
    upload(app, ("v.csv", b"vm,host,memory_gib\na,h,8\nb,h,8\n"))
    assert not app.error
    assert app.subheader[0].value.startswith("0 clusters, 1 host (1 in no cluster), 2 VMs")


def test_what_a_visit_keeps_has_a_bound_and_is_let_go_with_the_files_it_was_for(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = ("vm,host,memory_gib\n" + "".join(f"vm{i:03},h,8\n" for i in range(80))).encode()
    assert len(content) == 819
    monkeypatch.setattr(uploads, "largest_bytes", lambda: 450)
    for _ in range(3):  # each takes the place of the one before
        upload(app, ("v.csv", content))
        assert not app.error
    elsewhere = uploads.Kept([_File("runs.csv", b"c" * 700)])
    app.session_state[uploads._SESSION].add(elsewhere)
    upload(app, ("w.csv", content))
    assert "the files are too large beside those that this visit keeps already" in told(app)
    assert "(got 819 bytes beside 1,519); allowed: 2,250 bytes in all" in told(app)
    assert all(path.name == "v.csv" for path in state_of(app).paths)


class _File:
    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content

    def getbuffer(self) -> memoryview:
        return memoryview(self.content)


def test_a_thousand_files_of_one_name_are_kept_apart() -> None:
    kept = uploads.Kept([_File(name, name.encode()) for _ in range(500) for name in ("A.csv", "a.csv")])
    assert len({path.name.lower() for path in kept.paths}) == 1000
    assert {path.read_bytes() for path in kept.paths} == {b"A.csv", b"a.csv"}


def test_a_thousand_problems_are_a_few_lines_and_a_file() -> None:
    app = read_before()
    state = state_of(app)
    state.troubles["sized"] = [f"vms.csv:{line}: is wrong" for line in range(1000)]
    app.run()
    (wrong,) = app.error
    assert wrong.value.count("is wrong") == MOST_TOLD
    assert "… and 980 more" in wrong.value
    assert "All 1,000 problems, text" in downloads(app)


def test_an_inventory_of_very_many_tables_is_a_page_of_few() -> None:
    read = reading()
    survey = read.survey
    wide = survey.tables[0].model_copy(update={"ignored": tuple(f"Column {i}" for i in range(5000))})
    many = survey.model_copy(
        update={
            "tables": (wide,) * 2000,
            "unread": tuple(f"notes{i}.csv" for i in range(3000)),
            "host_kinds": survey.host_kinds * 500,
            "set_aside": survey.set_aside * 100,
        }
    )
    app = showing(replace(read, survey=many))
    assert len([*app.main]) < 600
    assert len(app.expander) < 40
    said = told(app)
    assert "1,970 more tables in the download" in said
    assert "and 4,960 more in the download" in said
    assert "and 2,960 more in the download" in said
    assert "set_aside.csv among the tables of Sizing" in said
    assert len(said) < 100_000
