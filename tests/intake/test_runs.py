"""Files of measured runs: good rows go on, bad ones are named, and writing loses nothing."""

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.domain.options import Transport
from advisor.domain.runs import RUN_COLUMNS, MeasuredRun
from advisor.errors import AdvisorError, RunsError
from advisor.intake import runs as runs_module
from advisor.intake.runs import read_runs, write_runs
from advisor.shipped import shipped_path

HEADER = "run_id,study,platform,transport,nic_gbps,vm_memory_gib,total_s,rack\n"
PUBLISHED = shipped_path("data", "measured", "hyperv_published.csv")


@pytest.fixture
def read(tmp_path):
    def write_and_read(content):
        path = tmp_path / "runs.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_runs(path)

    return write_and_read


def test_good_rows_go_on_and_bad_ones_are_named(read):
    found = read(
        HEADER
        + "a,lab,hyperv,tcpip,10,55,70,r1\n"
        + "b,lab,hyperv,smb,10,55,70,r1\n"
        + "\n"
        + "c,lab,hyperv,tcpip,10GbE,-3,70,r1\n"
        + "d,lab,hyperv,tcpip,,,28,\n"
        + "a,lab,hyperv,tcpip,10,55,71,r1\n"
        + "e,lab,hyperv,tcpip,10,55,70,r1,left over\n"
    )
    assert [run.run_id for run in found.runs] == ["a", "d"]
    assert [(problem.line, problem.column) for problem in found.set_aside] == [
        (3, "transport"),
        (5, "nic_gbps"),
        (5, "vm_memory_gib"),
        (7, "run_id"),
        (8, None),
    ]
    transport = found.set_aside[0]
    assert transport.value == "smb"
    assert transport.allowed == "tcpip, compression, multichannel or rdma"
    assert transport.file is not None
    assert "from 0.01 to 1,600 Gbit/s" in str(found.set_aside[1])


def test_empty_is_unknown_and_zero_is_zero(read):
    (run,) = read("run_id,study,platform,transport,background_gbps,blackout_ms\na,lab,hyperv,tcpip,0,\n").runs
    assert run.background_gbps == 0
    assert run.blackout_ms is None


def test_columns_of_other_names_are_kept(read):
    found = read(HEADER + "a,lab,hyperv,tcpip,10,55,70,r1\n")
    assert found.runs[0].extra_columns == {"rack": "r1"}
    assert found.columns == tuple(HEADER.strip().split(","))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_are_read_as_spreadsheets_save_them(read, separator, encoding):
    text = (HEADER + "a,lab,hyperv,TCPIP,10,55,70,r1\n").replace(",", separator).replace("\n", "\r\n")
    (run,) = read(text.encode(encoding)).runs
    assert (run.transport, run.total_s) == (Transport.TCPIP, 70)


def test_a_decimal_comma_is_named(read):
    found = read(HEADER.replace(",", ";") + "a;lab;hyperv;tcpip;10;55;70;\nb;lab;hyperv;tcpip;0,5;55;70;\n")
    assert found.set_aside[0].mend == "write 0.5, with a point"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        (HEADER, "holds no runs"),
        (HEADER + "a,lab,hyperv,pigeon,,,,\n", "pigeon"),
        (HEADER + ",lab,hyperv,tcpip,,,,\n", "run_id: is missing"),
        ("run_id,study,transport\na,b,tcpip\n", "platform: the column is missing"),
        ("run_id,Studdy,platform,transport\na,b,hyperv,tcpip\n", "rename Studdy"),
        ("run_id,run_id,study,platform,transport\n", "stands more than once"),
        (HEADER + 'a,"' + "x" * 200_000 + '"\n', "is not CSV"),
        (b"\x89PNG\r\n\x1a\n", "is not text"),
    ],
)
def test_a_file_without_usable_runs_is_refused(read, text, words):
    with pytest.raises(RunsError, match=words):
        read(text)


def test_a_file_too_large_is_refused(read, monkeypatch):
    monkeypatch.setattr(runs_module, "MOST_BYTES", 10)
    with pytest.raises(RunsError, match="too large"):
        read(HEADER)


def test_a_directory_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(RunsError, match="is a directory"):
        read_runs(tmp_path)
    with pytest.raises(RunsError, match="no such file"):
        read_runs(tmp_path / "none.csv")


def test_the_published_hyperv_rows_are_those_of_three_authors():
    found = read_runs(PUBLISHED)
    assert not found.set_aside
    assert len(found.runs) == 14
    assert {run.study for run in found.runs} == {"workinghardinit-r720", "aidanfinn", "kevinholman"}
    assert all(run.total_s and run.blackout_ms is None and run.source for run in found.runs)
    seeds = {run.run_id: run.total_s for run in found.runs if run.evidence == "seed"}
    assert seeds == {"whi-0001": 70, "whi-0003": 54, "whi-0004": 31, "whi-0005": 28, "whi-0006": 13}


def test_the_published_rows_read_back_unchanged(tmp_path):
    found = read_runs(PUBLISHED)
    write_runs(found.runs, tmp_path / "again.csv")
    assert read_runs(tmp_path / "again.csv").runs == found.runs


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-cmd", "@x", "'=1", "''=2", "'plain", "it's"])
def test_no_text_becomes_a_formula_and_none_is_lost(tmp_path, text):
    run = MeasuredRun(
        run_id="a", study=text, platform="hyperv", transport="tcpip", extra_columns={"note": text, text: "1"}
    )
    path = tmp_path / "runs.csv"
    write_runs([run], path)
    with path.open(encoding="utf-8", newline="") as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r")]
    assert read_runs(path).runs == (run,)


def test_numbers_stay_numbers_in_columns_of_other_names(tmp_path):
    run = MeasuredRun(run_id="a", study="b", platform="hyperv", transport="tcpip", extra_columns={"offset": "-3.5"})
    write_runs([run], tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text().rstrip().endswith(",-3.5")


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)
numbers = st.floats(min_value=0.01, max_value=1000)
some_runs = st.builds(
    MeasuredRun,
    run_id=words,
    study=words,
    source=st.none() | words,
    platform=st.just("hyperv"),
    transport=st.sampled_from(Transport),
    nic_gbps=st.none() | numbers,
    total_s=st.none() | numbers,
    vcpus=st.none() | st.integers(1, 64),
    extra_columns=st.dictionaries(words.filter(lambda name: name not in RUN_COLUMNS), words, max_size=2),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(some_runs, min_size=1, max_size=4, unique_by=lambda run: run.run_id))
def test_any_runs_read_back_unchanged(tmp_path, written):
    write_runs(written, tmp_path / "runs.csv")
    assert read_runs(tmp_path / "runs.csv").runs == tuple(written)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary() | st.text().map(lambda text: (HEADER + text).encode("utf-8", "replace")))
def test_any_bytes_read_or_fail_in_words(read, content):
    try:
        outcome = read(content).runs
    except AdvisorError as error:
        outcome = str(error)
    assert outcome


def test_a_workload_nobody_knows_sets_its_row_aside_and_the_others_go_on(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    rows = ("run_id,study,platform,transport,workload", "a,s,hyperv,tcpip,idle", "b,s,hyperv,tcpip,nosuch")
    path.write_text("\n".join(rows), encoding="utf-8")
    found = read_runs(path)
    assert [run.run_id for run in found.runs] == ["a"]
    (problem,) = found.set_aside
    assert (problem.line, problem.column, problem.value) == (3, "workload", "nosuch")
    assert "idle" in str(problem.allowed)
