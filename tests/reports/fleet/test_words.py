"""What a person reads of a batch, a drain and a patch night: the facts, in order, in words."""

import json
from html import unescape

import pytest

from advisor.domain.answers import Interval, Verdict
from advisor.domain.drain import Blocker, Check, DrainAnswer, PatchAnswer
from advisor.domain.fleet import BatchSummary, ClusterRow, HostRow
from advisor.domain.goals import Goals, Risk
from advisor.reports import render_batch, render_drain, render_patch
from advisor.reports.fleet.runbook_words import drain_headline, patch_headline, short_names, stays_phrase
from advisor.reports.fleet.standing import missing_told, none_missing_told, setting_told
from advisor.reports.fleet.tables import missing_hosts, slowest_hosts, words, worst_clusters
from advisor.reports.fleet.unknown_hosts import obstacles_of
from advisor.reports.fleet.wording import batch_headline, changes_told, settings_title, window_phrase
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


def of_clusters(*rows, **more):
    return flat(render_batch(samples.TablesInMemory(samples.summary(**more), {"clusters": rows})))


def test_why_a_cluster_stands_so_is_told_in_two_sentences():
    why = "Conditions: M06 (TCP/IP uses one network). The slowest host drains in 9.5 s (p80 14 s). A third one"
    text = of_clusters(samples.cluster_row(1, why=why), samples.cluster_row(2, why=why.replace("9.5 s", "8 s")))
    assert "Conditions: M06 (TCP/IP uses one network). The slowest host drains in 9.5 s (p80 14 s)." in text
    assert "The same conditions as CL-01. The slowest host drains in 8 s (p80 14 s)." in text
    assert "A third one" not in text
    assert "Next best" not in text
    ready = samples.cluster_row(1, why=why, verdict=Verdict.READY)
    assert "drains in 9.5 s" in of_clusters(ready), "it has changes"
    assert "drains in 9.5 s" not in of_clusters(ready.model_copy(update={"changes": ""}))
    assert "drains in 9.5 s" in of_clusters(ready.model_copy(update={"changes": "", "today_s_p50": 60.0}))


def test_where_drains_get_longer_the_setting_that_was_not_taken_is_told():
    row = samples.cluster_row(1, today_s_p50=22.0, drain_s_p50=84.0, runner_up_why="better on paper only")
    assert "Next best: Compression, 4 at a time (better on paper only)." in of_clusters(row)
    faster = row.model_copy(update={"today_s_p50": 85.0})
    assert "better on paper only" not in of_clusters(faster)


def test_what_has_nothing_to_drain_has_a_dash_and_no_time():
    nothing = {"vms": 0, "drain_s_p50": 0.0, "drain_s_p95": 0.0, "today_s_p50": 0.0}
    text = of_clusters(samples.cluster_row(1, **nothing), vms=0, drain_s_p50_longest=0.0, drain_s_p95_longest=0.0)
    assert "CL-01 4 0 - - - 0" in text
    assert "No host has anything to drain." in text
    assert "0 ms" not in text
    hosts = [samples.host_row(1, 0.0, vms=0), samples.host_row(2)]
    assert [row.host for row in slowest_hosts(samples.TablesInMemory(samples.summary(), {"hosts": hosts}), 9)] == [
        "HV-02"
    ]


def test_misses_are_counted_only_against_a_window():
    assert "Miss" in of_clusters(samples.cluster_row(1))
    assert "Miss" not in of_clusters(samples.cluster_row(1), goals=Goals(), hosts_missing=None)


def with_unknown_hosts():
    """Six hosts that are not known: one by five VMs and for want of room, the others by one VM each."""
    rows = [samples.host_row(i, window="unknown", not_moving=1, obstacles="disk_unknown") for i in range(1, 6)]
    facts = {"cluster": "HV-08", "window": "unknown", "not_moving": 5, "obstacles": "no_room;local_iso"}
    meanings = samples.summary().reason_words | {"local_iso": "an image is in its DVD drive", "no_room": "no room"}
    vms = [samples.unknown_vm().model_copy(update={"host": row.host, "cluster": row.cluster}) for row in rows]
    vms += [
        samples.unknown_vm(f"iso-{i}").model_copy(update={"host": "HV-08", "cluster": "HV-08", "reasons": "local_iso"})
        for i in range(5)
    ]
    elsewhere = samples.unknown_vm("iso-9").model_copy(update={"host": "HV-08", "cluster": "elsewhere"})
    obstacles = {"disk_unknown": 5, "no_room": 1}
    return samples.TablesInMemory(
        samples.summary(reason_words=meanings, hosts_unknown=6, obstacles=obstacles),
        {"hosts": [*rows, samples.host_row(8, **facts)], "vms": [elsewhere, samples.vm_row(1, host="HV-01"), *vms]},
    )


