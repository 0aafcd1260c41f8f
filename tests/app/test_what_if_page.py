"""The page What-if: change an input, read the answer; the link holds it all; what is wrong is said beside the field."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from advisor.advice import recommend
from advisor.intake.document import Document, read_document
from advisor.intake.link import content_of, link_of
from advisor.intake.scenario import read_scenario, scenario_from
from advisor.shipped import shipped_path
from advisor.ui.plain import plain
from advisor.ui.presets import PRESETS
from advisor.ui.session import LINK

APP = str(shipped_path("app.py"))


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def example(name: str):
    return read_scenario(shipped_path("data", "examples", name))


def shared(app: AppTest) -> str:
    """What the link holds: one value, or a list of it."""
    value = app.query_params[LINK]
    return value if isinstance(value, str) else value[0]


def link(app: AppTest):
    return content_of(shared(app)).content


def field(app: AppTest, kind: str, label: str):
    """The widget of a label, whatever its unit."""
    return next(one for one in getattr(app, kind) if one.label == label or one.label.startswith(f"{label}, "))


def test_a_visitor_sees_the_seeds_lab_answered():
    app = opened()
    assert not app.exception
    assert app.subheader[0].value == plain(recommend(example("seed_lab.yaml")).summary)
    assert [one.label for one in app.metric] == ["Total time", "Longest blackout", "On the wire", "CPU cores"]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_gives_the_answer_of_the_command_line(name):
    app = opened()
    app.selectbox(key="preset").set_value(name).run()
    assert not app.exception
    assert not app.error
    assert app.subheader[0].value == plain(recommend(example(name)).summary)
    assert link(app) == read_document(shipped_path("data", "examples", name)).content


def test_a_changed_input_changes_answer_and_link():
    app = opened()
    before = app.subheader[0].value
    field(app, "number_input", "Memory of each").set_value(220.0).run()
    assert app.subheader[0].value != before
    assert link(app)["vms"][0]["memory_gib"] == "220"
    assert link(app)["source"] == read_document(shipped_path("data", "examples", "seed_lab.yaml")).content["source"]


def test_a_link_opens_the_same_what_if_for_somebody_else():
    app = opened()
    field(app, "number_input", "Speed").set_value(25.0).run()
    field(app, "text_input", "Window").set_value("1h").run()
    other = opened(**{LINK: shared(app)})
    assert other.subheader[0].value == app.subheader[0].value
    assert field(other, "text_input", "Window").value == "1h"
    assert link(other) == link(app)


@pytest.mark.parametrize(
    "bad", ["x", "eNq1", "%%%", "a" * 40_000, link_of({"vms": []}), link_of({"source": {"os": "1"}})]
)
def test_a_broken_link_is_told_and_the_page_goes_on(bad):
    app = opened(**{LINK: bad})
    assert not app.exception
    assert app.error


SHAPES = [
    {"source": {"os": "2022", "nics": "ab"}, "vms": [{"memory_gib": "1"}]},
    {"source": {"os": "2022", "nics": [{"speed_gbps": "10"}]}, "vms": ["a", None]},
    {"nodes": ["a", "b"], "vms": [{"memory_gib": "1"}]},
    {"destination": {"os": "2022"}, "vms": [{"memory_gib": "1"}]},
    {"source": {"os": "2022", "nics": []}, "goals": {"max_blackout": ["x"]}, "vms": [{}]},
    {"source": {"os": "2022", "nics": [{"speed_gbps": "10"}]}, "vms": [{}] * 10_001},
]


@pytest.mark.parametrize("content", SHAPES)
def test_a_link_that_is_no_scenario_is_refused_in_words(content):
    app = opened(**{LINK: link_of(content)})
    assert not app.exception
    assert app.error
    assert app.subheader[0].value.startswith("Use Compression")


@pytest.mark.parametrize("memory", ["0", "1e400", "9" * 30, "sixteen"])
def test_a_link_with_a_wrong_value_can_be_mended(memory):
    content = {"source": {"os": "2022", "nics": [{"speed_gbps": "10"}]}, "vms": [{"memory_gib": memory}]}
    app = opened(**{LINK: link_of(content)})
    assert not app.exception
    assert not app.metric
    field(app, "number_input", "Memory of each").set_value(16.0).run()
    assert not app.error
    assert app.metric
    assert link(app)["vms"][0]["memory_gib"] == "16"


def test_what_is_given_is_told_from_what_is_assumed():
    host = {"os": "2022", "cores": "16", "nics": [{"speed_gbps": "10"}]}
    one = {"source": host, "vms": [{"memory_gib": "55"}]}
    other = {"source": host | {"cpu_busy": "0.1"}, "vms": [{"memory_gib": "55"}]}
    told = [opened(**{LINK: link_of(content)}).subheader[0].value for content in (one, other)]
    expected = [plain(recommend(scenario_from(Document("x", content, {}))).summary) for content in (one, other)]
    assert told == expected
    assert told[0] != told[1]


def test_an_edit_outlives_a_link_that_the_browser_has_not_shown_yet():
    app = opened()
    old = shared(app)
    field(app, "number_input", "Memory of each").set_value(220.0).run()
    app.query_params[LINK] = old
    field(app, "number_input", "Speed").set_value(25.0).run()
    assert field(app, "number_input", "Memory of each").value == 220.0
    assert field(app, "number_input", "Speed").value == 25.0


def test_edits_outlive_a_button_pressed_while_a_field_is_wrong():
    app = opened()
    field(app, "text_input", "Window").set_value("soon").run()
    field(app, "number_input", "Memory of each").set_value(220.0).run()
    app.button(key="add:VMs").click().run()
    assert field(app, "text_input", "Window").value == "soon"
    field(app, "text_input", "Window").set_value("2h").run()
    assert [vm["memory_gib"] for vm in link(app)["vms"]] == ["220", "16"]


def test_nics_are_added_to_all_hosts():
    app = opened()
    app.selectbox(key="preset").set_value("azure_local.yaml").run()
    app.button(key="add:NICs").click().run()
    assert [len(node["nics"]) for node in link(app)["nodes"]] == [2, 2]
    app.button(key="remove:NICs").click().run()
    assert [len(node["nics"]) for node in link(app)["nodes"]] == [1, 1]


def test_what_is_wrong_is_said_beside_the_field_in_the_command_lines_words():
    app = opened()
    field(app, "text_input", "Window").set_value("soon").run()
    assert not app.exception
    assert [one.value for one in app.error] == [
        plain("is not a time (got soon); allowed: a time such as 500ms, 2s or 1h30m")
    ]
    assert not app.metric
    field(app, "text_input", "Window").set_value("2h").run()
    assert not app.error
    assert app.metric


def test_a_number_out_of_bounds_is_told_with_its_bounds():
    app = opened()
    field(app, "number_input", "CPU busy").set_value(40.0).run()
    assert "is too large" in app.error[0].value
    assert "write a share" in app.error[0].value


def test_a_change_of_all_hosts_is_made_in_every_node():
    app = opened()
    app.selectbox(key="preset").set_value("azure_local.yaml").run()
    field(app, "number_input", "Speed").set_value(100.0).run()
    assert [node["nics"][0]["speed_gbps"] for node in link(app)["nodes"]] == ["100", "100"]
    field(app, "selectbox", "Host to change").set_value(2).run()
    field(app, "number_input", "Cores").set_value(64).run()
    assert [node["cores"] for node in link(app)["nodes"]] == ["32", "64"]


def test_ends_are_parted_and_made_alike_again():
    app = opened()
    app.checkbox[0].uncheck().run()
    assert link(app)["destination"] == link(app)["source"]
    field(app, "selectbox", "Host to change").set_value(2).run()
    field(app, "number_input", "Cores").set_value(8).run()
    assert (link(app)["source"]["cores"], link(app)["destination"]["cores"]) == ("16", "8")
    app.checkbox[0].check().run()
    assert "destination" not in link(app)


def test_vms_and_nics_are_added_and_removed():
    app = opened()
    app.button(key="add:VMs").click().run()
    assert [vm["memory_gib"] for vm in link(app)["vms"]] == ["55", "16"]
    field(app, "number_input", "Memory of each").set_value(4.0).run()
    assert [vm["memory_gib"] for vm in link(app)["vms"]] == ["55", "4"]
    app.button(key="remove:VMs").click().run()
    assert [vm["memory_gib"] for vm in link(app)["vms"]] == ["55"]
    app.button(key="add:NICs").click().run()
    assert len(link(app)["source"]["nics"]) == 3


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("Options", "Why not the others"),
        ("Passes", "Memory left over the move"),
        ("VMs", "test\\-vm"),
        ("Why and how", "Measure next"),
        ("Basis", "Assumed, because nobody said"),
    ],
)
def test_every_part_of_the_answer_is_shown(part, told):
    app = opened(part=part)
    assert not app.exception
    assert told.replace("\\", "") in (
        " ".join(one.value for one in app.markdown) + str([one.value for one in app.table])
    )


def test_names_are_shown_as_they_stand():
    content = read_document(shipped_path("data", "examples", "seed_lab.yaml")).content
    content["vms"][0]["name"] = "<script>alert(1)</script> ![x](http://example.org/x.png) :red[x] $x$"
    app = opened(**{LINK: link_of(content), "part": "VMs"})
    assert not app.exception
    told = " ".join(one.value for one in app.markdown) + str([table.value for table in app.table])
    assert "<script>" not in told
    assert "![x]" not in told


def test_of_very_many_problems_the_first_are_told_and_the_others_counted():
    app = opened(**{LINK: link_of({"source": {"os": "2022", "nics": [{}]}, "vms": [{"memory_gib": "much"}] * 300})})
    assert not app.exception
    told = " ".join(one.value for one in app.error)
    assert "… and " in told
    assert told.count("much") <= 2 * 20


def test_two_visitors_do_not_see_each_others_what_if():
    one, other = opened(), opened()
    field(one, "number_input", "Memory of each").set_value(99.0).run()
    other.run()
    assert field(other, "number_input", "Memory of each").value == 55.0
