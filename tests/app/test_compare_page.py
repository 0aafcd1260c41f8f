"""The page Compare: what is picked is what is shown; what differs is marked; a link holds all of it."""

from __future__ import annotations

import copy
import json

from streamlit.testing.v1 import AppTest

from advisor.intake.document import read_document
from advisor.intake.link import content_of, link_of
from advisor.shipped import shipped_path
from advisor.ui.session import LINK

TITLE = "Two R720 with 2 x 10 GbE, one idle VM of 55 GiB"


def page() -> None:
    from advisor.ui.compare import page as shown

    shown()


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def keeping() -> AppTest:
    """The page, with the button of What-if that keeps the session's own."""

    def shown() -> None:
        import streamlit as st

        from advisor.ui.compare import page
        from advisor.ui.session import keep_to_compare

        st.button("Keep to compare", on_click=keep_to_compare)
        page()

    return AppTest.from_function(shown, default_timeout=120).run()


def keep(app: AppTest, **values: str) -> AppTest:
    """Edit the session's own what-if and keep it."""
    content = copy.deepcopy(app.session_state["what-if"])
    content["vms"][0].update(values)
    app.session_state["what-if"] = content
    return app.button[0].click().run()


def seed_lab(memory: str, title: str | None = "the same title"):
    content = read_document(shipped_path("data", "examples", "seed_lab.yaml")).content
    content["vms"][0]["memory_gib"] = memory
    return content | ({"title": title} if title else {})


def forbidden():
    content = seed_lab("55")
    content["destination"] = content["source"] | {"cpu_vendor": "amd"}
    content["source"] = content["source"] | {"cpu_vendor": "intel"}
    return content


def part(app: AppTest, name: str):
    value = app.query_params[name]
    return content_of(value if isinstance(value, str) else value[0]).content


def headings(app: AppTest) -> list[str]:
    return [one.value.replace("\\", "") for one in app.subheader]


def test_one_what_if_alone_asks_for_a_second():
    app = opened()
    assert not app.exception
    assert "Choose a second what-if" in app.info[0].value


def test_a_preset_is_set_beside_the_what_if_and_differences_are_marked():
    app = opened()
    app.selectbox(key="compare b").set_value("converged_2x25.yaml").run()
    assert not app.exception
    assert headings(app) == [f"A: {TITLE}", "B: Converged 2 x 25 GbE with RDMA"]
    numbers, inputs = (one.value for one in app.table)
    assert "Total time ≠" in set(numbers["Number"])
    assert any(cell.endswith("(source.nics\\[0\\].speed\\_gbps)") for cell in inputs["Input"])


def test_an_example_that_was_edited_says_so_and_how():
    app = opened(**{LINK: link_of(seed_lab("440", None)), "b": link_of(seed_lab("55", None))})
    assert headings(app) == [f"A: {TITLE}, edited: VMs memory 440 GiB", f"B: {TITLE}"]


def test_many_edits_are_counted_after_the_third():
    changed = seed_lab("440", None)
    changed["vms"][0] |= {"vcpus": "8", "workload": "typical"}
    changed["source"] |= {"cores": "32"}
    assert headings(opened(**{LINK: link_of(seed_lab("55", None)), "b": link_of(changed)}))[1] == (
        f"B: {TITLE}, edited: source cores 32, VMs memory 440 GiB, VMs vcpus 8 and 1 more"
    )


def test_what_ifs_of_one_title_are_told_apart_by_what_differs():
    app = opened(**{LINK: link_of(seed_lab("55")), "b": link_of(seed_lab("99")), "c": link_of(seed_lab("55"))})
    # What was loaded first under a title is what the title means in this session.
    assert headings(app) == ["A: the same title", "B: the same title, edited: VMs memory 99 GiB", "C: the same title"]


def test_nameless_what_ifs_are_told_apart_by_what_differs():
    nameless = [{key: value for key, value in seed_lab(memory).items() if key != "title"} for memory in ("55", "99")]
    assert headings(opened(**{LINK: link_of(nameless[0]), "b": link_of(nameless[1])})) == [
        "A: what-if",
        "B: what-if, with VMs memory 99 GiB",
    ]


def test_a_kept_what_if_stays_the_one_that_was_chosen_as_more_are_kept():
    app = keeping()
    keep(app, memory_gib="8")
    app.selectbox(key="compare b").set_value("kept 1").run()
    for memory in ("400", "16"):
        keep(app, memory_gib=memory)
        assert not app.exception
        assert app.selectbox(key="compare b").value == "kept 1"
        assert part(app, "b")["vms"][0]["memory_gib"] == "8"
    assert app.selectbox(key="compare c").options[1:4] == [
        f"kept {number}: {TITLE}, edited: VMs memory {memory} GiB"
        for number, memory in ((3, "16"), (2, "400"), (1, "8"))
    ]


def test_what_is_kept_twice_is_there_once_with_its_number():
    app = keeping()
    for memory in ("8", "16", "8"):
        keep(app, memory_gib=memory)
    assert [one.partition(":")[0] for one in app.selectbox(key="compare b").options[1:3]] == ["kept 2", "kept 1"]
    keep(app, memory_gib="24")
    assert app.selectbox(key="compare b").options[1].startswith("kept 3:")


def test_a_choice_that_is_no_more_is_none():
    app = keeping()
    keep(app, memory_gib="8")
    app.selectbox(key="compare b").set_value("kept 1").run()
    app.session_state["what-ifs kept"] = []
    app.run()
    assert not app.exception
    assert app.selectbox(key="compare b").value is None
    assert "Choose a second what-if" in app.info[0].value