def test_hosts_that_are_not_known_are_named_with_what_stands_in_the_way():
    text = flat(render_batch(with_unknown_hosts()))
    assert (
        "Hosts of which it is not known whether they fit the window HV-08 no room 5 VMs (iso-0, iso-1, iso-2 and 2 "
        "more): an image is in its DVD drive HV-01 (CL-01) 1 VM (files-01): disk size, write rate or storage rate is "
        "not known HV-02 (CL-01)"
    ) in text
    assert "HV-04 (CL-01)" in text
    assert "HV-05" not in text
    assert "1 more host, see -f json" in text
    assert "Obstacle no room: 1 host" in text, "what VMs stay for is among the reasons"
    assert "No drain counts VMs whose time is not known." in text
    roomless = samples.TablesInMemory(samples.summary(obstacles={"no_room": 1}))
    assert "No drain counts" not in render_batch(roomless)


def test_vms_are_read_only_where_some_of_them_cannot_be_timed():
    host = samples.host_row(1, window="unknown", missed=1, obstacles="missed")
    meanings = {"missed": "a VM of it could not be read"}
    tables = samples.TablesInMemory(samples.summary(reason_words=meanings), {"hosts": [host], "vms": "not read"})
    assert obstacles_of(tables, [host]) == [["a VM of it could not be read"]]


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
        "30 min at p95; 1 check before it says no-go."
    )
    in_order(text, "Blocks", "Mind", "Before: go", "Moves in order", "Nodes", "While it runs", "Afterwards", "Assumed")
    assert text.index("No-go ") < text.index("Verify ") < text.index("Go  ")
    assert (
        "In the median no order of moves and no choice of nodes ends before 5 min, for the slots of both ends."
        in flat(text)
    )
    assert "4 more moves, see -f json" in text
    assert "16 GiB, quick" in text


def test_a_drain_without_a_plan_names_the_constraint_and_moves_nothing():
    text = flat(render_drain(samples.no_plan()))
    assert (
        "no plan empties it as it stands: big-01 needs 512 GiB; of the nodes it may run on, HV-02 has most room: 228"
        " GiB" in text
    )
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


STUCK = Blocker(vm="web01", node="HV-01", why="passthrough_disk", reason="a disk", mend="shut it down")
SHORT = Interval(p05=10, p50=12, p95=20)


def test_no_plan_tells_who_can_leave_and_what_to_do_about_who_cannot():
    facts = {"feasible": False, "end_s": None, "others_s": SHORT, "constraint": "web01 cannot leave: a disk"}
    text = flat(render_drain(samples.drain(13, blockers=(STUCK,), **facts)))
    told = "13 of 14 VMs can leave in 12 s [10-20 s]; web01 stays: shut it down first (pass-through disk)."
    assert f"CL-01: no plan empties it as it stands: {told}" in text
    native = drain_headline(samples.drain(13, blockers=(STUCK,), mode="native", **facts, others_window="meets"))
    assert "CL-01: Windows' own drain does not empty it: 13 of 14 VMs can leave in 12 s [10-20 s]; that alone fits" in (
        native
    )
    alone = flat(render_drain(samples.drain(0, blockers=(STUCK,), **(facts | {"others_s": None}))))
    assert (
        "no plan empties it as it stands: web01 cannot leave: a disk; shut it down first (pass-through disk)." in alone
    )
    night = flat(render_patch(samples.patch(feasible=False, blockers=(STUCK,), constraint="x")))
    assert (
        "no plan as it stands: web01 stays on HV-01: shut it down first (pass-through disk). With that done: 4 nodes"
        in night
    )
    many = [STUCK.model_copy(update={"vm": f"web0{i}"}) for i in range(5)]
    assert stays_phrase(many).endswith("web02 stays: shut it down first (pass-through disk); 2 more stay")


def test_a_blackout_limit_that_moves_break_is_in_the_headline():
    goals, moves = Goals(max_blackout_s=1.0), samples.drain(3).moves

    def told(*verdicts):
        own = tuple(move.model_copy(update={"verdict": one}) for move, one in zip(moves, verdicts, strict=True))
        return drain_headline(samples.drain(3, goals=goals, window="none", moves=own, checks=()))

    broken, unknown, ready = Verdict.NOT_RECOMMENDED, Verdict.UNKNOWN, Verdict.READY
    assert told(broken, broken, broken).endswith("; every VM may be dark for longer than 1 s.")
    assert told(broken, unknown, ready).endswith(
        "; 1 of 3 VMs may be dark for longer than 1 s; 1 of 3 VMs cannot be promised a blackout of at most 1 s."
    )
    assert told(unknown, unknown, unknown).endswith("; no VM can be promised a blackout of at most 1 s.")
    assert "1 s" not in told(ready, ready, ready).partition("]")[2]


