"""What a person reads of a batch, a drain and a patch night: the facts, in order, in words."""

import json

import pytest

from advisor.domain.answers import Interval
from advisor.domain.drain import DrainAnswer, PatchAnswer
from advisor.domain.fleet import BatchSummary, ClusterRow, HostRow
from advisor.domain.goals import Goals, Risk
from advisor.reports import render_batch, render_drain, render_patch
from advisor.reports.fleet.tables import missing_hosts, slowest_hosts, words, worst_clusters
from advisor.reports.fleet.wording import changes_told, window_phrase
from tests.reports.fleet import samples


def flat(text):
    return " ".join(text.split())


def in_order(text, *starts):
    places = [text.index(start) for start in starts]
    assert places == sorted(places), dict(zip(starts, places, strict=True))


def test_a_batch_says_first_how_many_hosts_miss_then_where_then_everything_else():
    text = render_batch(samples.many())
    assert flat(text).startswith(
        "5 clusters, 20 hosts, 800 VMs (12,800 GiB): 6 hosts miss the window of 2 h; of 1 host it is not known."
    )
    in_order(
        text, "Settings", "Clusters, worst", "Hosts that miss", "Verdicts", "Reasons", "Aside", "Assumed", "Wanted"
    )
    assert "CL-01" in text
    assert "the same changes as CL-01" in text
    assert "no network change helps: the serial cost of each VM binds" in flat(text)
    assert "a second 10 Gbit/s NIC, then 1 h 19 min (p95 1 h 51 min)" in flat(text)
    assert "12 rows of 812 VMs (1.5 %)" in text
    assert "a blackout limit below 3 s cannot be judged before calibration: 560 VMs" in flat(text)
    assert "blackout_unknown" not in text


def test_a_large_batch_shows_the_worst_and_counts_the_rest():
    text = render_batch(samples.many(200, 120))
    assert "30 more clusters, see -f json" in text
    assert "105 more hosts, see -f json" in text
    assert text.index("HV-120") < text.index("HV-119")
    assert len(text.splitlines()) < 200


def test_without_a_window_nothing_misses_it():
    text = render_batch(samples.one())
    assert "1 cluster, 1 host, 1 VM (16 GiB): no window was given." in flat(text)
    assert "miss the window" not in text
    assert "nothing to change" in text


def test_the_one_host_that_misses_misses():
    for missing, unknown, said in (
        (1, 0, ": 1 host misses the window of 2 h."),
        (1, 2, ": 1 host misses the window of 2 h; of 2 hosts it is not known."),
        (0, 0, ": no host misses the window of 2 h."),
        (0, 20, ": whether any host meets the window of 2 h is not known."),
    ):
        tables = samples.TablesInMemory(samples.summary(hosts_missing=missing, hosts_unknown=unknown))
        assert said in flat(render_batch(tables))


def test_worst_first_whatever_order_they_were_written_in():
    tables = samples.many(40, 12)
    assert [row.host for row in missing_hosts(tables, 3)] == ["HV-12", "HV-11", "HV-10"]
    assert [row.drain_s_p95 for row in slowest_hosts(tables, 40)] == sorted(
        (row.drain_s_p95 for row in tables.held["hosts"]), reverse=True
    )
    assert [row.hosts_missing for row in worst_clusters(tables, 4)] == [4, 4, 4, 0]


def test_rows_are_read_back_as_they_were_written():
    tables = samples.many()
    assert list(words(tables, HostRow)) == list(tables.held["hosts"])
    assert {row.window for row in words(tables, HostRow, "window", ("misses",))} == {"misses"}
    assert list(words(samples.empty(), HostRow)) == []


@pytest.mark.parametrize("name", samples.BATCHES)
def test_json_of_a_batch_is_read_back_by_its_words(name):
    tables = samples.BATCHES[name]()
    found = json.loads(render_batch(tables, "json"))
    assert found["schema_version"] == found["summary"]["schema_version"]
    assert BatchSummary.model_validate(found["summary"]).hosts == tables.summary.hosts
    assert [ClusterRow.model_validate(row).cluster for row in found["clusters"]] == [
        row.cluster for row in tables.held.get("clusters", ())
    ]
    assert [HostRow.model_validate(row).host for row in found["hosts"]] == [
        row.host for row in tables.held.get("hosts", ())
    ]
    assert found["elsewhere"]["vms"] == tables.rows("vms")
    assert "vms" not in found
    assert render_batch(tables, "json").isascii()


