"""What memory is made of: how it compresses, how much of it repeats, how much is zero, and where it waits."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice.capacity import Capacity
from advisor.advice.factors import Variants
from advisor.advice.lane import Lane
from advisor.advice.lanes import walk_lanes
from advisor.advice.prepare import prepare_today
from advisor.domain.options import Transport
from advisor.domain.scenario import Scenario
from advisor.platforms import Range, Way, get_platform
from advisor.platforms.qemu_ways import TCP, multifd
from advisor.precopy.compression import DATA_RATIO
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import DowntimeLimit, PassLimit, StopRule
from advisor.precopy.sharing import Batch, Content, Moves, Shared, move_batch
from advisor.units import gib_to_bytes

MEMORY = gib_to_bytes(16)
FAST_GBPS, SLOW_GBPS = 1000.0, 0.5
CORE = 1e9
# Nothing takes time but the link and the processors that compress.
FREE = {
    **dict.fromkeys(
        ["host_limit_bytes_s", "packet_limit_per_s", "stream_bytes_s", "copy_bytes_s", "zero_scan_bytes_s"], 1e18
    ),
    **dict.fromkeys(["set_up_s", "buffer_bytes", "look_late_s", "tcp_core_s_per_byte", "compression_hardness"], 0.0),
    **dict.fromkeys(["compression_random_hardness", "zlib_hardness", "zlib_random_hardness"], 0.0),
    **dict.fromkeys(["blackout_fixed_s", "blackout_per_vcpu_s", "blackout_per_gib_s"], 0.0),
    **dict.fromkeys(["link_efficiency", "first_pass_share", "decompression_speedup", "tail_share"], 1.0),
    "compression_move_share": 1.0,
    "compression_core_bytes_s": CORE,
    "zlib_core_bytes_s": CORE,
}


def walked(way: Way, vm: dict[str, Any] | None = None, **more: Any) -> tuple[Batch, Capacity]:
    """A guest that writes nothing, moved by QEMU; constants of `FREE` and fields of the host or network by name."""
    asked = {"gbps": FAST_GBPS, "cores": 8, "count": 1, "one_machine": False} | more
    constants = FREE | {name: value for name, value in asked.items() if name in FREE}
    # Of what costs nothing a little is left, so that it can be divided by.
    constants["tcp_core_s_per_byte"] = max(constants["tcp_core_s_per_byte"], 1e-18)
    nic = {"speed_gbps": asked["gbps"], "mtu_bytes": 9000}
    host = {"os": "10.0", "cores": asked["cores"], "cpu_busy": 0.0, "nics": [nic], "simultaneous": asked["count"]}
    own = {
        "memory_gib": 16,
        "nonzero_gib": 16,
        "dirty_rate_mib_s": 0,
        "count": asked["count"],
        "compression_ratio": 4,
    }
    scenario = Scenario.model_validate(
        {
            "platform": "qemu",
            "source": host,
            "vms": [own | (vm or {})],
            "network": {"one_machine": asked["one_machine"]},
        }
    )
    problem = prepare_today(scenario, way, measured=True)
    case = problem.cases[0][0]
    known = {name: Range(value, value, value, "test") for name, value in constants.items()}
    lane = Lane(
        case,
        1.0,
        Variants(()),
        problem.platform.constants.with_values(**known),
        [problem.traits[at] for at in problem.vm_of[0]],
    )
    (walk,) = walk_lanes(problem.platform, [lane])
    return walk.batch, walk.capacity


def seconds(way: Way, vm: dict[str, Any] | None = None, **more: Any) -> float:
    return float(walked(way, vm, **more)[0].total_s[0])


# ------------------------------------------------------------------ work that memory takes


def guest(data: float, random: float) -> dict[str, float]:
    """Memory of so much data and so much that is random; the rest repeats, and is next to nothing on the wire."""
    wire = data / DATA_RATIO + random
    return {"repeating_share": max(1 - data - random, 0.0), "compression_ratio": 1 / max(wire, 0.001)}


@pytest.mark.parametrize(("data", "random"), [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (0.0, 1.0), (0.3, 0.2)])
def test_data_and_random_memory_take_a_processor_more_work(data: float, random: float) -> None:
    source = seconds(
        multifd(255, "zstd"),
        guest(data, random),
        compression_hardness=3.0,
        compression_random_hardness=7.0,
        decompression_speedup=1000.0,
    )
    assert source == pytest.approx(MEMORY / (8 * CORE) * (1 + 3 * data + 7 * random))
    # The destination puts data together again; what was searched in vain it only copies.
    destination = seconds(
        multifd(255, "zstd"),
        guest(data, random),
        compression_hardness=3.0,
        compression_random_hardness=7.0,
        decompression_speedup=0.05,
    )
    assert destination == pytest.approx(MEMORY / (8 * CORE * 0.05) * (1 + 3 * data))


def test_each_compressor_has_its_own_speed_and_hardness() -> None:
    only_zlib: dict[str, Any] = {"zlib_core_bytes_s": CORE / 2, "zlib_hardness": 1.0, "zlib_random_hardness": 1.0}
    assert seconds(multifd(255, "zlib"), **only_zlib) == pytest.approx(4 * seconds(multifd(255, "zlib")))
    assert seconds(multifd(255, "zstd"), **only_zlib) == seconds(multifd(255, "zstd"))


SHARE = st.floats(0, 1)


@settings(max_examples=60)
@given(
    data=st.tuples(SHARE, SHARE),
    random=st.tuples(SHARE, SHARE),
    hardness=st.tuples(st.floats(0, 20), st.floats(0, 40)),
    gbps=st.floats(0.1, 400),
    way=st.sampled_from([multifd(1, "zstd"), multifd(4, "zlib"), multifd(8), TCP]),
    one_machine=st.booleans(),
)
def test_repeating_memory_is_faster_where_processors_bind_and_never_slower(
    data: tuple[float, float],
    random: tuple[float, float],
    hardness: tuple[float, float],
    gbps: float,
    way: Way,
    one_machine: bool,
) -> None:
    (less, more), (few, many) = sorted(data), sorted(random)
    # Shares of one memory; what is neither data nor random repeats.
    less, more, few, many = less / 2, more / 2, few / 2, many / 2
    work: dict[str, Any] = {
        **dict.fromkeys(["compression_hardness", "zlib_hardness"], hardness[0]),
        **dict.fromkeys(["compression_random_hardness", "zlib_random_hardness"], hardness[1]),
    }
    hard, capacity = walked(way, guest(more, many), gbps=gbps, one_machine=one_machine, **work)
    slow = float(hard.total_s[0])
    fast = seconds(way, guest(less, few), gbps=gbps, one_machine=one_machine, **work)
    assert fast <= slow * (1 + 1e-9)
    if way.compressor == "none":
        assert fast == slow
    over_the_link = float(hard.wire_bytes.sum() / capacity.link[0])
    if slow > over_the_link * (1 + 1e-6) and (more - less) * hardness[0] > 0.01:
        assert fast < slow * (1 - 1e-5)


def test_over_a_slow_link_it_does_not_matter_what_repeats() -> None:
    none, all_of_it = (
        seconds(multifd(8, "zstd"), {"repeating_share": share}, compression_hardness=3.0, gbps=SLOW_GBPS)
        for share in (0.0, 1.0)
    )
    assert none == pytest.approx(all_of_it)


# ------------------------------------------------------------------ who does the work


@pytest.mark.parametrize(("streams", "cores", "at_work"), [(1, 64, 1), (2, 64, 2), (8, 64, 8), (16, 4, 4)])
def test_a_move_is_compressed_by_its_own_threads_on_the_cores_there_are(streams: int, cores: int, at_work: int) -> None:
    assert seconds(multifd(streams, "zstd"), cores=cores) == pytest.approx(MEMORY / (at_work * CORE))


def test_moves_side_by_side_have_their_own_threads_and_share_the_cores() -> None:
    one = seconds(multifd(2, "zstd"), cores=16)
    assert seconds(multifd(2, "zstd"), cores=16, count=4) == pytest.approx(one)
    assert seconds(multifd(2, "zstd"), cores=2, count=4) == pytest.approx(4 * one)


def test_where_both_ends_are_one_machine_they_take_turns() -> None:
    # What one end packs the other unpacks as fast: twice the work on the same cores.
    apart = seconds(multifd(255, "zstd"))
    assert seconds(multifd(255, "zstd"), one_machine=True) == pytest.approx(2 * apart)
    # The link and a move's own threads are what they were.
    assert seconds(multifd(1, "zstd"), one_machine=True) == pytest.approx(seconds(multifd(1, "zstd")))


@pytest.mark.parametrize("speedup", [0.5, 1.0, 4.0])
@pytest.mark.parametrize(("data", "random"), [(0.0, 0.0), (1.0, 0.0), (0.2, 0.6)])
@pytest.mark.parametrize("tcp_s", [0.0, 0.2e-9])
def test_on_one_machine_all_work_is_done_by_the_same_cores(
    speedup: float, data: float, random: float, tcp_s: float
) -> None:
    times = seconds(
        multifd(255, "zstd"),
        guest(data, random),
        one_machine=True,
        decompression_speedup=speedup,
        compression_hardness=3.0,
        compression_random_hardness=1.0,
        tcp_core_s_per_byte=tcp_s,
    )
    wire = max(data / DATA_RATIO + random, 0.001)
    # Packing, unpacking, and TCP at both ends for what is on the wire.
    core_s = (1 + 3 * data + random) / CORE + (1 + 3 * data) / (speedup * CORE) + 2 * tcp_s * wire
    assert times == pytest.approx(MEMORY * core_s / 8)


# ------------------------------------------------------------------ buffers


@pytest.mark.parametrize("way", [TCP, multifd(1), multifd(1, "zstd")])
def test_full_buffers_shorten_a_move_by_the_time_their_bytes_take(way: Way) -> None:
    buffered = 4e6
    batch, capacity = walked(way, gbps=SLOW_GBPS)
    saved = float(batch.total_s[0]) - seconds(way, gbps=SLOW_GBPS, buffer_bytes=buffered)
    # Bytes of the wire, whatever memory they stand for.
    assert saved == pytest.approx(buffered / float(capacity.link[0]))


@pytest.mark.parametrize("compressor", ["none", "zstd"])
def test_further_streams_hold_more_but_not_each_as_much(compressor: Literal["none", "zstd"]) -> None:
    def saved(streams: int) -> float:
        way = multifd(streams, compressor)
        return seconds(way, gbps=SLOW_GBPS) - seconds(way, gbps=SLOW_GBPS, buffer_bytes=4e6)

    assert saved(1) < saved(2) < saved(4) < 4 * saved(1)


def test_buffers_run_empty_where_processors_hold_a_move_back() -> None:
    bound: dict[str, Any] = {"compression_hardness": 3.0, "gbps": 100.0}
    assert seconds(multifd(2, "zstd"), buffer_bytes=4e6, **bound) == seconds(multifd(2, "zstd"), **bound)
    # The same link is the limit of what is easily compressed.
    easy: dict[str, Any] = {"gbps": 100.0, "cores": 64}
    assert seconds(multifd(64, "zstd"), buffer_bytes=4e6, **easy) < seconds(multifd(64, "zstd"), **easy)


def test_buffers_hold_no_more_than_there_is() -> None:
    batch, _ = walked(TCP, gbps=SLOW_GBPS, buffer_bytes=1e15)
    assert batch.total_s[0] == pytest.approx(0.0)
    assert batch.sent_bytes[0, 0] == pytest.approx(MEMORY)


# ------------------------------------------------------------------ zero pages


@pytest.mark.parametrize("nonzero_gib", [4, 12, 16])
def test_zero_pages_are_looked_through_and_not_sent(nonzero_gib: int) -> None:
    link = {"gbps": SLOW_GBPS}
    scanned, capacity = walked(TCP, {"nonzero_gib": nonzero_gib}, zero_scan_bytes_s=2e9, **link)
    nonzero = gib_to_bytes(nonzero_gib)
    assert scanned.sent_bytes[0, 0] == pytest.approx(nonzero)
    assert scanned.total_s[0] == pytest.approx(nonzero / capacity.link[0] + (MEMORY - nonzero) / 2e9)
    # It is no part of the pass, in which the guest writes, nor of the blackout.
    assert scanned.blackout_s[0, 0] == walked(TCP, {"nonzero_gib": nonzero_gib}, **link)[0].blackout_s[0, 0]


def test_every_move_looks_through_its_own() -> None:
    both, _ = walked(TCP, {"nonzero_gib": 4}, count=2, gbps=FAST_GBPS, zero_scan_bytes_s=1e9)
    alone, _ = walked(TCP, {"nonzero_gib": 4}, count=1, gbps=FAST_GBPS, zero_scan_bytes_s=1e9)
    scan = gib_to_bytes(12) / 1e9
    assert both.total_s[0] - scan == pytest.approx(2 * (alone.total_s[0] - scan))


# ------------------------------------------------------------------ the end of the first pass

RATE = 100.0
PAGES = 1000.0


def moved(stop: StopRule, tail: float = 1.0, writes: float = 0.0, wires: tuple[float, float] = (1.0, 1.0)) -> Batch:
    """A guest of `PAGES` bytes over `RATE` bytes of memory a second, whose writes go everywhere."""
    one = np.ones((1, 1))
    first, anew = (Content(wire * one, one, one * RATE) for wire in wires)
    curve = DirtyCurve.of(PAGES * one, writes * one, PAGES * one)
    moves = Moves(PAGES * one, curve, first, anew, 0 * one, 0 * one, 0 * one, tail * one)
    none = np.full(1, np.inf)
    return move_batch(moves, Shared(none, none, none, np.array([1]), np.zeros(1), np.zeros(1), stop))


def limit(limit_s: float, *, passes: float = 5, late_s: float = 0.0) -> DowntimeLimit:
    return DowntimeLimit(limit_s=np.array([limit_s]), passes=np.array([passes]), late_s=np.array([late_s]))


@given(tail=st.floats(0.01, 1.0), late=st.floats(0, 0.5))
def test_a_quiet_guest_is_dark_for_what_is_really_left_of_its_first_pass(tail: float, late: float) -> None:
    # Memory that the platform counts as left is partly zero pages, and those take no time.
    batch = moved(limit(2.0, late_s=late), tail)
    assert batch.blackout_s[0, 0] == pytest.approx(max(2.0 * tail - late, 0.0), abs=1e-9)
    assert batch.total_s[0] == pytest.approx(PAGES / RATE)


@given(tail=st.floats(0.01, 1.0), late=st.sampled_from([0.0, 0.02]))
def test_later_passes_have_no_tail(tail: float, late: float) -> None:
    # All that was sent is dirty again at every look: what a later pass has left does not depend on the first.
    full, partly = (moved(limit(2.0, late_s=late), share, writes=1e9) for share in (1.0, tail))
    assert not partly.converged[0, 0]
    assert partly.passes[0, 0] == full.passes[0, 0] == 5
    assert partly.blackout_s[0, 0] == pytest.approx(full.blackout_s[0, 0])
    # The first look comes as much later as there is less to wait for.
    looks = [max(2.0 * share - late, 0.0) for share in (1.0, tail)]
    assert partly.total_s[0] - full.total_s[0] == pytest.approx(looks[0] - looks[1], abs=1e-9)


@given(tail=st.floats(0.01, 1.0), writes=st.floats(0, 500))
def test_a_platform_that_sends_every_pass_to_its_end_has_no_tail(tail: float, writes: float) -> None:
    rule = PassLimit(passes=np.array([4.0]), small_dirty_bytes=np.array([10.0]))
    full, partly = (moved(rule, share, writes) for share in (1.0, tail))
    assert (partly.total_s[0], partly.blackout_s[0, 0]) == (full.total_s[0], full.blackout_s[0, 0])


# ------------------------------------------------------------------ bytes on the wire


@given(first=st.floats(0.01, 1.0), anew=st.floats(0.01, 1.0), writes=st.floats(0, 500))
def test_what_is_written_anew_compresses_by_its_own_ratio(first: float, anew: float, writes: float) -> None:
    batch = moved(PassLimit(passes=np.array([3.0]), small_dirty_bytes=np.array([10.0])), 1.0, writes, (first, anew))
    sent = batch.sent_bytes[0, 0]
    assert sent >= PAGES
    assert batch.wire_bytes[0, 0] == pytest.approx(PAGES * first + (sent - PAGES) * anew)


def test_a_guests_two_ratios_reach_its_passes() -> None:
    way, ratios = multifd(8, "zstd"), {"compression_ratio": 4, "rewritten_compression_ratio": 1.25}
    whole, _ = walked(way, ratios, gbps=SLOW_GBPS)
    # It writes nothing: only what was left at the look is sent as what is written anew is.
    left = float(whole.blackout_s[0, 0]) * float(walked(way, gbps=SLOW_GBPS)[1].link[0]) * 1.25
    assert left > 1e6
    assert whole.wire_bytes[0, 0] == pytest.approx((MEMORY - left) / 4 + left / 1.25)
    plain, _ = walked(multifd(8), ratios, gbps=SLOW_GBPS)
    assert plain.wire_bytes[0, 0] == plain.sent_bytes[0, 0]


def test_memory_written_anew_has_its_own_work() -> None:
    # Two threads hold the move back: its last bytes, sent as they are written, take as long as they are hard.
    easy, hard = (
        walked(
            multifd(2, "zstd"), {"repeating_share": 1.0, "rewritten_repeating_share": share}, compression_hardness=3.0
        )[0]
        for share in (1.0, 0.0)
    )
    assert hard.blackout_s[0, 0] == pytest.approx(4 * easy.blackout_s[0, 0])
    gained = hard.blackout_s[0, 0] - easy.blackout_s[0, 0]
    assert hard.total_s[0] - easy.total_s[0] == pytest.approx(gained)


def test_hyper_v_sends_zero_pages_and_has_no_tail_no_scan() -> None:
    platform = get_platform("hyperv")
    host = {"os": "2022", "cores": 16, "cpu_busy": 0.0, "nics": [{"speed_gbps": 10}]}
    times = []
    for gib in (2, 16):
        vm = {"name": "vm", "memory_gib": 16, "nonzero_gib": gib, "dirty_rate_mib_s": 0}
        scenario = Scenario.model_validate({"source": host, "vms": [vm]})
        problem = prepare_today(scenario, Transport.TCPIP, measured=True)
        lane = Lane(problem.cases[0][0], 1.0, Variants(()), platform.constants, list(problem.traits))
        (walk,) = walk_lanes(platform, [lane])
        times.append(float(walk.batch.total_s[0]))
    assert times[0] == times[1]
