"""The pages: whole in themselves, safe, said in words too, and cut where they would be too long."""

import re
from functools import cache

import pytest

from advisor.reports import render_batch, render_drain, render_patch
from advisor.rules import get_rule
from tests.reports.fleet import samples
from tests.reports.test_html import Elements

KINDS = {
    "batch": (render_batch, samples.BATCHES),
    "drain": (render_drain, samples.DRAINS),
    "patch": (render_patch, samples.PATCHES),
}


@cache
def page_of(kind, name):
    render, made = KINDS[kind]
    return render(made[name](), "html")


@pytest.fixture(params=[(kind, name) for kind, (_, made) in KINDS.items() for name in made], ids="-".join)
def page(request):
    return page_of(*request.param)


def test_nothing_is_fetched_or_run(page):
    elements = Elements(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "use", "image", "form", "a"} & {
        tag for tag, _ in elements.found
    }
    for tag, attrs in elements.found:
        for name, value in attrs.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "srcset", "href", "xlink:href", "style", "fill", "stroke", "filter", "clip-path"}:
                assert not re.search(r"//|url\((?!#)", value or ""), (tag, name, value)
    policy = next(a["content"] for a in elements.of("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert page.count("<svg") == page.count("</svg>")


def test_every_figure_says_its_finding_where_it_cannot_be_seen(page):
    elements = Elements(page)
    images = [attrs for attrs in elements.of("div") if attrs.get("role") == "img"]
    assert len(images) == len(elements.of("svg")) == len(elements.of("figure"))
    for image in images:
        assert re.search(r"\d", image["aria-label"])


def test_every_cell_of_a_table_has_its_header(page):
    elements = Elements(page)
    heads = {text.strip() for tag, text in elements.text if tag == "th"}
    for attrs in elements.of("td"):
        if "data-label" in attrs:
            assert attrs["data-label"] in heads


def test_hostile_names_come_out_as_text():
    for kind in KINDS:
        page = page_of(kind, "hostile")
        assert "<script" not in page.lower()
        assert "\x1b" not in page
        assert "\u202e" not in page
        assert any("<script>alert(1)</script>" in text for _, text in Elements(page).text)


def flat(page):
    text = " ".join(text for tag, text in Elements(page).text if tag not in {"style", "text"})
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_batch_shows_what_misses_what_helps_and_what_changes():
    page = render_batch(samples.many(), "html")
    text = flat(page)
    assert (
        "5 clusters, 20 hosts, 800 VMs (12,800 GiB): 6 hosts miss the window of 2 h; of 1 host it is not known." in text
    )
    assert "4 moves at a time and a second 10 Gbit/s NIC" in text
    assert "online performance option on all nodes: Compression -> SMB" in text
    assert "disruptive jumbo frames" in text
    assert "host.nic_gbps : 10 (10 to 25) for 3 hosts" in text
    assert "a blackout limit below 3 s cannot be judged before calibration: 560 VMs" in text
    assert "vInfo.csv, line 2" in text
    for rule in ("M04", "M05"):
        assert f"{rule} {get_rule(rule).title}" in text
    titles = [text for tag, text in Elements(page).text if tag == "strong"]
    assert [title for title in titles if title.startswith("Other NICs in ")] == [
        f"Other NICs in HV-{i:02}" for i in range(6, 0, -1)
    ]


def test_a_batch_tells_what_misses_under_the_setting_beside_what_helps():
    text = flat(render_batch(samples.many(), "html"))
    assert "Under this setting 4 hosts miss. What helps: a second 10 Gbit/s NIC in 2 hosts" in text
    one = samples.TablesInMemory(samples.summary(), {"clusters": [samples.cluster_row(1, 1)]})
    assert "Under this setting 1 host misses. What helps:" in flat(render_batch(one, "html"))
    assert "Under this setting" not in flat(render_batch(samples.one(), "html"))


def test_without_a_window_no_column_counts_what_misses():
    assert "Hosts that miss" in flat(render_batch(samples.many(), "html"))
    assert "Hosts that miss" not in flat(render_batch(samples.one(), "html"))


def test_hosts_that_are_not_known_have_a_table_of_what_stands_in_the_way():
    host = samples.host_row(1, window="unknown", not_moving=1, obstacles="disk_unknown")
    tables = samples.TablesInMemory(samples.summary(), {"hosts": [host], "vms": [samples.unknown_vm()]})
    assert "1 VM (files-01): disk size, write rate or storage rate is not known" in flat(render_batch(tables, "html"))
    assert "What stands in the way" not in flat(render_batch(samples.many(), "html"))


def test_where_nothing_drains_there_is_a_dash_and_no_time():
    nothing = {"vms": 0, "drain_s_p50": 0.0, "drain_s_p95": 0.0, "today_s_p50": 0.0}
    tables = samples.TablesInMemory(
        samples.summary(vms=0, drain_s_p50_longest=0.0, drain_s_p95_longest=0.0),
        {"clusters": [samples.cluster_row(1, **nothing)], "hosts": [samples.host_row(1, 0.0, vms=0)]},
    )
    text = flat(render_batch(tables, "html"))
    assert "nothing to drain" in text
    assert "0 ms" not in text


def test_hosts_of_one_name_in_two_clusters_keep_their_own_curves():
    first, second = samples.missing_host(1), samples.missing_host(1).model_copy(update={"cluster": "CL-99"})
    far = [point.model_copy(update={"meets": False, "drain_s_p50": 99_000.0}) for point in samples.curve_of(second)]
    tables = samples.TablesInMemory(
        samples.summary(hosts_missing=2), {"hosts": [first, second], "curves": [*samples.curve_of(first), *far]}
    )
    text = flat(render_batch(tables, "html"))
    assert "2 × 10 Gbit/s meet the window of 2 h" in text
    assert "No NICs tried meet the window of 2 h" in text


def test_long_tables_are_cut_and_say_where_the_rest_is():
    page = render_batch(samples.many(200, 120), "html")
    assert "20 more hosts in the CSV or Parquet files of the batch." in page
    assert len(Elements(page).of("svg")) == 8
    many = samples.TablesInMemory(samples.summary(), {"set_aside": [samples.aside(i) for i in range(60)]})
    assert "10 more rows in the CSV or Parquet files of the batch." in render_batch(many, "html")


def test_a_runbook_has_every_move_and_its_gantt():
    page = render_drain(samples.drain(480), "html")
    text = flat(page)
    assert all(f"{i}. app-{i:04}" in text for i in range(1, 481))
    assert "Moves by destination" in text
    assert "No-go app-0007 has an image" in text
    assert "Quick migration: its state is saved" in text
    assert Elements(render_drain(samples.no_plan(), "html")).of("svg") == []


def test_a_patch_night_has_every_step_and_its_gantt():
    text = flat(render_patch(samples.patch(4), "html"))
    assert text.count("update and reboot") >= 4
    assert "Steps by node" in text
    assert "then 4 h 19 min [3 h 40 min - 5 h 37 min] , 28 min 48 s less" in text
