"""A measured QEMU run as a scenario: hosts, links, way, guest and switchover; what its row leaves empty stays open."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice.prepare import prepare_today
from advisor.advice.replay import can_replay, scenario_of, scenario_of_batch
from advisor.advice.traits import traits_of, vm_assumptions
from advisor.domain.hosts import QEMU, Balancing, Host, Os
from advisor.domain.options import Transport
from advisor.domain.runs import MeasuredRun
from advisor.domain.scenario import Switchover
from advisor.domain.vms import Vm
from advisor.paths import Path
from advisor.precopy.compression import DATA_RATIO

HALF: dict[str, Any] = {"vm_nonzero_gib": 0.5}
# What tells the lab's guests: one virtual processor, and data of which a known share is random.
LAB: dict[str, Any] = {"vcpus": 1, "incompressible": 0.0}
WINDOWS: dict[str, Any] = {"platform": "hyperv", "platform_version": "2012R2"}
ELSEWHERE: list[dict[str, Any]] = [
    {},
    {"vcpus": 4},
    {"vcpus": 1},
    {"incompressible": 0.0},
    {"vcpus": 4, "incompressible": 0.0},
    LAB | WINDOWS,
]
TOLD = [", ".join(cells) + str(cells.get("vcpus", "")) or "nothing" for cells in ELSEWHERE]


def run(name: str = "r", **more: Any) -> MeasuredRun:
    """A row of QEMU between two hosts that says no more than a row must."""
    least = {
        "run_id": name,
        "study": "lab",
        "platform": "qemu",
        "platform_version": "10.0",
        "transport": "tcpip",
        "nic_gbps": 1,
        "vm_memory_gib": 1,
        "total_s": 9,
    }
    return MeasuredRun.model_validate(least | more)


def host_of(*runs: MeasuredRun) -> Host:
    source = scenario_of_batch(runs)[0].source
    assert source is not None
    return source


def guest_of(**more: Any) -> Vm:
    return scenario_of(run(**more))[0].vms[0]


def lab_run(name: str = "r", **more: Any) -> MeasuredRun:
    return run(name, **LAB | more)


def lab_guest(**more: Any) -> Vm:
    return guest_of(**LAB | more)


def path_of(**more: Any) -> Path:
    return prepare_today(*scenario_of(run(**more)), measured=True).cases[0][0].path


# ------------------------------------------------------------------ links


@pytest.mark.parametrize(
    ("teaming", "balancing"),
    [
        ("address_hash", Balancing.TRANSPORT_PORTS),
        ("lacp", Balancing.TRANSPORT_PORTS),
        ("multipath", Balancing.MULTIPATH),
    ],
)
def test_teams_are_bonds(teaming: str, balancing: Balancing) -> None:
    team = host_of(run(teaming=teaming, nic_count=2)).team
    assert team is not None
    assert (team.kind, team.balancing) == ("bond", balancing)


@pytest.mark.parametrize("teaming", [None, "none", "dynamic", "hyperv_port"])
def test_what_linux_has_no_bond_for_is_no_team(teaming: str | None) -> None:
    assert host_of(run(teaming=teaming, nic_count=2)).team is None


def test_a_hash_leaves_the_number_of_links_to_luck_and_several_routes_do_not() -> None:
    two: dict[str, Any] = {"transport": "multichannel", "streams": 2, "nic_count": 2}
    assert [links for links, _ in path_of(teaming="address_hash", **two).occupancy] == [2.0, 1.0]
    routes = path_of(teaming="multipath", **two)
    assert (routes.occupancy, routes.striped) == (((2.0, 1.0),), True)
    assert path_of(teaming="multipath", nic_count=2).striped  # one stream takes both routes, too


def test_links_that_were_seen_in_use_do_not_take_the_luck_away() -> None:
    # What a run found out cannot be known before it; on Hyper-V a published row's links are all that is known.
    seen: dict[str, Any] = {"teaming": "address_hash", "nic_count": 2, "links_used": 1}
    assert host_of(run(**seen)).team is not None
    assert len(path_of(**seen, transport="multichannel", streams=2).occupancy) == 2
    assert host_of(run(**seen, platform="hyperv", platform_version="2012R2")).team is None


def test_both_ends_are_one_machine_in_the_lab() -> None:
    assert path_of(**LAB).one_machine
    assert path_of(**LAB | {"incompressible": 1.0}).one_machine


@pytest.mark.parametrize("cells", ELSEWHERE, ids=TOLD)
def test_other_rows_are_of_two_hosts(cells: dict[str, Any]) -> None:
    scenario, _ = scenario_of(run(**cells))
    assert not path_of(**cells).one_machine
    assert "one_machine" not in scenario.network.model_fields_set


@pytest.mark.parametrize(("lab", "both"), [(LAB, 1 / 2), ({}, 1 / 4)], ids=["one machine", "two hosts"])
def test_on_one_machine_the_senders_hash_alone_decides(lab: dict[str, Any], both: float) -> None:
    # Its links are joined pair by pair; between hosts the way back in has its own hash, with luck of its own.
    two = path_of(**lab, teaming="address_hash", transport="multichannel", streams=2, nic_count=2)
    assert two.occupancy == ((2.0, both), (1.0, 1 - both))


def test_moves_of_one_stream_have_their_luck_by_the_same_rule() -> None:
    pair: dict[str, Any] = {"teaming": "address_hash", "nic_count": 2, "simultaneous": 2, "vm_count": 2}
    assert path_of(**LAB, **pair).occupancy == ((2.0, 1 / 2), (1.0, 1 / 2))
    assert path_of(**pair).occupancy == ((2.0, 1 / 4), (1.0, 3 / 4))


def test_traffic_that_was_seen_beside_the_move_wins_over_what_was_asked_for() -> None:
    def beside(**more: Any) -> float:
        return scenario_of(run(**more))[0].network.background_gbps

    assert beside(background_gbps=0.4) == 0.4
    assert beside(background_gbps=0.4, background_found_gbps=0.3) == 0.3
    assert beside(background_gbps=0.4, background_found_gbps=0.0) == 0.0  # nothing came: seen, not unknown
    assert beside(background_found_gbps=0.2) == 0.2
    assert path_of(background_found_gbps=0.2).background_bytes_s == pytest.approx(0.2e9 / 8)


# ------------------------------------------------------------------ way and switchover


@pytest.mark.parametrize("compressor", ["zstd", "zlib"])
@pytest.mark.parametrize("streams", [1, 3])
def test_streams_and_compressor_are_the_rows(compressor: str, streams: int) -> None:
    row = run(transport="compression", compressor=compressor, streams=streams)
    scenario, way = scenario_of(row)
    assert (way.transport, way.compressor, way.streams) == (Transport.COMPRESSION, compressor, streams)
    problem = prepare_today(scenario, way, measured=True)
    assert (problem.options[0].compressor, problem.options[0].streams) == (compressor, streams)
    assert problem.cases[0][0].path.connections == streams


@pytest.mark.parametrize(
    ("cells", "name", "setting"),
    [
        ({"transport": "tcpip"}, "TCP", "multifd off"),
        ({"transport": "multichannel", "streams": 3}, "multifd x3", "multifd, 3 channels"),
        (
            {"transport": "compression", "compressor": "zlib", "streams": 2},
            "multifd zlib x2",
            "multifd, 2 channels, zlib",
        ),
        (
            {"transport": "compression", "compressor": "zstd", "streams": 8},
            "multifd zstd x8",
            "multifd, 8 channels, zstd",
        ),
        ({"transport": "compression", "streams": 6}, "multifd zstd x6", "multifd, 6 channels, zstd"),
        ({"transport": "rdma"}, "RDMA", "rdma: URI"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_way_has_the_name_of_what_it_does(cells: dict[str, Any], name: str, setting: str) -> None:
    way = scenario_of(run(**cells))[1]
    assert (way.name, way.setting) == (name, setting)


def test_a_row_without_streams_or_compressor_takes_the_transports_usual_way() -> None:
    for transport, compressor in (("tcpip", "none"), ("multichannel", "none"), ("compression", "zstd")):
        way = scenario_of(run(transport=transport))[1]
        assert (way.transport, way.compressor) == (Transport(transport), compressor)
        assert way.streams == 1 if transport == "tcpip" else way.streams and way.streams > 1


def test_the_limits_in_force_reach_the_switchover() -> None:
    told: dict[str, Any] = {"blackout_limit_ms": 120.0, "max_passes": 7, "auto_converge": True}
    assert scenario_of(run(**told))[0].switchover == Switchover(**told)
    assert scenario_of(run(max_passes=7))[0].switchover.model_fields_set == {"max_passes"}
    assert scenario_of(run())[0].switchover.model_fields_set == set()
    windows = run(platform="hyperv", platform_version="2012R2", max_passes=7)
    assert scenario_of(windows)[0].switchover == Switchover()


@pytest.mark.parametrize(
    ("cells", "taken"),
    [
        ({"max_passes": 1}, {"max_passes": 2}),
        ({"max_passes": 2}, {"max_passes": 2}),
        ({"max_passes": 100_000}, {"max_passes": 100_000}),
        ({"blackout_limit_ms": 1e-3}, {"blackout_limit_ms": 1e-3}),
        ({"blackout_limit_ms": 2_000_000}, {"blackout_limit_ms": 2_000_000}),
        ({"blackout_limit_ms": 86_400_000}, {"blackout_limit_ms": 2_000_000}),
    ],
)
def test_limits_that_a_row_may_name_and_a_switchover_may_not_are_taken_to_its_bounds(
    cells: dict[str, Any], taken: dict[str, float]
) -> None:
    assert scenario_of(run(**cells))[0].switchover == Switchover.model_validate(taken)


# ------------------------------------------------------------------ versions


def version_of(version: str | None, platform: str = "qemu") -> Os:
    return host_of(run(platform=platform, platform_version=version)).os


def test_a_version_is_read_however_it_is_spelt() -> None:
    assert version_of("10.0") is Os.QEMU_10_0
    assert version_of("Windows Server 2012 R2", "hyperv") is version_of("2012r2", "hyperv") is Os.WS2012R2


def test_a_version_that_is_not_known_is_the_newest_known_before_it() -> None:
    assert version_of("10.0.2") is Os.QEMU_10_0
    assert version_of("8.2.50") is Os.QEMU_8_2
    assert version_of("99.1") is max(QEMU, key=lambda os: [int(part) for part in os.value.split(".")])


def test_a_row_without_a_version_is_of_a_middle_one_of_its_platform() -> None:
    assert version_of(None) is Os.QEMU_8_2
    assert version_of(None, "hyperv") is Os.WS2019
    assert can_replay(run(platform_version=None))
    assert can_replay(run(platform="hyperv", platform_version=None))


@pytest.mark.parametrize(
    ("platform", "version", "known"),
    [
        ("qemu", "10.0", True),
        ("qemu", "2012R2", False),
        ("qemu", "Windows Server 2019", False),
        ("qemu", "0.1", False),
        ("qemu", "10.0.2", True),
        ("qemu", "v9.2.4", True),
        ("qemu", "99.0", True),
        ("qemu", "git", False),
        ("hyperv", "2012R2", True),
        ("hyperv", "10.0", False),
        ("hyperv", "8.2", False),
    ],
)
def test_a_version_of_another_platform_is_none(platform: str, version: str, known: bool) -> None:
    assert can_replay(run(platform=platform, platform_version=version)) is known


# ------------------------------------------------------------------ processors


def test_the_speed_of_a_core_is_the_rows() -> None:
    assert path_of(core_speed=0.6).core_speed == 0.6
    assert "core_speed" not in host_of(run()).model_fields_set


def busy(*runs: MeasuredRun) -> float:
    return host_of(*runs).cpu_busy


def test_guests_of_the_lab_use_the_machine_themselves() -> None:
    still = busy(lab_run(host_cores=8))
    assert 0 < still < 0.2
    assert busy(lab_run(host_cores=16)) == pytest.approx(still / 2)
    assert busy(lab_run(host_cores=8, host_cpu_busy=0.3)) == pytest.approx(0.3 + still)
    assert busy(lab_run(host_cores=8, simultaneous=4)) == pytest.approx(4 * still)
    writing = busy(lab_run(host_cores=8, dirty_rate_mib_s=100)) - still
    assert writing > 0
    assert busy(lab_run(host_cores=8, dirty_rate_mib_s=300)) - still == pytest.approx(3 * writing)


@pytest.mark.parametrize("cells", ELSEWHERE, ids=TOLD)
def test_what_guests_use_of_two_hosts_is_in_the_figure_of_the_host(cells: dict[str, Any]) -> None:
    working: dict[str, Any] = {"host_cores": 8, "dirty_rate_mib_s": 100, "simultaneous": 2}
    assert busy(run(**cells, **working, host_cpu_busy=0.25)) == 0.25
    assert "cpu_busy" not in host_of(run(**cells, **working)).model_fields_set


def test_every_guest_of_a_batch_writes_at_its_own_rate() -> None:
    def both(one: float, other: float) -> float:
        rates = {"a": one, "b": other}
        return busy(*(lab_run(name, host_cores=64, simultaneous=2, dirty_rate_mib_s=rates[name]) for name in rates))

    assert both(100, 300) == pytest.approx(both(200, 200))
    assert both(100, 300) > both(100, 100)
    # Guests whose rows are missing are taken to be like those that are there.
    alone = busy(lab_run(host_cores=64, simultaneous=2, dirty_rate_mib_s=200))
    assert alone == pytest.approx(both(200, 200))


@given(other=st.floats(0, 1), cores=st.integers(1, 64), rates=st.lists(st.floats(0, 1e6), min_size=1, max_size=4))
def test_a_machine_is_never_more_than_busy(other: float, cores: int, rates: list[float]) -> None:
    rows = [
        lab_run(f"r{i}", host_cores=cores, host_cpu_busy=other, simultaneous=len(rates), dirty_rate_mib_s=rate)
        for i, rate in enumerate(rates)
    ]
    assert other <= busy(*rows) <= 1.0
    assert busy(*rows) > other or other == 1.0


def test_without_a_number_of_cores_nothing_is_made_up_of_their_use() -> None:
    assert "cpu_busy" not in host_of(lab_run()).model_fields_set
    assert busy(lab_run(host_cpu_busy=0.25)) == 0.25


def test_hosts_links_and_way_of_a_batch_are_the_first_rows_and_every_guest_its_own() -> None:
    rows = [run("a", vm_memory_gib=1, nic_gbps=1), run("b", vm_memory_gib=2, nic_gbps=5)]
    scenario, _ = scenario_of_batch(rows)
    assert [(vm.name, vm.memory_gib) for vm in scenario.vms] == [("a", 1.0), ("b", 2.0)]
    assert scenario.source is not None
    assert [nic.speed_gbps for nic in scenario.source.nics] == [1.0]


# ------------------------------------------------------------------ guests


def on_the_wire_mib(vm: Vm, nonzero_mib: float) -> float:
    assert vm.compression_ratio is not None
    return nonzero_mib / vm.compression_ratio


def repeats() -> float:
    """How well memory compresses that repeats one value all over."""
    ratio = lab_guest(incompressible=0.0).rewritten_compression_ratio
    assert ratio is not None
    assert ratio == pytest.approx(150)
    return ratio


def kernel_mib() -> float:
    """What a guest's kernel holds: of a guest filled with what does not compress, it alone is smaller on the wire."""
    found = (512 - on_the_wire_mib(lab_guest(**HALF, filled_gib=1, incompressible=1.0), 512)) / (1 - 1 / DATA_RATIO)
    assert 32 < found < 128
    return found


