"""What a plan asks for, how long that takes, and the guest and links it is asked of."""

from __future__ import annotations

import hashlib
import json

import pytest

from advisor.domain.options import Transport
from advisor.domain.plan import LabPlan, LabStudy, LabVm
from advisor.domain.runs import RUN_COLUMNS
from advisor.lab import speed
from advisor.lab.design import draw_plan
from advisor.lab.expect import outlook, turn_seconds
from advisor.lab.guest import Count, dirty_rate_mib_s
from advisor.lab.image import archive, kernel_orders
from advisor.lab.links import links_used
from advisor.lab.load import shares
from advisor.lab.machine import Machine
from advisor.lab.move import Moved, PassSeen, address
from advisor.lab.records import LAB_COLUMNS, PASS_COLUMNS
from advisor.lab.rows import asked, failed_rows, row
from advisor.lab.speed import core_speed
from advisor.lab.turns import Turn, runs_in, turns
from advisor.lab.watch import MachineTime, Seen
from tests.lab.conftest import REAL_PLAN

MACHINE = Machine("qemu", "10.0", "tcg", None, "gcc", 2, 0.8)
SEEN = Seen(2.0, (100_000_000, 1_000_000), 0.1, 0.02)


def study(**more):
    return LabStudy.model_validate({"name": "s", "moves": [{}], **more})


# ------------------------------------------------------------------ plans


def test_the_drawn_plan_of_the_data_set_stays_what_it_is():
    """Runs of it stand in files that are taken up again."""
    plan = json.dumps(draw_plan(60, 1).model_dump(mode="json"), sort_keys=True)
    assert hashlib.sha256(plan.encode()).hexdigest() == (
        "195ce958d9d0809670d28f881331aea975100ce2462a780b28cc19f16f034388"
    )


def test_a_drawn_plan_covers_what_the_lab_varies():
    plan = draw_plan(60, 1)
    studies = plan.studies
    assert {one.simultaneous for one in studies} == {1, 2, 3, 4}
    assert {one.links.teaming for one in studies} == {"none", "address_hash", "multipath"}
    assert {one.links.mtu_bytes for one in studies} == {1500, 9000}
    assert {one.vm.dirty_pattern for one in studies} == {"uniform", "sequential", "hot_cold"}
    moves = [move for one in studies for move in one.moves]
    assert {move.transport for move in moves} == {Transport.TCPIP, Transport.MULTICHANNEL, Transport.COMPRESSION}
    assert {move.compressor for move in moves} == {"none", "zlib", "zstd"}
    assert any(one.busy_source_cores for one in studies)
    assert any(one.background_gbps for one in studies)


def test_another_seed_draws_another_plan():
    assert draw_plan(3, 1) != draw_plan(3, 2)


def test_repeats_are_spread_over_the_studys_time():
    plan = LabPlan.model_validate({"repeats": 2, "studies": [{"name": "a", "moves": [{}, {"max_passes": 3}]}]})
    assert [(turn.cell, turn.repeat) for turn in turns(plan)[0]] == [(0, 1), (1, 1), (0, 2), (1, 2)]


def test_a_turn_is_done_when_all_its_guests_are():
    names = {"two-at-once-0-1-0"}
    left = [turn.batch_id for own in turns(REAL_PLAN, names) for turn in own]
    assert "two-at-once-0-1" in left
    assert "two-at-once" not in {own[0].study.name for own in turns(REAL_PLAN, names | {"two-at-once-0-1-1"})}


def test_how_many_runs_and_about_how_long():
    told = outlook(REAL_PLAN)
    assert (told.runs, len(told.studies)) == (5, 2)
    assert told.runs == runs_in(turns(REAL_PLAN))
    assert 10 < told.seconds < 60
    assert outlook(REAL_PLAN, done={"alone-0-1"}).seconds < told.seconds


def test_slow_links_and_many_guests_take_longer():
    quick = turn_seconds(Turn(study(), 0, 1))
    assert turn_seconds(Turn(study(links={"gbps": 0.1}), 0, 1)) > quick + 4
    assert turn_seconds(Turn(study(simultaneous=4), 0, 1)) > quick + 1


