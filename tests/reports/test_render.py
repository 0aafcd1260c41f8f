"""Every format times every kind of answer, and the registry itself."""

import os
import subprocess
import sys

import pytest

from advisor import reports
from advisor.errors import UnknownNameError
from tests.reports import samples

ANSWERS = {
    "seed lab": samples.seed_lab,
    "cluster": samples.cluster,
    "nothing allowed": samples.nothing_allowed,
    "blackout unknown": samples.blackout_unknown,
    "hashed team": samples.hashed_team,
    "rdma fallback": samples.rdma_fallback,
    "hostile names": samples.hostile,
    "estimate": samples.estimate,
    "estimate of a batch": samples.estimate_batch,
    "estimate without passes": lambda: samples.estimate(timeline=(), vms=(), assumptions=()),
}


@pytest.mark.parametrize("format_name", ["table", "json", "csv", "html"])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_in_every_format(name, format_name):
    answer = ANSWERS[name]()
    text = reports.render(answer, format_name)
    assert text.endswith("\n") or text.rstrip().endswith("</html>")
    assert "\x1b" not in text
    assert "None" not in text.replace("NoneType", "")
    assert "Undefined" not in text


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"telegram.*table, json, csv, html"):
        reports.render(samples.seed_lab(), "telegram")
    with pytest.raises(UnknownNameError, match=r"telegram.*table, json, csv"):
        reports.render_rules([], "telegram")


def test_a_new_format_is_one_entry(monkeypatch):
    monkeypatch.setitem(reports.FORMATS, "summary", f"{__name__}:summary_only")
    assert reports.render(samples.seed_lab(), "summary", width=33) == f"{samples.seed_lab().summary} 33"


def summary_only(answer, page):
    return f"{answer.summary} {page.width}"


@pytest.mark.parametrize("format_name", ["table", "json", "csv"])
def test_what_the_recommend_path_prints_loads_no_chart_library(format_name):
    program = (
        "import sys\n"
        "from advisor.reports import render\n"
        "from tests.reports.samples import seed_lab\n"
        f"render(seed_lab(), {format_name!r})\n"
        "print(sorted({'altair', 'jinja2', 'vl_convert', 'pandas', 'scipy', 'sklearn'} & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert run.stdout.strip() == "[]"