def test_a_headline_that_fits_says_where_a_check_says_no_go():
    no_go = Check(when="before", state="no-go", text="the remaining nodes may lose 1 more node")
    later = no_go.model_copy(update={"when": "during"})
    assert drain_headline(samples.drain(checks=(no_go, no_go, later))).endswith("; 2 checks before it say no-go.")
    assert "no-go" not in drain_headline(samples.drain(checks=(later,)))
    assert "no-go" not in drain_headline(samples.drain(checks=(no_go,), window="misses")), "it is bad already"
    assert patch_headline(samples.patch(checks=(no_go,), window="meets")).endswith("; 1 check before it says no-go.")


def test_a_host_that_misses_is_told_with_its_setting_and_todays_time():
    row = samples.host_row(1, setting="Compression", drain_today_s_p50=600.0, helps="a faster NIC", helped_s_p50=60.0)
    assert missing_told(row).endswith("] under Compression, today 10 min. A faster NIC, then 1 min")
    unknown = row.model_copy(update={"drain_today_s_p50": None, "helped_s_p50": None})
    assert missing_told(unknown).endswith("] under Compression. A faster NIC")


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"goals": Goals(), "hosts_missing": None}, "No window was given, so that none can be missed."),
        ({"limits": {"link": 20}}, "None: every host fits the window of 2 h at p80."),
        ({"limits": {"link": 18, "none": 2}}, "None: every host with VMs fits the window of 2 h at p80."),
        ({"limits": {"none": 20}}, "None: no host has anything to drain."),
        ({"limits": {"link": 20}, "hosts_unknown": 3}, "None of the 17 hosts of which it is known."),
        ({"limits": {"unknown": 20}, "hosts_unknown": 20}, "It is known of no host."),
    ],
)
def test_where_no_host_misses_it_is_said_why(facts, told):
    given = {"goals": Goals(window_s=7200), "hosts": 20, "hosts_missing": 0, "hosts_unknown": 0}
    assert none_missing_told(samples.summary(**(given | facts))) == told


def test_a_setting_that_is_not_recommended_is_not_told_as_if_it_were():
    row = samples.cluster_row(1, verdict=Verdict.NOT_RECOMMENDED)
    assert setting_told(row) == "the best of what can be set, yet not recommended as it stands"
    assert setting_told(row.model_copy(update={"verdict": Verdict.READY})) == "ready"


def test_hosts_in_no_cluster_are_no_clusters_where_their_number_is_known():
    summary = samples.summary(clusters=4, hosts=10)
    assert batch_headline(summary).startswith("4 clusters, 10 hosts, ")
    assert batch_headline(summary.model_copy(update={"hosts_alone": 1})).startswith(
        "3 clusters, 10 hosts (1 in no cluster), "
    )


def test_many_vms_of_one_kind_are_told_together_in_a_table():
    many = tuple(
        Blocker(vm=f"vm{i}", node=f"HV-0{i % 4}", why="endless", reason=f"why {i}", mend="wait", blocks=False)
        for i in range(9)
    )
    text = flat(render_patch(samples.patch(blockers=many)))
    assert (
        "9 VMs (does not converge): vm0 on HV-00, vm1 on HV-01, vm2 on HV-02 and 6 more, see -f json; vm0: why 0"
        in text
    )
    assert "why 1" not in text
    assert all(f"why {i}" in render_patch(samples.patch(blockers=many), "md") for i in range(9))


@pytest.mark.parametrize("how", ["md", "html", "table"])
def test_commands_of_the_moves_can_be_copied(how):
    command = (
        "Move-ClusterVirtualMachineRole -Name 'a-long-name-of-a-virtual-machine' -Node 'HV-02' -MigrationType Live"
    )
    moves = tuple(move.model_copy(update={"command": command}) for move in samples.drain(3).moves)
    text = unescape(render_drain(samples.drain(3, moves=moves, at_once=2), how))
    assert text.count(command) == 3
    assert "2 at once, add -Wait 0" in flat(text)
    assert "-Wait" not in render_drain(samples.drain(3, moves=moves, at_once=1), how)
    many = tuple(move.model_copy(update={"command": command}) for move in samples.drain(24).moves)
    assert unescape(render_drain(samples.drain(24, moves=many), how)).count(command) == (0 if how == "table" else 24)


def test_nodes_are_told_without_their_domain_where_that_keeps_them_apart():
    moves = tuple(
        move.model_copy(update={"destination": f"hv-node0{i}.datacentre-west.contoso.example.com"})
        for i, move in enumerate(samples.drain(2).moves)
    )
    table = render_drain(samples.drain(2, moves=moves, nodes=()), "table", 80)
    assert "hv-node01 " in table
    assert "contoso" not in table
    assert "hv-node01.datacentre-west.contoso.example.com" in render_drain(samples.drain(2, moves=moves), "md")
    assert short_names(["10.0.0.1", "10.0.0.2"])["10.0.0.1"] == "10.0.0.1"


def test_hosts_in_no_cluster_are_counted_by_setting_under_a_title_that_says_so():
    summary = samples.summary()
    assert settings_title(summary) == "Clusters by setting"
    assert settings_title(summary.model_copy(update={"hosts_alone": 1})) == "Clusters, and hosts in none, by setting"