def test_a_guest_is_its_kernel_and_its_data() -> None:
    nothing = lab_guest(**HALF, filled_gib=1, incompressible=1.0)
    assert (nothing.repeating_share, nothing.rewritten_repeating_share) == (0.0, 0.0)
    assert nothing.rewritten_compression_ratio == 1.0
    everything = lab_guest(**HALF, filled_gib=1, incompressible=0.0)
    data = 512 - kernel_mib()
    assert on_the_wire_mib(everything, 512) == pytest.approx(kernel_mib() / DATA_RATIO + data / repeats())
    assert everything.repeating_share == pytest.approx(data / 512)  # the kernel's own memory does not repeat
    assert everything.rewritten_repeating_share == 1.0


def test_what_the_lab_did_not_fill_repeats_whatever_it_filled_the_rest_with() -> None:
    left_over = 512 - kernel_mib() - 256
    random = lab_guest(**HALF, filled_gib=0.25, incompressible=1.0)
    assert random.repeating_share == pytest.approx(left_over / 512)
    assert on_the_wire_mib(random, 512) == pytest.approx(kernel_mib() / DATA_RATIO + 256 + left_over / repeats())
    assert random.rewritten_repeating_share == 0.0  # what it writes is still data
    none = [lab_guest(**HALF, filled_gib=0.0, incompressible=share) for share in (0.0, 1.0)]
    assert none[0].compression_ratio == none[1].compression_ratio
    assert none[0].repeating_share == none[1].repeating_share == pytest.approx(1 - kernel_mib() / 512)


