"""QEMU: what is in force, what is offered, and that it speaks Linux."""

from __future__ import annotations

import re

import pytest

from advisor.domain.hosts import QEMU, Balancing
from advisor.domain.options import Tier, Transport
from advisor.domain.vms import Vm
from advisor.platforms import get_platform, qemu_changes
from tests.paths.pairs import Fields, host, pair

PLATFORM = get_platform("qemu")
NIC: Fields = {"speed_gbps": 10}
TWO: Fields = {"speed_gbps": 10, "count": 2}
ROCE: Fields = {"speed_gbps": 25, "rdma": "roce"}
BUSY = Vm(memory_gib=16, dirty_rate_mib_s=5000, working_set_gib=8)
CALM = Vm(memory_gib=16, dirty_rate_mib_s=50, working_set_gib=8)


def linux(*nics: Fields, os: str = "10.0", **fields: object) -> Fields:
    return host(*(nics or (TWO,)), os=os, **fields)


def bond(balancing: str) -> Fields:
    return {"team": {"kind": "bond", "mode": "lacp", "balancing": balancing}}


@pytest.mark.parametrize(
    ("option", "transport", "compressor", "streams"),
    [
        (None, Transport.TCPIP, "none", 1),
        ("tcp", Transport.TCPIP, "none", 1),
        ("multifd off", Transport.TCPIP, "none", 1),
        ("multifd", Transport.MULTICHANNEL, "none", 2),
        ("multifd x8", Transport.MULTICHANNEL, "none", 8),
        ("multifd, 6 channels", Transport.MULTICHANNEL, "none", 6),
        ("multifd-zstd", Transport.COMPRESSION, "zstd", 2),
        ("Multifd zstd x16", Transport.COMPRESSION, "zstd", 16),
        ("multifd, 4 channels, zlib", Transport.COMPRESSION, "zlib", 4),
        ("multifd x99999", Transport.MULTICHANNEL, "none", 2),
        ("rdma", Transport.RDMA, "none", None),
        ("rdma: URI", Transport.RDMA, "none", None),
    ],
)
def test_today_reads_what_is_set(option, transport, compressor, streams):
    way = PLATFORM.today(pair(linux(performance_option=option)))
    assert (way.transport, way.compressor, way.streams) == (transport, compressor, streams)


@pytest.mark.parametrize("way", PLATFORM.ways, ids=lambda way: way.name)
def test_every_way_is_known_again_by_its_name_and_by_what_sets_it(way):
    for text in (way.name, way.set_by):
        assert PLATFORM.today(pair(linux(performance_option=text))) == way


@pytest.mark.parametrize(("cores", "busy", "most"), [(64, 0.0, 16), (16, 0.4, 8), (8, 0.5, 4), (1, 0.0, 4)])
def test_channels_are_offered_where_cores_are_idle(cores, busy, most):
    hosts = pair(linux(cores=cores, cpu_busy=busy))
    offered = [way.streams for way in PLATFORM.ways if PLATFORM.suits(way, hosts) and way.streams is not None]
    assert max(offered) == most


def codes(fields: Fields, transport: Transport, tier: Tier) -> list[str] | None:
    made = PLATFORM.offer(pair(fields), transport, tier)
    return None if made is None else [change.code for change in made.changes]


@pytest.mark.parametrize(
    ("fields", "transport", "tier", "offered"),
    [
        (linux(), Transport.TCPIP, Tier.SETTINGS, []),
        (linux(move_cap_mib_s=128), Transport.TCPIP, Tier.SETTINGS, ["max-bandwidth"]),
        (linux(move_cap_mib_s=128), Transport.RDMA, Tier.SETTINGS, ["max-bandwidth"]),
        (linux(move_cap_mib_s=0), Transport.TCPIP, Tier.SETTINGS, []),
        (linux(move_cap_mib_s=100_000), Transport.TCPIP, Tier.SETTINGS, []),
        (linux(), Transport.TCPIP, Tier.TUNING, ["MPTCP", "jumbo"]),
        (linux(), Transport.MULTICHANNEL, Tier.TUNING, ["MPTCP", "jumbo"]),
        (linux(os="6.0"), Transport.TCPIP, Tier.TUNING, ["jumbo"]),
        (linux(os="6.0"), Transport.COMPRESSION, Tier.TUNING, ["bond layer3+4", "jumbo"]),
        (linux(**bond("mac_addresses")), Transport.MULTICHANNEL, Tier.TUNING, ["bond layer3+4", "jumbo"]),
        (linux(**bond("mac_addresses")), Transport.TCPIP, Tier.TUNING, ["MPTCP", "jumbo"]),
        (linux(**bond("transport_ports")), Transport.MULTICHANNEL, Tier.TUNING, ["jumbo"]),
        (linux(**bond("multipath")), Transport.TCPIP, Tier.TUNING, ["jumbo"]),
        (linux({**NIC, "mtu_bytes": 9000}), Transport.TCPIP, Tier.TUNING, None),
        (linux({**NIC, "mtu_bytes": 9000}), Transport.TCPIP, Tier.HARDWARE, ["2nd NIC", "MPTCP"]),
        (linux(), Transport.TCPIP, Tier.HARDWARE, None),
        (linux(), Transport.RDMA, Tier.TUNING, None),
        (linux(ROCE), Transport.RDMA, Tier.TUNING, ["DCB", "jumbo"]),
        (linux({**ROCE, "rdma_enabled": False}), Transport.RDMA, Tier.TUNING, ["RDMA on", "DCB", "jumbo"]),
        (linux(ROCE), Transport.RDMA, Tier.HARDWARE, None),
    ],
)
def test_what_is_offered(fields, transport, tier, offered):
    assert codes(fields, transport, tier) == offered


