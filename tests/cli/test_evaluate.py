"""`advisor evaluate`: several files, Markdown, and a section written into a document."""

import csv
import io
import sys

import pytest

from advisor.cli.evaluate import _bar
from advisor.reports.evaluation_md import BEGIN, END
from advisor.shipped import shipped_path

PUBLISHED = shipped_path("data", "measured", "hyperv_published.csv")
QEMU_RUNS = """run_id,study,platform,platform_version,transport,nic_gbps,nic_count,teaming,vm_memory_gib,total_s,outcome
q-1,lab,qemu,10.0,tcpip,1,1,none,1,9.4,converged
q-2,lab,qemu,10.0,tcpip,1,1,none,1,9.6,converged
"""


@pytest.fixture
def qemu(tmp_path):
    file = tmp_path / "qemu.csv"
    file.write_text(QEMU_RUNS)
    return file


@pytest.fixture
def document(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(f"# above\n{BEGIN} -->\nold\n{END}\nbelow\n")
    return file


def test_markdown_is_written_to_the_terminal_and_by_a_files_ending(advisor, tmp_path):
    done = advisor("evaluate", PUBLISHED, "--apply", "shipped", "-f", "md")
    assert (done.code, done.err) == (0, "")
    assert "### Hyper-V: 14 runs of 3 studies\n" in done.out
    file = tmp_path / "accuracy.md"
    assert advisor("evaluate", PUBLISHED, "--apply", "shipped", "-o", file).out == ""
    assert file.read_text("utf-8") == done.out


def test_a_section_is_written_into_a_document_and_nothing_else_of_it_changes(advisor, document):
    done = advisor("evaluate", PUBLISHED, "--apply", "shipped", "--into", document)
    assert (done.code, done.out, done.err) == (0, "", "")
    text = document.read_text("utf-8")
    assert text.startswith(f"# above\n{BEGIN} -->\n\nPredicted against measured total time, applied as it is")
    assert text.endswith(f"|\n\n{END}\nbelow\n")
    assert "old" not in text.splitlines()


@pytest.mark.no_cover
def test_several_files_keep_platforms_apart(advisor, qemu):
    done = advisor("evaluate", qemu, PUBLISHED, "-f", "csv", "--by", "study")
    assert done.code == 0
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["platform"] for row in rows] == ["qemu"] * 2 + ["hyperv"] * 14


def test_two_files_with_runs_of_one_name_are_refused(advisor, qemu, tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_text(QEMU_RUNS)
    done = advisor("evaluate", qemu, copy, "--apply", "shipped")
    assert (done.code, done.out) == (2, "")
    assert "copy.csv: run_id: another file has a run of this name (got q-1); mend: " in done.err


def test_a_document_without_markers_is_refused_before_anything_is_fitted(advisor, tmp_path, monkeypatch):
    file = tmp_path / "README.md"
    file.write_text("no place\n")
    monkeypatch.setattr("advisor.cli.evaluate.runs_from", lambda file: pytest.fail("the runs were read"))
    done = advisor("evaluate", PUBLISHED, "--into", file)
    assert (done.code, done.out) == (2, "")
    assert "README.md: has no place for the section" in done.err
    assert file.read_text() == "no place\n"


@pytest.mark.parametrize("more", [("-o", "x.md"), ("-f", "json")])
def test_writing_into_a_document_takes_no_other_place_or_format(advisor, document, more):
    done = advisor("evaluate", PUBLISHED, "--into", document, *more)
    assert done.code == 2
    assert "--into and --output or --format: contradict each other" in done.err


def test_folds_are_shown_on_a_terminal_alone(monkeypatch, capsys):
    with _bar() as progress:
        assert progress is None
    shown = io.StringIO()
    shown.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with _bar() as progress:
        progress(0, 8)
    assert "fitting all runs" in shown.getvalue()
    with _bar() as progress:
        progress(3, 8)
    assert "fitting without fold 3 of 8" in shown.getvalue()
    assert capsys.readouterr().out == ""
