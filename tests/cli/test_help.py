"""Help: whole, within 80 columns, and every example in it runs."""

import re
import shlex
import shutil
import sys

import pytest
from rich.cells import cell_len

from advisor.cli.commands import COMMANDS
from advisor.cli.questions import PANELS
from advisor.domain.describe import unit
from advisor.intake.flag_parts import flag
from advisor.intake.flags import Flags

PAGES = [(), *((name,) for name in COMMANDS)]


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    # What Typer reads from the environment when it is first loaded: a width, and colours for CI's logs.
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", None)
    monkeypatch.setattr("typer.rich_utils.FORCE_TERMINAL", False)


def flat(text):
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


def examples(text):
    return [shlex.split(line)[1:] for line in text.splitlines() if line.strip().startswith("advisor ")]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_fits_80_columns(advisor, page, option):
    done = advisor(*page, option)
    assert (done.code, done.err) == (0, "")
    assert "Usage: advisor" in done.out
    assert max(map(cell_len, done.out.splitlines())) <= 80


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_example_in_help_runs(advisor, page, checkout, tmp_path, monkeypatch):
    shutil.copytree(checkout / "data", tmp_path / "data")  # where the reader of the README stands
    monkeypatch.chdir(tmp_path)
    # A server goes on until it is stopped: tests/e2e starts a real one.
    monkeypatch.setattr("streamlit.web.cli.main", lambda **given: sys.stdout.write(given["args"][1]))
    found = examples(advisor(*page, "--help").out)
    assert found
    for arguments in found:
        done = advisor(*arguments)
        assert (done.code, done.err) == (0, ""), arguments
        written = [path for path in tmp_path.iterdir() if path.is_file()]
        assert done.out or all(path.stat().st_size for path in written), arguments
        assert bool(done.out) != ("-o" in arguments)


@pytest.mark.parametrize("command", ["recommend", "estimate"])
def test_help_says_of_each_flag_what_its_field_says(advisor, command):
    told = flat(advisor(command, "--help").out)
    for name, field in Flags.model_fields.items():
        assert f"{flag(name)} {unit(field) or 'VALUE'} " in told
        assert flat(field.description).partition(" ")[0] in told


def test_every_flag_stands_in_one_group():
    names = [name for panel in PANELS.values() for name in panel]
    assert sorted(names) == sorted(Flags.model_fields)


@pytest.mark.parametrize("command", ["recommend", "estimate"])
def test_flags_are_grouped(advisor, command):
    out = advisor(command, "--help").out
    places = [out.index(f"╭─ {panel} ") for panel in (*PANELS, "Answer")]
    assert places == sorted(places)


def test_advisor_alone_shows_its_commands(advisor):
    done = advisor()
    assert (done.code, done.err) == (0, "")
    assert done.out == advisor("--help").out
    assert all(f"│ {name} " in done.out for name in COMMANDS)


def test_the_version_is_that_of_the_distribution(advisor):
    import advisor as package

    assert advisor("--version").out == f"advisor {package.__version__}\n"