def test_where_a_row_does_not_say_what_was_filled_it_is_nearly_all_that_is_no_kernel() -> None:
    told = [lab_guest(**HALF, filled_gib=gib, incompressible=1.0).compression_ratio or 0.0 for gib in (0.5, None, 0.4)]
    assert 1.0 < told[0] < told[1] < told[2]


@pytest.mark.parametrize(
    ("assigned_gib", "nonzero_gib", "filled_mib"),
    [
        (1, 0.5, 512 - 62.5 - 0.016 * 1024),
        (4, 0.5, 512 - 62.5 - 0.016 * 4096),  # page tables and the like are of all that is assigned
        (2, None, 2048 - 62.5 - 0.016 * 2048),
        (2, 0.0, 2048 - 62.5 - 0.016 * 2048),  # no guest holds nothing: not counted
        (4, 0.1, 0.0),  # less than its system alone: nothing was filled, and not less than nothing
    ],
)
def test_what_a_guests_system_holds_grows_with_its_memory(
    assigned_gib: float, nonzero_gib: float | None, filled_mib: float
) -> None:
    row: dict[str, Any] = {"vm_memory_gib": assigned_gib, "vm_nonzero_gib": nonzero_gib, "incompressible": 0.7}
    found, said = lab_guest(**row), lab_guest(**row, filled_gib=filled_mib / 1024)
    assert found.compression_ratio == pytest.approx(said.compression_ratio, rel=1e-9)
    assert found.repeating_share == pytest.approx(said.repeating_share, rel=1e-9)
    nonzero = 1024 * (nonzero_gib or assigned_gib)
    assert found.repeating_share == pytest.approx((nonzero - kernel_mib() - 0.7 * filled_mib) / nonzero)