@pytest.mark.parametrize("name", samples.DRAINS)
def test_json_of_a_drain_is_read_back(name):
    text = render_drain(samples.DRAINS[name](), "json")
    assert render_drain(DrainAnswer.model_validate_json(text), "json") == text


@pytest.mark.parametrize("name", samples.PATCHES)
def test_json_of_a_patch_night_is_read_back(name):
    text = render_patch(samples.PATCHES[name](), "json")
    assert render_patch(PatchAnswer.model_validate_json(text), "json") == text


def test_a_drain_says_first_whether_it_fits_then_what_blocks_then_the_moves():
    text = render_drain(samples.drain())
    assert flat(text).startswith(
        "Drain of HV-01, cluster CL-01, planned: 24 moves in 5 min 28 s [4 min 39 s - 7 min 6 s]; fits the window of "
        "30 min at p95."
    )
    in_order(text, "Blocks", "Mind", "Before: go", "Moves in order", "Nodes", "While it runs", "Afterwards", "Assumed")
    assert text.index("No-go ") < text.index("Verify ") < text.index("Go  ")
    assert "No order of moves and no choice of nodes ends before 5 min, for the slots of both ends." in flat(text)
    assert "4 more moves, see -f json" in text
    assert "16 GiB, quick" in text


def test_a_drain_without_a_plan_names_the_constraint_and_moves_nothing():
    text = flat(render_drain(samples.no_plan()))
    assert "no plan. big-01 needs 512 GiB; of the nodes it may run on, HV-02 has most room: 228 GiB" in text
    assert "Moves in order" not in text
    assert render_drain(samples.no_plan(), colour=True).startswith("\x1b[1;31m")


def test_a_drain_that_never_ends_or_has_nothing_to_move_says_so():
    assert "it never ends. sql-01 does not converge" in flat(render_drain(samples.DRAINS["never ends"]()))
    assert "nothing has to move" in flat(render_drain(samples.DRAINS["empty"]()))


def test_a_patch_night_says_what_takes_most_and_what_shortens_it():
    text = flat(render_patch(samples.patch()))
    assert text.startswith("Patch night of CL-01: 4 nodes in 4 h 48 min [4 h 5 min - 6 h 14 min]; misses the window")
    assert "update and reboot 35 %, storage resync 28 %, drain 21 %, fail back 14 %, health check 3 %" in text
    assert "then 3 h 50 min [3 h 16 min - 5 h], 57 min 36 s less" in text
    assert "HV-02 1:12:00 0:15:00 0:25:00 0:20:00 0:10:00 0:02:00 24" in text


def test_narrow_terminals_lose_columns_and_no_names():
    text = render_drain(samples.drain(), "table", 60)
    assert "app-0001" in text
    assert "Dark" not in text
    assert "Dark" in render_drain(samples.drain(), "table", 80)
    assert "CL-01 " in render_batch(samples.many(), "table", 60)


@pytest.mark.parametrize(
    ("window", "goals", "phrase"),
    [
        ("meets", Goals(window_s=7200), "fits the window of 2 h at p80"),
        ("misses", Goals(window_s=60, risk=Risk.AGGRESSIVE), "misses the window of 1 min at p50"),
        ("none", Goals(window_s=7200), ""),
        ("meets", Goals(), ""),
    ],
)
def test_windows_name_the_quantile_they_are_held_at(window, goals, phrase):
    assert window_phrase(window, goals) == phrase


def test_changes_say_online_or_disruptive_even_around_semicolons():
    assert changes_told("a: 1 -> 2; 3 (online); b: x -> y (z) (disruptive)") == [
        ("online", "a: 1 -> 2; 3"),
        ("disruptive", "b: x -> y (z)"),
    ]
    assert changes_told("a: 1 -> 2; b") == [("", "a: 1 -> 2"), ("", "b")]
    assert changes_told("") == []


def test_an_interval_of_one_moment_is_told_once():
    night = samples.patch(
        1, steps=(samples.patch(1).steps[0].model_copy(update={"time_s": Interval(p05=5, p50=5, p95=5)}),)
    )
    assert "0:00:05" in render_patch(night, "md")
    assert "0:00:05-0:00:05" not in render_patch(night, "md")
