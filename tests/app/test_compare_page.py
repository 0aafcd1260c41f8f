"""The page Compare: what is picked is what is shown; what differs is marked; a link holds all of it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from advisor.intake.document import read_document
from advisor.intake.link import content_of, link_of
from advisor.shipped import shipped_path
from advisor.ui.session import LINK


def page() -> None:
    from advisor.ui.compare import page as shown

    shown()


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def seed_lab(memory: str, title: str = "the same title"):
    content = read_document(shipped_path("data", "examples", "seed_lab.yaml")).content
    content["vms"][0]["memory_gib"] = memory
    return content | {"title": title}


def part(app: AppTest, name: str):
    value = app.query_params[name]
    return content_of(value if isinstance(value, str) else value[0]).content


def test_one_what_if_alone_asks_for_a_second():
    app = opened()
    assert not app.exception
    assert "Choose a second what-if" in app.info[0].value


def test_a_preset_is_set_beside_the_what_if_and_differences_are_marked():
    app = opened()
    app.selectbox(key="compare b").set_value("converged_2x25.yaml").run()
    assert not app.exception
    assert [one.value[:2] for one in app.subheader] == ["A\\", "B\\"]
    numbers, inputs = (one.value for one in app.table)
    assert "Total time ≠" in set(numbers["Number"])
    assert any(cell.endswith("(source.nics\\[0\\].speed\\_gbps)") for cell in inputs["Input"])


def test_what_ifs_of_one_title_are_told_apart():
    app = opened(**{LINK: link_of(seed_lab("55"))})
    app.session_state["what-ifs kept"] = [seed_lab("8"), seed_lab("400")]
    app.run()
    for name, memory in (("kept 0", "8"), ("kept 1", "400")):
        app.selectbox(key="compare b").set_value(name).run()
        assert part(app, "b")["vms"][0]["memory_gib"] == memory


def test_the_third_alone_is_called_the_third():
    app = opened()
    app.selectbox(key="compare c").set_value("branch_1gbe.yaml").run()
    assert [one.value[:2] for one in app.subheader] == ["A\\", "C\\"]


def test_a_link_holds_all_of_them():
    app = opened(**{LINK: link_of(seed_lab("55")), "b": link_of(seed_lab("99")), "c": link_of(seed_lab("11"))})
    assert not app.exception
    assert len(app.subheader) == 3
    assert [part(app, name)["vms"][0]["memory_gib"] for name in (LINK, "b", "c")] == ["55", "99", "11"]


def test_a_broken_part_of_the_link_is_told():
    app = opened(b="x")
    assert not app.exception
    assert "holds no scenario" in app.error[0].value.replace("\\", "")


def test_what_is_given_differs_from_what_is_assumed():
    given = seed_lab("55")
    given["source"]["smb"] = {"multichannel": "true"}
    app = opened(**{LINK: link_of(seed_lab("55")), "b": link_of(given)})
    (told,) = app.table[1].value["Input"]
    assert told.endswith("(source.smb.multichannel)")