def test_no_more_is_filled_than_there_is_beside_the_kernel() -> None:
    filled, more = (lab_guest(**HALF, filled_gib=gib, incompressible=0.3) for gib in (0.5, 0.9))
    less = lab_guest(**HALF, filled_gib=0.43, incompressible=0.3)
    assert (less.repeating_share, less.compression_ratio) != (filled.repeating_share, filled.compression_ratio)
    assert filled == more


def test_a_guest_smaller_than_a_kernel_is_kernel() -> None:
    tiny = lab_guest(vm_nonzero_gib=kernel_mib() / 2 / 1024, filled_gib=0.02, incompressible=0.4)
    assert tiny.compression_ratio == pytest.approx(DATA_RATIO)
    assert tiny.repeating_share == 0.0
    assert tiny.rewritten_repeating_share == pytest.approx(0.6)


def test_where_nobody_counted_zero_pages_the_assigned_memory_is_shared_out() -> None:
    counted, guest = (lab_guest(vm_nonzero_gib=gib, incompressible=0.2) for gib in (1.0, None))
    assert (guest.compression_ratio, guest.repeating_share) == (counted.compression_ratio, counted.repeating_share)
    assert (counted.nonzero_gib, guest.nonzero_gib) == (1.0, None)
    assert "zero pages" in vm_assumptions(guest)[0].what


