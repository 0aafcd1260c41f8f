"""Where output goes: whole files or none, data on stdout alone, what each terminal can show."""

import io
import json
import os
import stat
import sys

import pytest

from advisor.cli import writing
from advisor.cli.writing import Output, output
from advisor.reports import FORMATS, Page
from tests.cli.conftest import LEAST, SEED_LAB


class Terminal(io.StringIO):
    """A stdout that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def of(columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = Terminal()
        monkeypatch.setattr(sys, "stdout", shown)
        return shown

    return of


def report(subject, format, width, /, *, colour, encoding):
    return f"{subject} {format} {width} {colour} {encoding}"


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_holds_what_stdout_would_show(advisor, tmp_path, format_name):
    file = tmp_path / "answer"
    done = advisor("recommend", *LEAST, "-f", format_name, "-o", file)
    assert (done.code, done.out, done.err) == (0, "", "")
    shown = advisor("recommend", *LEAST, "-f", format_name).out
    text = file.read_text("utf-8")
    assert (text.encode("ascii", "xmlcharrefreplace").decode() if format_name == "html" else text) == shown


@pytest.mark.parametrize(("name", "begins"), [("a.json", "{"), ("a.CSV", "recommended,"), ("a.txt", "Use ")])
def test_the_ending_of_a_file_names_the_format(advisor, tmp_path, name, begins):
    assert advisor("recommend", SEED_LAB, "-o", tmp_path / name).code == 0
    assert (tmp_path / name).read_text("utf-8").startswith(begins)


def test_a_format_given_outweighs_the_ending(tmp_path):
    assert output("csv", tmp_path / "a.json", FORMATS).format == "csv"
    assert output("table", tmp_path / "a.pdf", FORMATS).format == "table"


@pytest.mark.parametrize("name", ["a.pdf", "a.xlsx", "a.docx", "a.tabel"])
def test_an_ending_of_no_format_is_refused_before_anything_is_worked_out(advisor, tmp_path, name):
    done = advisor("recommend", SEED_LAB, "-o", tmp_path / name)
    assert (done.code, done.out) == (2, "")
    assert "--output: ends like no format of this" in done.err
    assert "allowed: .json, .csv" in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_other_commands_write_files_too(advisor, tmp_path):
    assert advisor("schema", "run", "-o", tmp_path / "run.json").code == 0
    assert json.loads((tmp_path / "run.json").read_text())["title"] == "MeasuredRun"
    assert advisor("rules", "-o", tmp_path / "rules.csv").code == 0
    assert (tmp_path / "rules.csv").read_text().startswith("id,")


def test_a_failed_write_leaves_the_old_file_and_no_draft(monkeypatch, tmp_path):
    file = tmp_path / "answer.json"
    file.write_text("old")

    def full(self, target):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(writing.Path, "replace", full)
    with pytest.raises(OSError, match="No space left") as caught:
        Output("json", file).write(report, "new")
    assert caught.value.filename == str(file)
    assert [path.name for path in tmp_path.iterdir()] == ["answer.json"]
    assert file.read_text() == "old"


def test_a_folder_that_is_not_there_fails_in_words(advisor, tmp_path):
    done = advisor("recommend", *LEAST, "-o", tmp_path / "none" / "a.json")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {tmp_path / 'none' / 'a.json'}: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither these permissions nor these links for everyone")
def test_links_permissions_and_devices_stay_what_they_are(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    Output("json", link).write(report, "new")
    assert link.is_symlink()
    assert real.read_text().startswith("new json 80 False utf-8")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    Output("json", writing.Path(os.devnull)).write(report, "new")
    assert stat.S_ISCHR(writing.Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize(("columns", "width"), [(72, 72), (80, 80), (100, 100), (240, 100)])
def test_a_terminal_is_filled_up_to_what_reads_well(terminal, columns, width):
    shown = terminal(columns)
    Output("table").write(report, "text")
    assert shown.getvalue() == f"text table {width} True utf-8"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colours_gets_none(terminal, monkeypatch, name, value):
    shown = terminal(80)
    monkeypatch.setenv(name, value)
    Output("table").write(report, "text")
    assert " False " in shown.getvalue()


def test_a_pipe_is_a_plain_page_whatever_the_environment_says(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("FORCE_COLOR", "1")
    Output("table").write(report, "text")
    assert capsys.readouterr().out == f"text table {Page().width} False {sys.stdout.encoding}"


def test_a_page_for_a_browser_in_a_terminal_comes_with_a_hint(terminal, capsys):
    shown = terminal(80)
    Output("html").write(lambda *_, **__: "<p>Büro</p>", None)
    assert shown.getvalue() == "<p>B&#252;ro</p>"
    assert capsys.readouterr().err.startswith("note: ")
