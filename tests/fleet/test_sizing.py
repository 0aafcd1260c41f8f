"""Hosts that miss the window: the cheapest change that helps, found also by trying every one; or why none does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from advisor.domain.costs import CHANGES, ChangeCost, load_costs
from advisor.domain.fleet import BINDING_WORDS
from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.fleet.answers import Numbers, answer
from advisor.fleet.cluster_group import Sorted
from advisor.fleet.drains import BINDINGS
from advisor.fleet.ladder import Ladder, curve_of, ladder_of, shared_by
from advisor.fleet.late import Late, late_hosts
from advisor.fleet.rows import limit_of
from advisor.fleet.settings import settle
from advisor.fleet.sizing import Sized, size_up
from advisor.units import format_duration
from tests.fleet.asked import answered, of_one_host, read, sorted_out, write_inventory
from tests.fleet.estates import write_estate

SHARES = (0.05, 0.5, 0.95)
SHIPPED = {row.change: row.cost for row in load_costs()}


def costs_with(**changed: float) -> tuple[ChangeCost, ...]:
    """The shipped costs, some of them changed."""
    return tuple(
        ChangeCost(change=row.change, title=row.title, cost=changed.get(row.change, row.cost)) for row in load_costs()
    )


def costs_of(*changes: str) -> tuple[ChangeCost, ...]:
    """The shipped costs of these changes alone."""
    return tuple(row for row in load_costs() if row.change in changes)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return read(write_estate(tmp_path_factory.mktemp("estate"), 450, seed=3, hosts=18))


def sized(inventory: Inventory, goals: Goals, costs: Sequence[ChangeCost]) -> tuple[Sorted, Numbers, Sized]:
    sorted_ = sorted_out(inventory, **goals.model_dump())
    numbers = answer(sorted_, settle(sorted_, goals), goals.risk)
    return sorted_, numbers, size_up(sorted_, numbers, goals, tuple(costs), curves=False)


COSTS = {
    "as shipped": load_costs(),
    "faster NICs dearer than the fastest": costs_with(nic_25=500.0, rdma_25=600.0),
    "a second NIC dearest": costs_with(second_nic=900.0),
    "everything for nothing": costs_with(**dict.fromkeys(CHANGES, 0.0)),
    "settings alone": costs_of("limit", "cap", "transport"),
    "limit and NICs": costs_of("limit", "second_nic", "nic_10", "nic_25", "nic_100"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "window_s", "risk"),
    [
        *((name, 45.0, "balanced") for name in COSTS if name != "a second NIC dearest"),
        ("as shipped", 20.0, "aggressive"),
        ("as shipped", 90.0, "conservative"),
    ],
)
def test_the_cheapest_change_is_the_first_that_serves_a_whole_cluster(
    estate: Inventory, name: str, window_s: float, risk: str
) -> None:
    goals, costs = Goals.model_validate({"window_s": window_s, "risk": risk}), COSTS[name]
    sorted_, numbers, found = sized(estate, goals, costs)
    tried = 0
    for missing, others in late_hosts(sorted_, numbers, found.missing):
        ladder = ladder_of(missing.kind, missing.k, tuple(costs))
        assert [rung.cost for rung in ladder.rungs] == sorted(rung.cost for rung in ladder.rungs)
        meets = under_every_rung(missing, ladder, goals)
        fits = under_every_rung(others, ladder, goals)
        today = shared_by(missing.kind.problem.options[missing.k])
        for cluster in np.unique(missing.cluster).tolist():
            own, rest = missing.cluster == cluster, others.cluster == cluster
            served = own & meets.any(axis=0)
            # What the nodes have in common must not make those miss that do not.
            may = [rung.shared == today or fits[at, rest].all() for at, rung in enumerate(ladder.rungs)]
            whole = [rung for at, rung in enumerate(ladder.rungs) if may[at] and meets[at, served].all()]
            told = {found.rung.get(host) for host in missing.hosts[served].tolist()}
            tried += 1
            if served.any() and whole:
                # Told rungs also say what has to be looked up first.
                assert {one and (one.codes, one.shared) for one in told} == {(whole[0].codes, whole[0].shared)}
            # Where nothing serves them all, one change serves as many as any does.
            counts = [int(meets[at, own].sum()) if may[at] else 0 for at in range(len(ladder.rungs))]
            assert sum(host in found.rung for host in missing.hosts[own].tolist()) == max(counts)
            assert len(told - {None}) <= 1
            for host in missing.hosts[own & ~served].tolist():
                assert host not in found.rung
            for host in missing.hosts[own].tolist():
                assert (host in found.rung) != (host in found.why_none)
    assert tried > 2


def under_every_rung(late: Late, ladder: Ladder, goals: Goals) -> NDArray[np.bool_]:
    """Everything on everyone, with none left out for being hopeless: whether it meets the window, (rungs, hosts)."""
    if not late.hosts.size:
        return np.ones((len(ladder.rungs), 0), dtype=np.bool_)
    return late.quantiles_s(ladder.kind, ladder.kind.options, (goals.risk.quantile,))[0] <= (goals.window_s or 0.0)


def late_host(folder: Path, sizes: Sequence[float] = (16.0,) * 16, **host: Any) -> Inventory:
    return of_one_host(folder, sizes, **{"nic_count": 1, "performance_option": "SMB", **host})


def test_a_change_that_helps_meets_the_window(tmp_path: Path) -> None:
    told = answered(late_host(tmp_path / "in"), tmp_path / "parts", window_s=60.0)
    (host,) = told.hosts
    assert host["window"] == "misses"
    assert set(host["helps_codes"].split("+")) <= set(CHANGES)
    titles = {row.change: row.title for row in load_costs()}
    words, _, setting = host["helps"].partition(" (")
    assert words == " + ".join(titles[code] for code in host["helps_codes"].split("+"))
    # Which transport, how many at a time, and how many NICs of which speed.
    assert setting.removesuffix(")") == "Compression, 2 at a time, over 1 x 25 GbE at both ends"
    assert host["helped_s_p50"] < host["drain_s_p50"]
    assert host["helped_s_p50"] <= 60.0
    assert told.summary.helped_by == {host["helps_codes"]: 1}
    assert told.clusters[0]["helps"] == host["helps"]


def test_new_nics_give_about_what_an_inventory_with_such_nics_does(tmp_path: Path) -> None:
    told = answered(late_host(tmp_path / "in"), tmp_path / "a", window_s=60.0, costs=costs_of("nic_100"))
    (host,) = told.hosts
    assert host["helps_codes"] == "nic_100"
    (other,) = answered(late_host(tmp_path / "fast", nic_gbps=100), tmp_path / "b", window_s=60.0).hosts
    # The other may be given another transport or limit: never a slower one.
    assert other["drain_s_p50"] <= host["helped_s_p50"] * 1.05


def test_an_edited_cost_changes_the_answer(tmp_path: Path) -> None:
    inventory = late_host(tmp_path / "in")
    codes = {
        name: answered(inventory, tmp_path / name, window_s=60.0, costs=costs).hosts[0]["helps_codes"]
        for name, costs in (
            ("shipped", load_costs()),
            ("rdma", costs_with(rdma_25=0.5)),
            ("nic_100", costs_with(nic_100=0.1)),
        )
    }
    assert codes["rdma"] == "rdma_25"
    assert codes["nic_100"] == "nic_100"
    assert codes["shipped"] not in {"rdma_25", "nic_100"}


def test_a_change_that_is_not_in_the_table_is_not_tried(tmp_path: Path) -> None:
    inventory = late_host(tmp_path / "in")
    for number, change in enumerate(CHANGES):
        left = tuple(row for row in load_costs() if row.change != change)
        (host,) = answered(inventory, tmp_path / str(number), window_s=60.0, costs=left).hosts
        assert change not in host["helps_codes"].split("+")


def test_the_same_setting_costs_nothing_where_everything_is_met(tmp_path: Path) -> None:
    told = answered(late_host(tmp_path / "in"), tmp_path / "parts", window_s=36_000.0)
    (host,) = told.hosts
    assert (host["window"], host["helps"], host["helps_codes"], host["helped_s_p50"]) == ("meets", "", "", None)
    assert told.curves == []


def test_many_small_vms_are_bound_by_what_each_costs_and_no_network_helps(tmp_path: Path) -> None:
    fast = {"nic_gbps": 25, "nic_count": 2, "rdma": "iwarp", "mtu_bytes": 9000, "simultaneous": 4}
    told = answered(late_host(tmp_path / "in", [1.0] * 80, **fast), tmp_path / "parts", window_s=20.0)
    (host,) = told.hosts
    assert host["limit"] == "per_vm"
    assert host["helps_codes"] == ""
    assert host["helps"].startswith("no network change helps")
    assert "80 VMs" in host["helps"]
    assert told.clusters[0]["helps"].startswith("1 of 1 hosts that miss: no network change helps")


def test_a_few_large_vms_are_bound_by_their_move_not_by_their_number(tmp_path: Path) -> None:
    told = answered(late_host(tmp_path / "in", [256.0] * 2, simultaneous=4), tmp_path / "parts", window_s=20.0)
    assert told.hosts[0]["limit"] in {"link", "cpu"}


def test_a_cap_is_told_apart_from_the_link(tmp_path: Path) -> None:
    # RDMA is what is wanted, and Set-SmbBandwidthLimit holds every SMB move to a tenth of it.
    capped = {"smb_limit_mib_s": 250, "nic_gbps": 25, "rdma": "iwarp", "mtu_bytes": 9000}
    inventory = of_one_host(tmp_path / "in", [16.0] * 16, performance_option="SMB", **capped)
    sorted_ = sorted_out(inventory)
    goals = Goals()
    settled = settle(sorted_, goals)
    (chosen,) = settled.chosen
    assert chosen is not None
    numbers = answer(sorted_, settled, goals.risk)
    smb = chosen.best is not None and chosen.best.option.transport.is_smb
    assert (limit_of(sorted_, numbers, sorted_.groups[0], 0) == "cap") == smb


def test_curves_fall_with_speed_and_number_of_nics(estate: Inventory, tmp_path: Path) -> None:
    told = answered(estate, tmp_path / "parts", window_s=120.0)
    missing = [host["host"] for host in told.hosts if host["window"] == "misses"]
    assert {row["host"] for row in told.curves} == set(missing)
    for _, own in groupby(sorted(told.curves, key=lambda row: row["host"]), key=lambda row: row["host"]):
        rows = {(row["nic_gbps"], row["nic_count"]): row for row in own}
        assert len(rows) == 12
        for (speed, count), row in rows.items():
            faster = [other for (s, c), other in rows.items() if s >= speed and c >= count]
            # A hashed team of more members may be unluckier than a single NIC is: by little.
            assert all(other["drain_s_p50"] <= row["drain_s_p50"] * 1.02 for other in faster)
            assert row["drain_s_p50"] <= row["drain_s_p95"]
            # p80 is held: what meets it is below the window at p50, and what is above it at p50 does not.
            assert not (row["meets"] and row["drain_s_p50"] > 120.0)
            assert row["meets"] or row["drain_s_p95"] > 120.0


def test_no_curves_are_drawn_where_none_are_asked_for(estate: Inventory, tmp_path: Path) -> None:
    told = answered(estate, tmp_path / "parts", window_s=120.0, curves=False)
    assert told.curves == []
    assert told.summary.hosts_missing


@pytest.mark.parametrize("option", ["TCPIP", "Compression", "SMB"])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("team", ["none", "lbfo"])
def test_the_curve_tells_of_new_nics_what_the_ladder_does(tmp_path: Path, option: str, count: int, team: str) -> None:
    inventory = late_host(tmp_path / "in", performance_option=option, nic_count=count, nic_gbps=1, team=team)
    sorted_, numbers, found = sized(inventory, Goals(window_s=30.0), load_costs())
    ((missing, _),) = late_hosts(sorted_, numbers, found.missing)
    ladder, curve = ladder_of(missing.kind, missing.k, load_costs()), curve_of(missing.kind, missing.k)
    today = missing.kind.problem.options[missing.k]
    seen = 0
    for rung, k in zip(ladder.rungs, ladder.kind.options, strict=True):
        made, nics = ladder.kind.problem.options[k], ladder.kind.case(0, k).pair.source.migration_nics
        same = (made.transport, made.simultaneous) == (today.transport, today.simultaneous)
        point = nics[0].speed_gbps, len(nics)
        if same and set(rung.codes) <= {"second_nic", "nic_10", "nic_25", "nic_100"} and point in curve.nics:
            seen += 1
            own = missing.quantiles_s(ladder.kind, [k], SHARES)
            drawn = missing.quantiles_s(curve.kind, [curve.nics.index(point)], SHARES)
            assert np.array(own) == pytest.approx(np.array(drawn))
    assert seen >= 3


@pytest.mark.parametrize(
    ("sizes", "window_s", "words"),
    [
        ([1.0] * 80, 20.0, "the serial cost of each VM, which no network cures, 80 VMs"),
        ([1024.0] * 2, 20.0, "the network links; the best"),
    ],
)
def test_what_binds_the_best_that_was_tried_is_named(
    tmp_path: Path, sizes: Sequence[float], window_s: float, words: str
) -> None:
    inventory = late_host(tmp_path / "in", sizes)
    sorted_, numbers, found = sized(inventory, Goals(window_s=window_s), load_costs())
    ((missing, _),) = late_hosts(sorted_, numbers, found.missing)
    ladder = ladder_of(missing.kind, missing.k, load_costs())
    totals, binds = missing.middles_s(ladder.kind, ladder.kind.options)
    assert totals.min() > window_s
    assert BINDING_WORDS[BINDINGS[int(binds[totals.argmin(), 0])]] in words
    (why,) = found.why_none.values()
    assert words in why
    assert why.endswith(format_duration(float(totals.min())))


def test_a_limit_that_was_raised_is_not_said_to_bind_as_if_it_were_not(tmp_path: Path) -> None:
    # Two 100 GbE NICs, of which the cluster leaves half to live migration once its limit is raised as far as advised.
    host = {"performance_option": "SMB", "nic_gbps": 25, "rdma": "roce", "mtu_bytes": 9000, "simultaneous": 4}
    hosts = [{"host": f"hv{i}", "cluster": "c1", "memory_gib": 4096, **host} for i in (1, 2)]
    vms = [{"vm": f"v{i}", "host": "hv1", "cluster": "c1", "memory_gib": 128} for i in range(8)]
    limited = {"cluster": "c1", "smb_limit_enabled": "true", "smb_limit_factor": 2500, "max_parallel_migrations": 4}
    inventory = read(write_inventory(tmp_path / "in", vms, hosts, [limited]))
    costs = [row for row in load_costs() if row.change in {"cap", "rdma_100"}]
    host_row = answered(inventory, tmp_path / "parts", window_s=20.0, costs=costs).hosts[0]
    assert "the cluster's limit on SMB, which would still hold moves to 50 % of all adapters" in host_row["helps"]
    assert "a bandwidth cap" not in host_row["helps"]


def test_a_point_of_the_curve_with_todays_nics_is_the_drain(estate: Inventory) -> None:
    goals = Goals(window_s=120.0)
    sorted_, numbers, found = sized(estate, goals, load_costs())
    seen = 0
    for missing, _ in late_hosts(sorted_, numbers, found.missing):
        curve = curve_of(missing.kind, missing.k)
        nic = missing.kind.case(0, missing.k).pair.source.migration_nics
        own = (nic[0].speed_gbps, len(nic))
        if own in curve.nics:
            seen += 1
            ((p50,),) = missing.quantiles_s(curve.kind, [curve.nics.index(own)], (0.5,))
            assert p50 == pytest.approx(numbers.drain[1, missing.hosts], rel=2e-3)
    assert seen


def test_costs_rise_along_the_ladder_and_no_two_rungs_are_one_end(estate: Inventory) -> None:
    sorted_, numbers, found = sized(estate, Goals(window_s=60.0), load_costs())
    for missing, _ in late_hosts(sorted_, numbers, found.missing):
        ladder = ladder_of(missing.kind, missing.k, load_costs())
        assert all(a.cost <= b.cost for a, b in pairwise(ladder.rungs))
        assert all(rung.cost == sum(SHIPPED[code] for code in rung.codes) for rung in ladder.rungs)
        problem = ladder.kind.problem
        assert all(problem.allowed[k] for k in ladder.kind.options)
        ends = [(problem.options[k], tuple(row[k].pair for row in problem.cases)) for k in ladder.kind.options]
        assert len(ends) == len(set(ends))


@pytest.mark.parametrize("sizes", [(128.0, 8.0, 8.0, 8.0, 8.0), (16.0,) * 20, (64.0, 32.0) * 4])
@pytest.mark.parametrize("share", [0.9, 0.65])
def test_a_change_that_is_made_does_what_was_said(tmp_path: Path, sizes: tuple[float, ...], share: float) -> None:
    cluster = {"cluster": "c1", "max_parallel_migrations": 1, "storage": "shared"}
    vms = [{"vm": f"vm{i}", "host": "hv1", "memory_gib": size} for i, size in enumerate(sizes)]
    today = {"cluster": "c1", "performance_option": "TCPIP", "simultaneous": 1, "nic_count": 1}
    hosts = [{"host": name, **today} for name in ("hv1", "hv2")]
    costs = costs_of("limit", "nic_25", "nic_100")
    inventory = read(write_inventory(tmp_path / "before", vms, hosts, [cluster]))
    window_s = share * answered(inventory, tmp_path / "open", costs=costs).hosts[0]["drain_s_p50"]
    before = answered(inventory, tmp_path / "a", costs=costs, window_s=window_s, risk="aggressive").hosts[0]
    assert before["window"] == "misses"
    assert before["helps_codes"]
    at_once = int(re.search(r"(\d+) at a time", before["helps"])[1])  # type: ignore[index]
    made = {
        "simultaneous": at_once,
        "nic_gbps": next((speed for speed in (25, 100) if f"nic_{speed}" in before["helps_codes"]), 10),
    }
    transport = {"C": "Compression", "T": "TCPIP", "S": "SMB"}[before["helps"].partition("(")[2][0]]
    after = answered(
        read(
            write_inventory(
                tmp_path / "after",
                vms,
                [{**host, **made, "performance_option": transport} for host in hosts],
                [{**cluster, "max_parallel_migrations": at_once}],
            )
        ),
        tmp_path / "b",
        costs=costs,
        window_s=window_s,
        risk="aggressive",
    ).hosts[0]
    assert after["window"] == "meets"
    assert after["drain_today_s_p50"] == pytest.approx(before["helped_s_p50"], rel=1e-3)
