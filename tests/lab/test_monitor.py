"""A monitor that is silent, rude or gone, and dirty curves from QEMUs of every kind: against a QEMU made of sockets."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from advisor.cli.measuring import monitor_address
from advisor.domain.plan import LabMove
from advisor.errors import LabError
from advisor.lab import monitor as monitors
from advisor.lab.dirty_curve import bounds_mib, measure_dirty_curve, periods, rising_mib, times, whole_seconds
from advisor.lab.monitor import Monitor
from advisor.lab.move import address, prepare

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pairs of sockets that asyncio takes are a Unix thing")

WORKING_SET_MIB = 100.0


class FakeQemu:
    """Answers as a QEMU of a version does whose VM dirties its working set at once."""

    def __init__(self, version=(10, 0), *, kvm=False, ring=False, running=True, silent=(), dirty_mib=WORKING_SET_MIB):
        self.version, self.kvm, self.ring, self.running = version, kvm, ring, running
        self.silent, self.dirty_mib = silent, dirty_mib
        self.capabilities = ["events", "multifd", "auto-converge", "xbzrle"]
        self.asked, self.last = [], {}

    def answer(self, command, arguments):
        self.asked.append((command, arguments))
        plain = {
            "qmp_capabilities": {},
            "query-version": {"qemu": {"major": self.version[0], "minor": self.version[1], "micro": 0}, "package": ""},
            "query-status": {"running": self.running, "status": "running"},
            "query-kvm": {"enabled": self.kvm, "present": True},
            "query-memory-size-summary": {"base-memory": 2**30},
            "query-migrate-capabilities": [{"capability": name, "state": False} for name in self.capabilities],
            "migrate-set-capabilities": {},
            "migrate-set-parameters": {},
            "migrate-incoming": {},
        }
        if command in plain:
            return {"return": plain[command]}
        if command == "calc-dirty-rate":
            return self.begin(arguments)
        if command == "query-dirty-rate":
            if "calc-time-unit" in arguments and self.version < (8, 2):
                return error("Parameter 'calc-time-unit' is unexpected")
            unit = 1e3 if arguments.get("calc-time-unit") == "millisecond" else 1
            seconds = self.last["seconds"]
            rate = int(int(self.dirty_mib) / seconds)
            return {"return": {"status": "measured", "dirty-rate": rate, "calc-time": int(seconds * unit)}}
        return error(f"The command {command} has not been found")

    def begin(self, arguments):
        if "calc-time-unit" in arguments and self.version < (8, 2):
            return error("Parameter 'calc-time-unit' is unexpected")
        mode = arguments["mode"]
        if (mode == "dirty-ring") != self.ring and mode != "page-sampling":
            return error(f"mode {mode} is not enabled, use other method instead.")
        if mode != "page-sampling" and "sample-pages" in arguments:
            return error("sample-pages is used only in page-sampling mode")
        divisor = 1e3 if arguments.get("calc-time-unit") == "millisecond" else 1
        self.last = {"seconds": arguments["calc-time"] / divisor, "mode": mode}
        return {"return": {}}

    async def serve(self, end):
        reader, writer = await asyncio.open_connection(sock=end)
        version = {"qemu": {"major": self.version[0], "minor": self.version[1], "micro": 0}, "package": ""}
        writer.write(json.dumps({"QMP": {"version": version, "capabilities": []}}).encode() + b"\r\n")
        try:
            while text := await reader.read(2**16):  # a client waits for each answer, and ends no line
                asked = json.loads(text)
                if asked["execute"] == "quit":
                    return
                if asked["execute"] not in self.silent:
                    answer = self.answer(asked["execute"], asked.get("arguments", {}))
                    writer.write(
                        json.dumps(answer | {key: asked[key] for key in ("id",) if key in asked}).encode() + b"\r\n"
                    )
        finally:
            writer.close()


def error(text):
    return {"error": {"class": "GenericError", "desc": text}}


@asynccontextmanager
async def talking_to(qemu):
    own, its = socket.socketpair()
    server = asyncio.create_task(qemu.serve(its))
    monitor = await Monitor.open(own, "fake")
    try:
        yield monitor
    finally:
        await monitor.close()
        await server


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch):
    """Periods are waited for in no time; a silent monitor is given up at once."""
    wait = asyncio.sleep
    monkeypatch.setattr("advisor.lab.dirty_curve.asyncio.sleep", lambda seconds: wait(0))
    monkeypatch.setattr(monitors, "_ANSWER_S", 0.3)


def ask(qemu, *commands):
    async def work():
        async with talking_to(qemu) as monitor:
            return [await monitor.ask(command) for command in commands]

    return asyncio.run(work())


# ------------------------------------------------------------------ the monitor


def test_a_command_is_answered():
    assert ask(FakeQemu(), "query-kvm") == [{"enabled": False, "present": True}]


def test_a_refusal_is_told_in_qemus_words():
    with pytest.raises(LabError, match=r"QEMU refused dance \(got The command dance has not been found\)"):
        ask(FakeQemu(), "dance")


def test_a_silent_monitor_is_not_waited_for_without_end():
    with pytest.raises(LabError, match=r"does not answer \(got query-kvm\)"):
        ask(FakeQemu(silent={"query-kvm"}), "query-kvm")


def test_a_monitor_that_never_greets():
    async def work():
        own, its = socket.socketpair()
        with its:
            await Monitor.open(own, "mute", seconds=0.1)

    with pytest.raises(LabError, match="mute: QEMU's monitor does not answer"):
        asyncio.run(work())


def test_what_is_no_monitor():
    async def work():
        own, its = socket.socketpair()
        its.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        with its:
            await Monitor.open(own, "ssh")

    with pytest.raises(LabError, match="ssh: QEMU's monitor cannot be reached"):
        asyncio.run(work())


@pytest.mark.filterwarnings("error")
def test_a_qemu_that_ends_makes_no_noise(capfd, caplog):
    async def work():
        async with talking_to(FakeQemu()) as monitor:
            with pytest.raises(LabError, match="QEMU refused quit"):
                await monitor.ask("quit")
            with pytest.raises(LabError, match="QEMU refused query-kvm"):
                await monitor.ask("query-kvm")

    asyncio.run(work(), debug=True)
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if "never retrieved" in record.message]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("unix:/run/vm.sock", "/run/vm.sock"),
        ("unix:/run/vm.sock,server=on,wait=off", "/run/vm.sock"),
        ("tcp:localhost:4444", ("localhost", 4444)),
        ("tcp:[::1]:4444,server=on", ("::1", 4444)),
    ],
)
def test_addresses_are_written_as_for_qemu(text, where):
    assert monitor_address(text) == where


@pytest.mark.parametrize("text", ["", "/run/vm.sock", "unix:", "tcp:4444", "tcp:host:", "tcp:host:0", "tcp:host:99999"])
def test_what_is_no_address(text):
    with pytest.raises(LabError, match=r"unix:PATH or tcp:HOST:PORT"):
        monitor_address(text)


# ------------------------------------------------------------------ setting a move up


def prepared(qemu, move):
    """What is asked of both ends of a move."""

    async def work():
        async with talking_to(qemu) as monitor:
            end = SimpleNamespace(monitor=monitor)
            await prepare(end, end, LabMove.model_validate(move), address("10.0.0.2", 4444, multipath=False))

    asyncio.run(work())
    return dict(qemu.asked)


def test_only_capabilities_that_this_qemu_has_are_set_and_each_of_them():
    asked = prepared(FakeQemu(), {"transport": "multichannel", "streams": 4})
    states = {one["capability"]: one["state"] for one in asked["migrate-set-capabilities"]["capabilities"]}
    assert states == {"events": True, "multifd": True, "auto-converge": False, "xbzrle": False}
    assert asked["migrate-set-parameters"]["multifd-channels"] == 4
    assert asked["migrate-set-parameters"]["multifd-compression"] == "none"


def test_a_capability_the_move_needs_must_be_there():
    qemu = FakeQemu()
    qemu.capabilities.remove("multifd")
    assert "migrate-incoming" in prepared(qemu, {"transport": "tcpip"})
    with pytest.raises(LabError, match=r"lacks a migration capability \(got multifd\)"):
        prepared(qemu, {"transport": "multichannel"})


# ------------------------------------------------------------------ dirty curves


def curve_of(qemu, longest_s=4.0, mode=None):
    async def work():
        async with talking_to(qemu) as monitor:
            return await measure_dirty_curve(monitor, longest_s, mode)

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("kvm", "ring", "mode"),
    [(False, False, "page-sampling"), (True, False, "dirty-bitmap"), (True, True, "page-sampling")],
)
def test_the_mode_that_counts_right_is_taken(kvm, ring, mode):
    curve = curve_of(FakeQemu(kvm=kvm, ring=ring))
    assert curve.mode == mode
    assert mode in curve.notes[0]
    assert [point.dirty_mib for point in curve.points] == pytest.approx([WORKING_SET_MIB] * 6, rel=0.02)


def test_a_mode_that_was_asked_for_is_not_replaced():
    assert curve_of(FakeQemu(kvm=True, ring=True), mode="dirty-ring").mode == "dirty-ring"
    with pytest.raises(LabError, match="dirty-bitmap is not enabled"):
        curve_of(FakeQemu(kvm=True, ring=True), mode="dirty-bitmap")


@pytest.mark.parametrize(("version", "first_s"), [((6, 2), 1.0), ((8, 1), 1.0), ((8, 2), 0.125), ((10, 0), 0.125)])
def test_milliseconds_are_asked_for_where_qemu_knows_them(version, first_s):
    assert curve_of(FakeQemu(version)).points[0].seconds == first_s


def test_a_qemu_without_modes_is_too_old():
    with pytest.raises(LabError, match=r"too old \(got 6.1\); allowed: 6.2 or newer"):
        curve_of(FakeQemu((6, 1)))


def test_a_vm_that_stands_still_is_not_measured():
    with pytest.raises(LabError, match="the VM does not run"):
        curve_of(FakeQemu(running=False))


def test_what_rounding_hides_is_left_out_and_told():
    curve = curve_of(FakeQemu(dirty_mib=3.0), longest_s=60.0)
    assert curve.points[-1].seconds == 1.0
    assert "left out, for QEMU rounds to whole MiB/s: 2 s, 4 s" in curve.notes[-1]


def test_a_curve_can_stand_in_a_scenario():
    from advisor.domain.vms import Vm

    assert Vm(memory_gib=1, dirty_curve=curve_of(FakeQemu()).points).dirty_curve


@pytest.mark.parametrize(("longest_s", "fine"), [(0.1, True), (60.5, True), (0.5, False)])
def test_periods_qemu_does_not_take(longest_s, fine):
    with pytest.raises(LabError, match="QEMU takes no such period"):
        periods(longest_s, fine)


def test_periods_end_with_the_longest():
    assert periods(60.0, True)[-2:] == [32.0, 60.0]
    assert periods(0.125, True) == [0.125]
    assert periods(2.5, False) == [1.0, 2.0]


def test_short_periods_are_measured_again():
    assert [times(period) for period in (0.125, 0.5, 1.0, 4.0, 60.0)] == [8, 8, 4, 1, 1]
    assert whole_seconds(1.0) == pytest.approx(1 + 2 + 4 + 4)


@pytest.mark.parametrize("dirty", [0.0, 0.4, 7.3, 99.9])
@pytest.mark.parametrize("seconds", [0.125, 1.0, 8.0])
def test_the_truth_lies_within_what_a_rounded_rate_may_stand_for(dirty, seconds):
    low, high = bounds_mib(int(dirty / seconds), seconds)
    assert low <= dirty < high


def test_a_curve_is_made_to_rise_with_its_mean_unchanged():
    values = [1.0, 3.0, 2.0, 2.0, 5.0, 4.0]
    rising = rising_mib(values)
    assert rising == sorted(rising)
    assert sum(rising) == pytest.approx(sum(values))


def test_a_bitmap_that_counts_nothing_under_emulation_is_refused():
    with pytest.raises(LabError, match="without KVM"):
        curve_of(FakeQemu(kvm=False), mode="dirty-bitmap")
