"""The page of rules and evidence: everything is found, leads to its source, and a hostile link is only text."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from advisor.domain.answers import Basis
from advisor.domain.claims import load_claims
from advisor.domain.shipped_tables import load_tolerances, load_workloads
from advisor.platforms import constant_names
from advisor.residual.card_files import shipped_card
from advisor.rules import all_rules, get_rule
from advisor.ui.sources import PATH, basis_link, claim_link, rule_link, source_in_markdown, workload_link

SECTIONS = (
    "rules", "runs", "claims", "constants", "workloads", "tolerances", "defaults", "costs", "accuracy of others",
    "basis",
)  # fmt: skip
LINK = re.compile(r"\[((?:[^\]\\]|\\.)*)\]\(([^)]*)\)")


def page() -> None:
    from advisor.ui.evidence.page import page as shown

    shown()


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def followed(link: str) -> AppTest:
    """The page that a link in Markdown leads to."""
    (found,) = LINK.findall(link)
    path, _, query = found[1].partition("?")
    assert path == "evidence"
    return opened(**dict(parse_qsl(query)))


def told(app: AppTest) -> str:
    return "\n".join([*(one.value for one in app.markdown), *(one.value for one in app.subheader)])


def counted(app: AppTest) -> str:
    return next(one.value for one in app.markdown if re.match(r"\*\*\d+ of \d+", one.value))


def test_all_rules_are_listed_and_each_widget_has_a_label() -> None:
    app = opened()
    assert counted(app) == f"**{len(all_rules())} of {len(all_rules())} rules**"
    assert list(app.dataframe[0].value["Id"]) == [rule.rule_id for rule in all_rules()]
    for widget in (*app.text_input, *app.selectbox, *app.button_group):
        assert widget.label


def test_words_and_filters_narrow_the_list() -> None:
    app = opened(search="rdma")
    ids = set(app.dataframe[0].value["Id"])
    assert {"R01", "D01"} <= ids < {rule.rule_id for rule in all_rules()}
    app.selectbox(key="rules of platform").select("qemu").run()
    app.selectbox(key="rules of verdict").select("warn").run()
    assert set(app.dataframe[0].value["Id"]) == {
        rule.rule_id for rule in map(get_rule, ids) if (rule.platform, rule.verdict) == ("qemu", "warn")
    }
    app.text_input(key="search").set_value("nothing mentions this").run()
    assert not app.exception
    assert not app.dataframe
    assert counted(app).startswith("**0 of ")


def test_a_version_of_windows_is_a_filter() -> None:
    app = opened()
    box = app.selectbox(key="rules of version")
    box.select(next(one for one in box.options if one == "Hyper-V 2012")).run()
    assert not app.exception
    assert "R01" not in set(app.dataframe[0].value["Id"])


def test_a_link_opens_its_rule_with_the_source_as_a_link() -> None:
    app = followed(rule_link("R01"))
    assert "R01\\: SMB Direct" in told(app)
    source = next(one.value for one in app.markdown if one.value.startswith("**Source:**"))
    assert len(LINK.findall(source)) == 2
    assert all(address.startswith("https://github.com/MicrosoftDocs/") for _, address in LINK.findall(source))
    assert get_rule("R01").remedy[:20] in told(app)


def test_a_source_without_an_address_says_so_and_what_kind_it_is() -> None:
    app = opened(rule="B07")
    source = next(one.value for one in app.markdown if one.value.startswith("**Source:**"))
    assert source.endswith("(no address to follow)")
    assert "inferred\\: this project's own conclusion." in [one.value for one in app.caption]


def test_a_rules_verdict_reads_as_plain_words() -> None:
    app = opened(rule="R01")
    assert ":red-badge[rules it out] removes an option where it holds." in told(app)
    assert set(app.dataframe[0].value["Verdict"]) == {"rules it out", "warning", "advice"}


def test_constants_say_which_sources_cannot_be_followed() -> None:
    app = opened(show="constants", platform="Hyper-V")
    sources = list(app.table[0].value["Source"])
    assert any(source.endswith("(no address to follow)") for source in sources)
    for source in sources:
        assert LINK.findall(source) or "assumption" in source or source.endswith("(no address to follow)")


def test_every_rule_opens() -> None:
    app = opened()
    for rule in all_rules()[::9]:
        app.selectbox(key="rule").select(rule.rule_id).run()
        assert not app.exception
        assert f"{rule.rule_id}\\:" in told(app)


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "R01' OR 1=1", "../../etc/passwd", "$x$ :red[y]"],
)
def test_a_hostile_link_is_shown_as_text_or_passed_over(hostile: str) -> None:
    app = opened(rule=hostile, show=hostile, search=hostile)
    (info,) = app.info
    for sign in ("<script>", "[x]", "$x$", ":red["):
        assert sign not in info.value
    assert app.button_group[0].value == "rules"
    assert app.text_input(key="search").value == hostile
    assert not LINK.findall(told(app))


def test_a_link_that_is_far_too_long_is_cut() -> None:
    app = opened(rule="R" * 5000)
    assert len(app.info[0].value) < 200


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_shows_its_rows_and_finds_nothing_where_nothing_is(section: str) -> None:
    app = opened(show=section)
    shown, of = re.findall(r"\d+", counted(app))[:2]
    assert int(shown) == int(of) > 0
    nothing = opened(show=section, search="zzzz nothing")
    assert re.findall(r"\d+", counted(nothing))[0] == "0"


def test_a_claim_is_found_by_its_number_and_leads_to_where_it_was_published() -> None:
    app = followed(claim_link(38))
    assert counted(app).startswith("**1 of ")
    claim = next(one for one in load_claims() if one.published_id == 38)
    assert claim.source_url in [address for _, address in LINK.findall(told(app))]


@pytest.mark.parametrize("name", ["idle", "database_oltp"])
def test_a_workload_leads_to_its_class(name: str) -> None:
    assert name in load_workloads()
    app = followed(workload_link(name))
    assert f"**{name}**".replace("_", "\\_") in told(app)


@pytest.mark.parametrize("basis", list(Basis))
def test_every_basis_is_told(basis: Basis) -> None:
    assert f"**{basis.value}**" in told(followed(basis_link(basis)))


def test_a_constant_leads_to_its_range_and_source_and_the_source_to_its_claim() -> None:
    assert "set_up_s" in constant_names()
    app = opened(show="constants", search='"set_up_s"')
    (table,) = app.table
    (row,) = table.value.to_dict("records")
    assert row["Constant"].startswith("**set\\_up\\_s**")
    assert row["Value"].endswith("s; fitted")
    ((label, link),) = LINK.findall(row["Source"])
    assert counted(followed(f"[{label}]({link})")).startswith("**1 of ")


def test_constants_are_those_of_the_card_in_use_and_its_sources_are_text() -> None:
    card = shipped_card("qemu")
    hostile = replace(card.constants.set_up_s, source="[x](javascript:alert(1)) <b> :red[y] http://a.b/)c")
    card = replace(card, kind="calibrated", constants=card.constants.with_values(set_up_s=hostile))
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["card"] = card
    app.query_params["show"] = "constants"
    app.run()
    assert not app.exception
    assert app.selectbox(key="platform").value == "qemu"
    assert "qemu, calibrated" in told(app)
    assert "of your own" in told(app)
    source = app.table[0].value["Source"].iloc[0]
    assert [address for _, address in LINK.findall(source)] == ["http://a.b/%29c"]
    assert "<b>" not in source
    assert not app.caption
    app.selectbox(key="platform").select("hyperv").run()
    assert "shipped" in told(app)


def linked(platform: str) -> None:
    from advisor.ui.evidence.link import show_constants_link

    show_constants_link(platform)


@pytest.mark.parametrize(("platform", "whose"), [("qemu", "of your own"), ("hyperv", "shipped")])
def test_the_link_to_constants_stays_in_the_session_and_shows_the_card_in_use(platform: str, whose: str) -> None:
    shown = AppTest.from_function(linked, default_timeout=60, kwargs={"platform": platform}).run()
    assert not shown.exception
    (link,) = shown.get("page_link")
    assert (link.proto.page, link.proto.external) == (PATH, False)
    assert link.proto.label
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["card"] = replace(shipped_card("qemu"), kind="calibrated")
    for name, value in parse_qsl(link.proto.query_string):
        app.query_params[name] = value
    app.run()
    assert app.selectbox(key="platform").value == platform
    assert whose in told(app)


def test_without_a_card_of_ones_own_it_is_said_where_such_a_card_stands() -> None:
    app = opened(show="constants", platform="QEMU/KVM")
    assert app.selectbox(key="platform").value == "qemu"
    assert "shipped" in told(app)
    (caption,) = app.caption
    assert "in use in the tab of the browser where you chose it, and nowhere else" in caption.value
    assert "Measured runs under Card in use" in caption.value


def test_every_tolerance_stands_with_its_limit() -> None:
    shown = told(opened(show="tolerances"))
    for tolerance in load_tolerances().values():
        assert f"**{tolerance.name}**".replace("_", "\\_") in shown


def test_a_claim_that_is_not_known_is_not_linked() -> None:
    assert source_in_markdown("claim 9999 and claim 38") == f"claim 9999 and {claim_link(38)}"
