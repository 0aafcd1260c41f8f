"""A what-if that takes long is worked out beside the page: it says so, can be stopped, and ends in the same answer."""

from __future__ import annotations

import random
import time

import pytest
from streamlit.testing.v1 import AppTest

from advisor.advice import recommend
from advisor.intake.document import Document, read_document
from advisor.intake.link import link_of
from advisor.intake.scenario import scenario_from
from advisor.shipped import shipped_path
from advisor.ui.plain import plain
from advisor.ui.session import LINK
from advisor.ui.what_if.answered import AT_ONCE

A_WHILE_S = 60.0


MOST = AT_ONCE["hyperv"]
EXAMPLES = {"hyperv": "seed_lab.yaml", "qemu": "qemu_pair.yaml"}


def many(vms: int, platform: str = "hyperv") -> dict:
    content = read_document(shipped_path("data", "examples", EXAMPLES[platform])).content
    content["vms"] = [{"count": vms, "memory_gib": 1, "workload": "idle"}]
    return content


def opened(content: dict, **query: str) -> AppTest:
    app = AppTest.from_file(str(shipped_path("app.py")), default_timeout=120)
    app.query_params[LINK] = link_of(content)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def summary(content: dict) -> str:
    return plain(recommend(scenario_from(Document("a what-if", content, {}))).summary)


def ended(app: AppTest) -> AppTest:
    ends = time.monotonic() + A_WHILE_S
    while any(one.label == "Stop" for one in app.button):
        assert time.monotonic() < ends, "it does not end"
        time.sleep(0.2)
        app.run()
    return app


@pytest.mark.parametrize("platform", AT_ONCE)
def test_it_is_worked_out_beside_the_page_to_the_same_answer(platform: str):
    content = many(AT_ONCE[platform] + 1, platform)
    app = opened(content)
    assert not app.subheader
    assert [one.label for one in app.number_input if one.label.startswith("Memory of each")], "the inputs stay"
    ended(app)
    assert not app.exception
    assert app.subheader[0].value == summary(content)
    assert app.run().subheader[0].value == summary(content), "it is not worked out again"


def test_it_can_be_stopped_and_begun_again():
    app = opened(many(4096))
    next(one for one in app.button if one.label == "Stop").click().run()
    assert not app.exception
    assert app.info[0].value == "Stopped."
    next(one for one in app.button if one.label == "Work it out").click().run()
    assert any(one.label == "Stop" for one in app.button)
    next(one for one in app.button if one.label == "Stop").click().run()


def test_another_what_if_ends_the_work_on_the_one_before():
    app = opened(many(4096))
    (before,) = app.session_state["what-ifs under way"].values()
    next(one for one in app.number_input if one.label == "VMs").set_value(1).run()
    assert before[1].stopped
    assert app.subheader[0].value == summary(many(1))


@pytest.mark.parametrize("vms", [MOST, 1])
def test_what_is_small_is_answered_at_once(vms):
    assert opened(many(vms)).subheader[0].value == summary(many(vms))


def test_a_scenario_too_large_for_a_link_is_answered_without_one():
    app = opened(many(1))
    draw = random.Random(1)
    names = ["".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(120)) for _ in range(MOST)]
    vms = [{"name": name, "memory_gib": "4"} for name in names]
    content = {"source": {"os": "2022", "nics": [{"speed_gbps": "100", "count": "4"}]}, "vms": vms}
    app.session_state["what-if"] = content
    app.run()
    assert not app.exception
    assert "too large for a link" in " ".join(one.value for one in app.caption)
    assert app.metric
