"""What-ifs that links bring and files hardly ever: the form shows, mends and adds to them without losing anything."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from advisor.intake.document import read_document
from advisor.intake.link import content_of, link_of
from advisor.shipped import shipped_path
from advisor.ui.session import LINK

HOST = {"os": "2022", "cores": "16"}
NIC = {"speed_gbps": "10"}
VMS = [{"memory_gib": "16"}]


def opened(content: dict[str, Any]) -> AppTest:
    app = AppTest.from_file(str(shipped_path("app.py")), default_timeout=120)
    app.query_params[LINK] = link_of(content)
    return app.run()


def held(app: AppTest) -> dict[str, Any]:
    link = app.query_params[LINK]
    return content_of(link if isinstance(link, str) else link[0]).content


def press(app: AppTest, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()


def given(app: AppTest, label: str, value: float) -> None:
    next(one for one in app.number_input if one.label.startswith(label)).set_value(value).run()


def test_a_host_without_nics_is_given_one():
    app = opened({"source": dict(HOST), "vms": VMS})
    given(app, "Speed", 25.0)
    assert not app.exception
    assert held(app)["source"]["nics"] == [{"speed_gbps": "25"}]
    press(app, "Add NICs")
    assert not app.exception
    assert len(held(app)["source"]["nics"]) == 2


def test_nics_are_taken_from_hosts_that_have_them():
    nodes = [{"name": "a", **HOST, "nics": [NIC, NIC]}, {"name": "b", **HOST}]
    app = opened({"nodes": nodes, "vms": [VMS[0] | {"from": "a", "to": "b"}]})
    next(one for one in app.selectbox if one.label == "Host to change").set_value(0).run()
    press(app, "Remove NICs")
    assert not app.exception


def test_hosts_of_a_cluster_stay_in_one_of_which_nothing_is_said():
    seed = read_document(shipped_path("data", "examples", "seed_lab.yaml")).content
    app = opened(seed | {"cluster": {"network_atc": "true"}})
    next(one for one in app.selectbox if one.label == "Network ATC").select_index(0).run()
    assert held(app)["cluster"] == {}
    given(app, "Cluster's moves at once", 3)
    assert held(app)["cluster"] == {"max_parallel_migrations": "3"}


def test_a_scenario_without_hosts_says_what_to_do():
    app = opened({"source": dict(HOST), "nodes": [], "vms": VMS})
    assert not app.exception
    assert app.info[0].value.startswith("This scenario names no host: open a file")
