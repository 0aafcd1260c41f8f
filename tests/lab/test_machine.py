"""What a machine lacks is told in words, all at once, with the command that brings it."""

from __future__ import annotations

import asyncio

import pytest

from advisor.domain.plan import LabPlan
from advisor.errors import LabError, Problem
from advisor.lab import machine, probe, rights

PLAIN = LabPlan.model_validate({"studies": [{"name": "a", "moves": [{}]}]})
MULTIPATH = LabPlan.model_validate(
    {"studies": [{"name": "a", "links": {"count": 2, "teaming": "multipath"}, "moves": [{}]}]}
)
EVERYTHING = {"qemu-system-x86_64", "gcc", "ip", "tc", "unshare", "nsenter", "setpriv"}


@pytest.fixture
def has(monkeypatch, tmp_path):
    """A Linux machine that has everything but what is taken from it."""

    def machine_with(programs=EVERYTHING, version="10.0", libc="/usr/lib/libc.a", kernel=True, tried="", lacks=()):
        image = tmp_path / "vmlinuz"
        image.write_text("", encoding="utf-8")

        def said(command):
            return libc if "-print-file-name=libc.a" in command else f"QEMU emulator version {version}.2 (Debian)"

        monkeypatch.setattr(machine.sys, "platform", "linux")
        monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None)
        monkeypatch.setattr(machine, "_said", said)
        monkeypatch.setattr(machine, "_kernel", lambda: image if kernel else None)
        monkeypatch.setattr(machine, "_tried", lambda script: tried if script.startswith("ip link") else "")
        monkeypatch.setattr(machine, "_lacking_memory", lambda plan: [])
        monkeypatch.setattr(machine, "lacking_rights", lambda: list(lacks))

    return machine_with


def told(plan=PLAIN, accelerator="tcg"):
    return [str(problem) for problem in machine.lacking(plan, accelerator)]


def test_a_machine_that_has_everything(has):
    has()
    assert told() == []
    found = machine.look(PLAIN, "tcg")
    assert (found.qemu, found.version, found.accelerator) == ("/usr/bin/qemu-system-x86_64", "10.0", "tcg")


@pytest.mark.parametrize(
    ("lack", "words", "command"),
    [
        ({"programs": EVERYTHING - {"qemu-system-x86_64"}}, "QEMU is not installed", "qemu-system-x86"),
        ({"programs": EVERYTHING - {"gcc"}}, "no C compiler", "apt-get install gcc libc6-dev"),
        ({"libc": "libc.a"}, "no static C library", "apt-get install libc6-dev"),
        ({"kernel": False}, "no kernel image", "apt-get install linux-image-cloud-amd64"),
        ({"programs": EVERYTHING - {"tc"}}, "a program is missing (got tc)", "apt-get install iproute2"),
        ({"programs": EVERYTHING - {"setpriv"}}, "a program is missing (got setpriv)", "apt-get install util-linux"),
        ({"tried": "Unknown device type"}, "shaped links cannot be set up (got Unknown device", "modprobe -a veth"),
        ({"lacks": [Problem("rights", mend="sudo")]}, "rights", "sudo"),
    ],
)
def test_each_lack_has_its_sentence_and_its_command(has, lack, words, command):
    has(**lack)
    (said,) = told()
    assert words in said
    assert command in said.partition("mend: ")[2]


def test_everything_is_told_at_once(has):
    has(programs=set(), kernel=False)
    with pytest.raises(LabError) as caught:
        machine.look(PLAIN, "tcg")
    assert len(caught.value.problems) == 3 + 5


@pytest.mark.parametrize(
    ("version", "accelerator", "good"),
    [
        ("7.2", "tcg", False),
        ("9.2", "tcg", False),
        ("10.0", "tcg", True),
        ("11.1", "tcg", True),
        ("7.2", "kvm", False),
        ("8.1", "kvm", False),
        ("8.2", "kvm", True),
        ("9.0", "kvm", True),
    ],
)
def test_an_old_qemu_is_refused_with_the_reason(has, version, accelerator, good):
    has(version=version)
    said = told(accelerator=accelerator)
    assert (said == []) == good
    if not good:
        reason = "guests are corrupted" if accelerator == "tcg" else "multipath connections"
        assert reason in said[0]
        assert f"QEMU {version}" in said[0]