@pytest.mark.parametrize("cells", [LAB, *ELSEWHERE], ids=["lab", *TOLD])
def test_a_guest_of_zero_pages_alone_is_one_whose_pages_nobody_counted(cells: dict[str, Any]) -> None:
    assert guest_of(**cells, vm_nonzero_gib=0.0) == guest_of(**cells)
    assert guest_of(**cells, vm_nonzero_gib=0.0).nonzero_gib is None


def test_memory_beyond_the_assigned_is_not_moved() -> None:
    assert guest_of(vm_memory_gib=1, vm_nonzero_gib=1.02).nonzero_gib == 1.0  # video memory and ROM are counted, too
    assert guest_of(vm_memory_gib=1, vm_nonzero_gib=0.4).nonzero_gib == 0.4


@settings(max_examples=50)
@given(
    nonzero=st.floats(0.001, 4),
    filled=st.none() | st.floats(0, 5),
    incompressible=st.floats(0, 1),
    more=st.floats(0, 1),
)
def test_shares_of_a_guest_are_shares(nonzero: float, filled: float | None, incompressible: float, more: float) -> None:
    rows: dict[str, Any] = {"vm_memory_gib": 4, "vm_nonzero_gib": nonzero, "filled_gib": filled}
    guest = lab_guest(incompressible=incompressible, **rows)
    kernel = min(kernel_mib() / 1024 / nonzero, 1.0)
    assert 0 <= guest.repeating_share <= 1 - kernel + 1e-9
    assert guest.compression_ratio is not None
    # Repeating memory is nearly nothing on the wire, and the rest but the kernel goes as it is.
    random = 1 / guest.compression_ratio - kernel / DATA_RATIO - guest.repeating_share / repeats()
    assert random == pytest.approx(1 - kernel - guest.repeating_share, abs=1e-9)
    harder = lab_guest(incompressible=max(incompressible, more), **rows)
    assert harder.compression_ratio is not None
    assert harder.compression_ratio <= guest.compression_ratio * (1 + 1e-9)
    assert harder.repeating_share <= guest.repeating_share