def test_unequal_nics_are_not_put_together():
    assert codes(linux(NIC, {"speed_gbps": 1}), Transport.MULTICHANNEL, Tier.TUNING) == ["jumbo"]


def test_what_is_offered_is_the_pair_as_it_would_be():
    made = PLATFORM.offer(pair(linux(move_cap_mib_s=128)), Transport.TCPIP, Tier.TUNING)
    assert made is not None
    for end in made.pair.ends:
        assert end.team is not None
        assert (end.team.balancing, end.move_cap_mib_s) == (Balancing.MULTIPATH, 0)
        assert {nic.mtu_bytes for nic in end.migration_nics} == {9000}


@pytest.mark.parametrize(
    ("fields", "vms", "switchover", "needed"),
    [
        (linux(NIC), (CALM,), {}, False),
        (linux(NIC), (CALM, BUSY), {}, True),
        (linux({"speed_gbps": 100}), (BUSY,), {}, False),
        (linux(NIC), (BUSY,), {"auto_converge": True}, False),
        (linux(NIC), (BUSY,), {"max_passes": 5}, False),
        # so long a pause that all it keeps rewriting fits into it
        (linux(NIC), (BUSY,), {"blackout_limit_ms": 20_000}, False),
        (linux({"speed_gbps": 1}), (Vm(memory_gib=16, workload="database_oltp"),), {}, True),
    ],
)
def test_auto_converge_is_offered_to_vms_that_dirty_more_than_half_of_what_is_sent(fields, vms, switchover, needed):
    made = PLATFORM.rescue(pair(fields, switchover=switchover), vms)
    assert (made is not None) is needed
    if made is not None:
        assert [change.code for change in made.changes] == ["auto-converge"]
        assert made.pair.switchover.auto_converge


def test_a_change_with_nothing_to_do_changes_nothing():
    done = pair(linux(**bond("multipath")), switchover={"auto_converge": True})
    for improve in (
        qemu_changes.max_bandwidth_raised,
        qemu_changes.auto_converge,
        qemu_changes.bonded_by_ports,
        qemu_changes.multipath,
    ):
        assert improve(done).changes == ()
        assert improve(done).pair == done


def test_limits_that_nobody_gave_are_named():
    assert [one.what for one in PLATFORM.assumes(pair(linux()))] == ["downtime limit", "max-bandwidth"]
    given = pair(linux(move_cap_mib_s=0), switchover={"blackout_limit_ms": 100})
    assert PLATFORM.assumes(given) == ()


def test_nothing_that_is_offered_speaks_of_windows():
    texts = [way.command for way in PLATFORM.ways]
    for transport in PLATFORM.transports:
        for tier in Tier:
            for fields in (linux(), linux({**ROCE, "rdma_enabled": False}), linux(NIC, move_cap_mib_s=32)):
                made = PLATFORM.offer(pair(fields), transport, tier)
                texts += [f"{c.what} {c.current} {c.recommended}" for c in made.changes] if made is not None else []
    assert len(texts) > 20
    windows = re.compile(r"windows|smb|powershell|\*Jumbo|Get-|Set-|Enable-", re.IGNORECASE)
    assert not [text for text in texts if windows.search(text)]


def test_a_switchover_is_endless_without_a_pass_limit():
    assert PLATFORM.is_endless(pair(linux()).switchover)
    assert not PLATFORM.is_endless(pair(linux(), switchover={"max_passes": 3}).switchover)
    assert not get_platform("hyperv").is_endless(pair(linux()).switchover)


def test_every_release_is_listed_in_order():
    numbers = [tuple(map(int, os.value.split("."))) for os in QEMU]
    assert numbers == sorted(numbers)
