"""The model card in use is named on every page that predicts, where it is not the shipped one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from advisor.residual.card_files import shipped_card
from advisor.shipped import shipped_path
from advisor.ui.plain import plain

APP = str(shipped_path("app.py"))
OWN = replace(
    shipped_card("hyperv"),
    kind="calibrated",
    time_log_spread=0.5,
    made_from={"runs": 20, "studies": 2, "file": "own.csv"},
)
NAME = "hyperv, calibrated on 20 runs of 2 studies in own.csv"


def note(card, predicted):
    from advisor.ui import session
    from advisor.ui.measured.note import show_card_note

    session.use(card)
    show_card_note(predicted)


def noted(card, *predicted: str) -> str:
    """What is said of a card on a page that predicts for these platforms."""
    app = AppTest.from_function(note, default_timeout=60, kwargs={"card": card, "predicted": list(predicted)})
    app.run()
    assert not app.exception
    links = app.get("page_link")
    assert len(links) == len(app.markdown)
    assert all(link.proto.label == "Change it, or go back to the shipped card" for link in links)
    assert all(link.proto.query_string == "about=Card+in+use" for link in links)
    return "\n".join(one.value for one in app.markdown)


def told(app: AppTest) -> str:
    return "\n".join(one.value for one in app.markdown)


def test_a_card_in_use_is_named_with_the_way_back():
    assert OWN.name == NAME
    assert noted(OWN, "hyperv") == f":blue-badge[model card in use] **{plain(NAME)}**, not the shipped one."


def test_a_card_of_another_platform_is_said_not_to_be_used():
    assert noted(OWN, "qemu") == (
        f":gray-badge[model card not used here] **{plain(NAME)}** is for Hyper-V alone; for QEMU/KVM the "
        "shipped one is in use."
    )


def test_where_several_platforms_are_predicted_each_says_its_card():
    assert noted(OWN, "hyperv", "qemu") == (
        f":blue-badge[model card in use] **{plain(NAME)}** for Hyper-V; for QEMU/KVM the shipped one."
    )


@pytest.mark.parametrize("card", [None, shipped_card("hyperv")], ids=["none", "shipped"])
def test_the_shipped_card_needs_no_note(card):
    assert noted(card, "hyperv") == ""


def test_what_is_not_predicted_needs_no_note():
    assert noted(OWN) == ""


def test_the_note_stands_on_what_if_and_follows_its_platform():
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params["part"] = "Basis"
    app.run()
    assert "model card" not in told(app).partition("Wanted")[0]
    assert f"{plain(shipped_card('hyperv').name)}, the shipped one." in told(app)
    app.session_state["card"] = OWN
    app.run()
    assert f":blue-badge[model card in use] **{plain(NAME)}**, not the shipped one." in told(app)
    assert f"{plain(NAME)}, not the shipped one." in told(app)
    app.selectbox(key="preset").set_value("qemu_pair.yaml").run()
    assert not app.exception
    assert "model card not used here" in told(app)
    assert f"{plain(shipped_card('qemu').name)}, the shipped one." in told(app)


def test_a_what_if_that_needs_mending_is_not_said_to_be_predicted():
    app = AppTest.from_file(APP, default_timeout=120)
    app.session_state["card"] = OWN
    app.run()
    next(one for one in app.number_input if one.label.startswith("Memory of each")).set_value(-1.0).run()
    assert "model card" not in told(app)