def test_the_name_of_the_own_what_if_is_in_its_link():
    app = opened(b=link_of(seed_lab("8")))
    app.text_input[0].set_value("  as it  is ").run()
    assert headings(app)[0] == "A: as it is"
    assert part(app, LINK)["title"] == "as it is"
    app.text_input[0].set_value("").run()
    assert headings(app)[0] == "A: what-if"
    assert "title" not in part(app, LINK)


def test_a_name_given_holds_until_the_next_edit():
    app = keeping()
    app.selectbox(key="compare b").set_value("branch_1gbe.yaml").run()
    app.text_input[0].set_value("Lab").run()
    assert headings(app)[0] == "A: Lab"
    keep(app, memory_gib="8")
    assert headings(app)[0] == "A: Lab, edited: VMs memory 8 GiB"


def test_the_name_of_an_example_is_in_the_link_for_others():
    app = opened()
    app.selectbox(key="compare b").set_value("branch_1gbe.yaml").run()
    app.text_input[1].set_value("Oslo").run()
    assert headings(app)[1] == "B: Oslo"
    assert part(app, "b")["title"] == "Oslo"
    stranger = opened(**{LINK: link_of(part(app, LINK)), "b": link_of(part(app, "b"))})
    assert headings(stranger)[1] == "B: Oslo"


def test_a_kept_what_if_is_listed_by_the_name_it_was_given_and_stays_chosen():
    app = keeping()
    keep(app, memory_gib="8")
    for box in ("compare b", "compare c"):
        app.selectbox(key=box).set_value("kept 1").run()
    app.text_input[1].set_value("small").run()
    assert not app.exception
    assert headings(app)[1:] == ["B: small", "C: small"]
    for box in ("compare b", "compare c"):
        assert app.selectbox(key=box).options[1] == "kept 1: small"
        assert app.selectbox(key=box).value == "kept 1"
    assert part(app, "c")["title"] == "small"


def test_the_third_alone_is_called_the_third():
    app = opened()
    app.selectbox(key="compare c").set_value("branch_1gbe.yaml").run()
    assert [one[:2] for one in headings(app)] == ["A:", "C:"]


def test_a_link_holds_all_of_them():
    app = opened(**{LINK: link_of(seed_lab("55")), "b": link_of(seed_lab("99")), "c": link_of(seed_lab("11"))})
    assert not app.exception
    assert len(app.subheader) == 3
    assert [part(app, name)["vms"][0]["memory_gib"] for name in (LINK, "b", "c")] == ["55", "99", "11"]


def test_a_broken_part_of_the_link_is_told():
    app = opened(b="x")
    assert not app.exception
    assert "holds no scenario" in app.error[0].value.replace("\\", "")


def test_what_was_chosen_here_is_not_called_the_links():
    app = opened()
    for choice in ("branch_1gbe.yaml", "many_vms.yaml"):
        app.selectbox(key="compare b").set_value(choice).run()
    assert "the one of the link" not in app.selectbox(key="compare b").options


def test_what_is_given_differs_from_what_is_assumed():
    given = seed_lab("55")
    given["source"]["smb"] = {"multichannel": "true"}
    app = opened(**{LINK: link_of(seed_lab("55")), "b": link_of(given)})
    (told,) = app.table[1].value["Input"]
    assert told.endswith("(source.smb.multichannel)")


def test_where_nothing_is_allowed_a_sentence_stands_in_place_of_times():
    app = opened(**{LINK: link_of(forbidden()), "b": link_of(forbidden())})
    assert not app.exception
    assert "every option of each what-if is forbidden" in app.info[0].value
    charts = [one.value.replace("\\", "") for one in app.markdown if one.value.startswith("**")]
    assert not {"**Total time**", "**Longest blackout**"} & set(charts)
    assert [one for one in charts if one.startswith("**Options of")]


def test_charts_beside_each_other_have_one_axis():
    app = opened(**{LINK: link_of(seed_lab("8")), "b": link_of(seed_lab("440"))})
    ends = {_time_axis_end(one.proto.spec) for one in app.get("vega_lite_chart")[2:]}
    assert len(app.get("vega_lite_chart")) == 4
    assert len(ends) == 1


def _time_axis_end(spec: str) -> float:
    (end,) = {
        layer["encoding"]["x"]["scale"]["domain"][1]
        for layer in json.loads(spec)["layer"]
        if "scale" in layer["encoding"].get("x", {})
    }
    return end


def test_a_link_that_is_built_as_no_scenario_is_told_as_one_of_the_own():
    odd = seed_lab("55") | {"title": ["a", "list"]}
    app = opened(**{LINK: link_of(seed_lab("55")), "b": link_of(odd)})
    assert not app.exception
    assert "title" in app.error[0].value


def test_two_what_ifs_may_be_given_one_name():
    app = keeping()
    app.selectbox(key="compare b").set_value("branch_1gbe.yaml").run()
    app.text_input[0].set_value("Lab").run()
    app.text_input[1].set_value("Lab").run()
    assert headings(app) == ["A: Lab", "B: Lab"]
    app.text_input[0].set_value("Branch office on 1 GbE").run()
    assert headings(app)[0] == "A: Branch office on 1 GbE"


def test_an_example_that_is_named_leaves_the_one_of_the_link():
    app = opened(b=link_of(seed_lab("8")))
    app.selectbox(key="compare b").set_value("branch_1gbe.yaml").run()
    app.text_input[1].set_value("Oslo").run()
    assert headings(app)[1] == "B: Oslo"
    app.selectbox(key="compare b").set_value("linked").run()
    assert part(app, "b")["vms"][0]["memory_gib"] == "8"