@given(incompressible=st.floats(0, 1), filled=st.floats(0, 1))
def test_a_compressor_does_its_full_work_on_all_that_does_not_repeat(incompressible: float, filled: float) -> None:
    guest = lab_guest(vm_nonzero_gib=1, filled_gib=filled, incompressible=incompressible)
    first, anew = traits_of(guest, measured=True).searched
    kernel = kernel_mib() / 1024
    assert first == pytest.approx(kernel + min(filled, 1 - kernel) * incompressible)
    assert anew == pytest.approx(incompressible)


@pytest.mark.parametrize("cells", [{}, {"vcpus": 4}, WINDOWS, WINDOWS | {"vcpus": 1}], ids=str)
def test_what_other_hosts_hold_is_not_a_guest_of_the_lab(cells: dict[str, Any]) -> None:
    for incompressible, ratio in ((1.0, 1.0), (0.5, 1 / (0.5 + 0.5 / 3.5)), (0.0, 3.5)):
        guest = guest_of(incompressible=incompressible, **HALF, **cells)
        assert guest.compression_ratio == pytest.approx(ratio)
        assert (guest.repeating_share, guest.rewritten_repeating_share) == (0.0, None)
        assert guest.rewritten_compression_ratio is None


# ------------------------------------------------------------------ empty cells


def test_a_row_that_says_nothing_leaves_everything_open() -> None:
    scenario, _ = scenario_of(run())
    assert scenario.source is not None
    assert scenario.source.model_fields_set.isdisjoint({"cores", "cpu_busy", "core_speed", "simultaneous", "team"})
    assert "background_gbps" not in scenario.network.model_fields_set
    assert "mtu_bytes" not in scenario.source.nics[0].model_fields_set
    assert scenario.vms[0].model_fields_set == {"name", "count", "memory_gib"}


def test_what_a_guest_is_not_said_to_be_is_assumed_and_not_zero() -> None:
    guest = guest_of()
    told = [one.what for one in vm_assumptions(guest)]
    assert told == ["r: dirtying, zero pages, compressibility", "r: virtual processors"]
    traits = traits_of(guest, measured=True)
    for triple in (traits.hot_rate, traits.hot_set, traits.nonzero_share, traits.compression_ratio):
        low, middle, high = triple
        assert 0 < low < middle < high
    assert traits.searched == (1.0, 1.0)  # a compressor's full work, until it is known to have less


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        ({"dirty_rate_mib_s": 0.0}, "zero pages, compressibility"),  # said to write nothing: known
        ({"vm_nonzero_gib": 0.5}, "dirtying, compressibility"),
        ({"incompressible": 0.0}, "dirtying, zero pages"),
    ],
)
def test_what_a_row_says_is_no_assumption(cells: dict[str, float], left: str) -> None:
    guest = guest_of(**cells)
    assert vm_assumptions(guest)[0].what == f"r: {left}"
    if "dirty_rate_mib_s" in cells:
        assert traits_of(guest, measured=True).hot_rate == (0.0, 0.0, 0.0)


def test_a_working_set_stands_beside_a_rate_or_not_at_all() -> None:
    assert guest_of(dirty_rate_mib_s=5, working_set_gib=0.25).working_set_gib == 0.25
    assert guest_of(dirty_rate_mib_s=0, working_set_gib=0).working_set_gib is None
    assert guest_of(working_set_gib=0.25).working_set_gib is None
