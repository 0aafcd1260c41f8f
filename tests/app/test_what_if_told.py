"""What What-if says beside its numbers: of wrong input at the side, of moves, verdicts and rules."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from advisor.intake.document import read_document
from advisor.intake.link import link_of
from advisor.shipped import shipped_path
from advisor.ui.session import LINK

APP = str(shipped_path("app.py"))


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def changed(vms: int = 1, **goals: str) -> str:
    """The link of the seed's lab with so many VMs and these goals."""
    content = read_document(shipped_path("data", "examples", "seed_lab.yaml")).content
    content["vms"][0]["count"] = str(vms)
    return link_of(content | {"goals": goals})


def told(app: AppTest) -> str:
    return "\n".join(one.value for one in (*app.markdown, *app.caption))


def test_what_is_wrong_at_the_side_is_told_on_the_page_too():
    app = opened()
    next(one for one in app.number_input if one.label == "Memory of each, GiB").set_value(-1.0).run()
    next(one for one in app.text_input if one.label == "Window").set_value("soon").run()
    (warning,) = app.warning
    first, *listed = warning.value.split("\n")
    assert first == "No answer yet: these inputs at the side need mending."
    beside = [one.value for one in app.error]
    assert len(beside) == 2
    assert {line for line in listed if line} == {
        f"- **{label}**: {message}"
        for label, message in zip(["Memory of each, GiB", "Window"], beside, strict=True)
    }  # fmt: skip


def test_one_vm_is_one_move_and_several_go_at_once():
    assert re.search(r"GiB, 1 move$", told(opened()), re.MULTILINE)
    assert re.search(r"GiB, up to 2 moves at once$", told(opened(**{LINK: changed(vms=3)})), re.MULTILINE)


def test_headline_and_verdict_agree_where_goals_are_missed():
    app = opened(**{LINK: changed(window="5s", max_blackout="100ms")})
    assert app.subheader[0].value.startswith("Best found\\: ")
    assert "but it misses the window of 5 s" in app.subheader[0].value
    assert "-badge[not recommended]" in told(app)


def test_headline_and_verdict_agree_where_a_blackout_is_not_known():
    app = opened(**{LINK: changed(max_blackout="2s")})
    assert app.subheader[0].value.startswith("Best found\\: ")
    assert "whether it keeps the longest blackout of 2 s is not known until you measure" in app.subheader[0].value
    assert "-badge[unknown]" in told(app)


def test_conditions_lead_to_their_rules_and_these_are_called_in_plain_words():
    app = opened(part="Why and how")
    assert re.search(r"badge\[ready with conditions\] \(\[[A-Z]\d\d\]\(evidence\?rule=", told(app))
    assert re.search(r"- \[[A-Z]\d\d\]\(\S+\)[^\n]* \((warning|advice|rules it out)\): ", told(app))
    assert not re.search(r"\((warn|advise|forbid)\)", told(app))
