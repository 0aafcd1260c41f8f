"""Every format times every kind of batch, drain and patch night."""

import os
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len

from advisor import reports
from advisor.errors import UnknownNameError
from tests.reports.fleet import samples

KINDS = {
    "batch": (reports.render_batch, reports.BATCH_FORMATS, samples.BATCHES),
    "drain": (reports.render_drain, reports.DRAIN_FORMATS, samples.DRAINS),
    "patch": (reports.render_patch, reports.PATCH_FORMATS, samples.PATCHES),
}
CASES = [(kind, name, form) for kind, (_, formats, made) in KINDS.items() for name in made for form in formats]
SAMPLES_OF = {"batch": "BATCHES", "drain": "DRAINS", "patch": "PATCHES"}
TABLES = [(kind, name) for kind, (_, _, made) in KINDS.items() for name in made]


@pytest.mark.parametrize(("kind", "name", "form"), CASES)
def test_every_answer_in_every_format(kind, name, form):
    render, _, made = KINDS[kind]
    text = render(made[name](), form)
    assert text.endswith("\n") or text.rstrip().endswith("</html>")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "None" not in text
    assert "Undefined" not in text
    assert render(made[name](), form) == text


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_format_names_the_known_ones(kind):
    render, formats, made = KINDS[kind]
    with pytest.raises(UnknownNameError, match=f"telegram.*{', '.join(formats)}"):
        render(made["one"](), "telegram")


@pytest.mark.parametrize("width", [60, 80, 132])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
@pytest.mark.parametrize(("kind", "name"), TABLES)
def test_no_line_is_wider_than_the_terminal(kind, name, encoding, width):
    render, _, made = KINDS[kind]
    for line in render(made[name](), "table", width, encoding=encoding).splitlines():
        assert cell_len(line) <= width, line
        line.encode(encoding)


@pytest.mark.parametrize(("kind", "name"), TABLES)
def test_colours_change_nothing_but_the_colours(kind, name):
    render, _, made = KINDS[kind]
    coloured = render(made[name](), "table", colour=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain == render(made[name](), "table")


@pytest.mark.parametrize(("kind", "form"), [("batch", "table"), ("batch", "json"), ("drain", "md"), ("patch", "table")])
def test_what_is_no_page_loads_no_chart_library(kind, form):
    program = (
        "import sys\n"
        "from tests.reports.fleet import samples\n"
        f"from advisor.reports import render_{kind}\n"
        f"render_{kind}(samples.{SAMPLES_OF[kind]}['one'](), {form!r})\n"
        "print(sorted({'altair', 'jinja2', 'vl_convert', 'xlsxwriter', 'sklearn'} & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert run.stdout.strip() == "[]"


def test_the_front_door_loads_no_arrow():
    program = "import sys, advisor.reports, advisor.reports.csv\nprint('pyarrow' in sys.modules)\n"
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert run.stdout.strip() == "False"