@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_only_debian_12_needs_its_backports(has, release, monkeypatch, tmp_path):
    has(programs=EVERYTHING - {"qemu-system-x86_64"})
    os_release = tmp_path / "os-release"
    os_release.write_text(f"VERSION_CODENAME={release}\n", encoding="utf-8")
    monkeypatch.setattr(machine, "Path", lambda name: os_release if name == "/etc/os-release" else tmp_path / "none")
    assert ("-t bookworm-backports" in told()[0]) == (release == "bookworm")


def test_multipath_is_looked_for_where_the_plan_wants_it(has, monkeypatch, tmp_path):
    has()
    monkeypatch.setattr(
        machine, "Path", lambda name: tmp_path / "none" if "mptcp" in str(name) else type(tmp_path)(name)
    )
    assert told(PLAIN) == []
    (said,) = told(MULTIPATH)
    assert "no multipath TCP" in said
    assert "CONFIG_MPTCP" in said


def test_guests_that_do_not_fit_into_memory(monkeypatch, tmp_path):
    table = tmp_path / "meminfo"
    table.write_text("MemTotal: 1000000 kB\nMemAvailable:   204800 kB\n", encoding="ascii")
    monkeypatch.setattr(machine, "Path", lambda name: table)
    (said,) = map(str, machine._lacking_memory(PLAIN))
    assert "200 MiB" in said
    assert "512 MiB" in said


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_another_system_gets_one_sentence(monkeypatch, system):
    monkeypatch.setattr(machine.sys, "platform", system)
    (said,) = told()
    assert said.startswith("migrations are measured on Linux only")


BOTH = "CapEff:\t0000000000201000\nCapAmb:\t0000000000000000\n"


@pytest.mark.parametrize(
    ("status", "user", "mend"),
    [
        ("CapEff:\t00000000a80425fb\n", 0, "--cap-add NET_ADMIN --cap-add SYS_ADMIN"),
        ("CapEff:\t0000000000001000\n", 0, "--cap-add SYS_ADMIN"),
        (BOTH, 0, None),
        (BOTH, 1000, "sudo"),
        (BOTH.replace("CapAmb:\t0000000000000000", "CapAmb:\t0000000000201000"), 1000, None),
        ("", 1000, "sudo"),
    ],
)
def test_rights_that_programs_would_not_inherit_are_missing(monkeypatch, tmp_path, status, user, mend):
    file = tmp_path / "status"
    file.write_text(status, encoding="ascii")
    monkeypatch.setattr(rights, "Path", lambda name: file)
    monkeypatch.setattr(rights.os, "geteuid", lambda: user, raising=False)
    found = rights.lacking_rights()
    assert [mend in problem.mend for problem in found] == ([] if mend is None else [True])


# ------------------------------------------------------------------ KVM


@pytest.fixture
def probed(has, monkeypatch):
    """Which accelerator is taken, and why, where a probe guest says so."""

    def choose(wanted, *, unopened="", boots="", **machine_has):
        async def booted(_):
            return boots

        has(**machine_has)
        monkeypatch.setattr(probe, "unopened", lambda: unopened)
        monkeypatch.setattr(probe, "boots", booted)
        found, why = asyncio.run(probe.choose(PLAIN, wanted))
        return found.accelerator, why

    return choose


def test_kvm_is_taken_where_a_guest_runs_with_it(probed):
    assert probed("auto") == ("kvm", "")
    assert probed("auto", version="8.2") == ("kvm", "")


def test_else_emulation_is_and_why_is_told(probed):
    assert probed("auto", unopened="there is no /dev/kvm") == ("tcg", "there is no /dev/kvm")
    assert probed("auto", boots="the guest stands still") == ("tcg", "the guest stands still")


def test_emulation_that_was_asked_for_needs_no_reason(probed):
    assert probed("tcg") == ("tcg", "")


def test_kvm_that_was_asked_for_is_not_replaced(probed):
    with pytest.raises(LabError, match=r"no guest runs with KVM here \(got the guest stands still\)"):
        probed("kvm", boots="the guest stands still")
    with pytest.raises(LabError, match="too old"):
        probed("kvm", version="7.2")


def test_where_kvm_fails_an_old_qemu_is_too_old(probed):
    with pytest.raises(LabError, match="guests are corrupted"):
        probed("auto", version="9.2", boots="the guest stands still")