def test_a_guest_that_dirties_faster_than_the_link_is_not_waited_for_without_end():
    vm = {"memory_mib": 512, "fill_mib": 256, "working_set_mib": 256, "dirty_rate_mib_s": 5000}
    assert turn_seconds(Turn(study(vm=vm), 0, 1)) < 1000


# ------------------------------------------------------------------ guest and links


def entries(whole):
    """(name, mode, content, device) of an archive, read as the kernel reads it."""
    at, found = 0, []
    while at < len(whole):
        assert whole[at : at + 6] == b"070701"
        fields = [int(whole[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        size, name_size = fields[6], fields[11]
        name = whole[at + 110 : at + 110 + name_size - 1].decode()
        start = at + (110 + name_size + 3) // 4 * 4
        found.append((name, fields[1], whole[start : start + size], (fields[9], fields[10])))
        at = start + (size + 3) // 4 * 4
    return found


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 1000])
def test_the_image_holds_the_program_and_a_console(size):
    program = bytes(range(256)) * 4
    found = entries(archive(program[:size]))
    assert found == [
        ("dev", 0o40755, b"", (0, 0)),
        ("dev/console", 0o20600, b"", (5, 1)),
        ("init", 0o100755, program[:size], (0, 0)),
        ("TRAILER!!!", 0, b"", (0, 0)),
    ]


def test_orders_say_what_the_plan_asks():
    vm = LabVm(fill_mib=64, incompressible=0.25, dirty_rate_mib_s=12.5, working_set_mib=1.5, dirty_pattern="hot_cold")
    orders = dict(word.split("=", 1) for word in kernel_orders(vm, seed=3).split() if word.startswith("lab."))
    assert orders == {
        "lab.fill_kib": "65536",
        "lab.incompressible": "250",
        "lab.writes": "3200",
        "lab.set_kib": "1536",
        "lab.pattern": "2",
        "lab.seed": "3",
    }


@pytest.mark.parametrize(
    ("sent", "background", "used"),
    [
        ((100,), 0, 1),
        ((100, 4), 0, 1),
        ((100, 6), 0, 2),
        ((100, 100, 0), 0, 2),
        ((0, 0), 0, 1),
        ((1500, 500), 500, 1),
        ((1500, 700), 500, 2),
        ((400, 400), 500, 1),
    ],
)
def test_links_that_only_carry_other_traffic_were_not_used(sent, background, used):
    assert links_used(sent, background) == used


@pytest.mark.parametrize(("cores", "parts"), [(0, []), (0.5, [0.5]), (1.0, [1.0]), (2.25, [1.0, 1.0, 0.25])])
def test_busy_cores_are_whole_ones_and_the_rest(cores, parts):
    assert shares(cores) == parts


def test_only_multipath_streams_ask_for_it():
    assert "mptcp" not in address("10.0.0.1", 1, multipath=False)["addr"]
    assert address("10.0.0.1", 1, multipath=True)["addr"]["mptcp"] is True


@pytest.mark.parametrize(
    ("counts", "rate"),
    [([], None), ([Count(1, 5)], None), ([Count(1, 5), Count(1, 9)], None), ([Count(1, 0), Count(3, 1024)], 2.0)],
)
def test_a_rate_needs_two_counts_and_time_between(counts, rate):
    assert dirty_rate_mib_s(counts) == rate


def test_stolen_time_is_neither_busy_nor_idle():
    early = MachineTime.read("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1\n")
    late = MachineTime.read("cpu  200 0 200 1400 200 0 0 0 0 0\ncpu0 1 1\n")
    robbed = MachineTime.read("cpu  200 0 200 1300 200 0 0 100 50 0\ncpu0 1 1\n")
    passed = late - early
    assert passed.busy == pytest.approx(2.0)
    assert passed.stolen_share == 0
    assert (robbed - early).stolen_share == pytest.approx(0.1)
    assert (robbed - early).busy == passed.busy
    assert passed.other_share(passed.busy) == 0
    assert passed.other_share(0) == pytest.approx(0.2)


# ------------------------------------------------------------------ rows


def moved(**more):
    figures = {
        "total_s": 2.0,
        "blackout_ms": 20.0,
        "sent_bytes": 250_000_000,
        "memory_bytes": 2**28,
        "zero_pages": 2**15,
        "syncs": 3,
        "source_cpu_s": 0.5,
        "destination_cpu_s": 0.4,
        "passes": [PassSeen(1, 0.123456789, 10, 20, 3, 4, 0)],
    }
    return Moved(**(figures | more))


def test_a_row_has_the_columns_that_are_written_and_says_what_was_achieved():
    turn = Turn(study(links={"count": 2, "gbps": 1, "teaming": "address_hash"}), 0, 1)
    made = row(turn, 0, MACHINE, moved(), SEEN, 250e6, (4.9, 5.1))
    assert set(made.run) <= {*RUN_COLUMNS, *LAB_COLUMNS}
    assert all(set(one) == set(PASS_COLUMNS) for one in made.passes)
    assert made.run["throughput_gbps"] == 1.0
    assert made.run["vm_nonzero_gib"] == 0.125
    assert (made.run["links_used"], made.run["stolen_share"]) == (1, 0.02)
    assert (made.run["outcome"], made.run["total_s"]) == ("converged", 2.0)
    assert (made.run["dirty_rate_before_mib_s"], made.run["dirty_rate_during_mib_s"]) == (4.9, 5.1)


def test_background_traffic_is_no_use_of_a_link():
    links = {"count": 2, "gbps": 1, "teaming": "address_hash"}
    turn = Turn(study(links=links, background_gbps=0.1), 0, 1)
    carried = Seen(2.0, (112_500_000, 12_500_000), 0.0, 0.0)  # 0.05 Gbit/s on each for 2 s is 12.5 MB
    made = row(turn, 0, MACHINE, moved(), carried, 96_500_000, (None, None)).run
    assert made["links_used"] == 1
    # What is left of 125 MB when 96.5 MB and their headers are taken away, in 2 s.
    assert made["background_found_gbps"] == pytest.approx((125e6 - 96.5e6 * 1514 / 1448) / 2 * 8e-9, rel=1e-4)


def test_where_no_other_traffic_was_asked_for_none_is_told():
    assert row(Turn(study(), 0, 1), 0, MACHINE, moved(), SEEN, 0, (None, None)).run["background_found_gbps"] == 0


def test_a_row_says_how_fast_the_machine_is_and_what_the_guest_filled():
    made = row(Turn(study(vm={"fill_mib": 128}), 0, 1), 0, MACHINE, moved(), SEEN, 0, (None, None)).run
    assert (made["core_speed"], made["filled_gib"]) == (MACHINE.core_speed, 0.125)


def test_the_speed_of_a_core_is_its_best_round_against_the_first_labs(monkeypatch):
    taken = iter([0.5, 0.04, 0.02, 0.03, 0.4, 0.05, 0.06, 0.07, 0.08, 0.09])  # two cores, five rounds
    monkeypatch.setattr(speed, "_seconds", lambda pages: next(taken))
    pages = 512 * 4096
    assert core_speed(2) == pytest.approx(pages / 0.02 / speed.REFERENCE_BYTES_S, abs=1e-3)


def test_the_speed_of_a_core_is_really_measured():
    assert 0.05 < core_speed(1) < 20


@pytest.mark.parametrize(
    ("more", "outcome"),
    [({}, "converged"), ({"forced": True}, "forced"), ({"trouble": "no\nmore"}, "failed")],
)
def test_how_a_move_ended(more, outcome):
    made = row(Turn(study(), 0, 1), 0, MACHINE, moved(**more), SEEN, 0, (None, None)).run
    assert made["outcome"] == outcome
    assert "\n" not in made["trouble"]


def test_a_turn_that_came_to_nothing_has_a_row_for_each_guest():
    made = [one.run for one in failed_rows(Turn(study(simultaneous=2), 0, 1), MACHINE, "the kernel\nrefused")]
    assert [one["run_id"] for one in made] == ["s-0-1-0", "s-0-1-1"]
    assert {(one["outcome"], one["trouble"]) for one in made} == {("failed", "the kernel refused")}
    assert set(made[0]) <= {*RUN_COLUMNS, *LAB_COLUMNS}


def test_what_is_asked_are_columns_of_a_run():
    assert set(asked(Turn(study(), 0, 1), 0)) <= {*RUN_COLUMNS, *LAB_COLUMNS}
