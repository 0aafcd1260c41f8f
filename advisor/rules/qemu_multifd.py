"""QEMU: multifd and its compression (F01 to F08)."""

from __future__ import annotations

import re
from typing import Final

from advisor.domain.hosts import Host, Os
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.platforms import get_platform
from advisor.rules import sources
from advisor.rules.facts import FAST_GBPS, ends_running, keeps_performance_option, moves_at_once, named, slowest_gbps
from advisor.rules.logic import Known, all_of, judge, negate
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import EVERY_QEMU, since, span

WITH_ZERO_COPY: Final = since(Os.QEMU_7_1)
ZERO_PAGES_BY_ONE_THREAD: Final = span(Os.QEMU_5_0, Os.QEMU_8_2)
BEFORE_MULTIFD_POSTCOPY: Final = span(Os.QEMU_5_0, Os.QEMU_10_0)
WITH_OLD_COMPRESSION: Final = span(Os.QEMU_5_0, Os.QEMU_9_0)
WITH_QPL: Final = since(Os.QEMU_9_1)
# Intel CPUs with the In-Memory Analytics Accelerator: the fourth generation of Xeon Scalable and later.
_WITH_IAA: Final = ("sapphire", "emerald", "granite", "sierra")
_KNOWN_WORDS: Final = {"tcp", "multifd", "zstd", "zlib", "none", "rdma", "uri", "off", "x", "channel", "channels"}


def is_multifd(case: Case) -> bool:
    """True where the option is multifd, compressed or not."""
    return case.option.transport in {Transport.MULTICHANNEL, Transport.COMPRESSION}


def _words(host: Host) -> set[str]:
    return set(re.findall(r"[a-z]+", (host.performance_option or "").lower()))


@rule(
    "F01",
    "forbid",
    EVERY_QEMU,
    remedy="Set the same capabilities, multifd-channels and multifd-compression at both ends.",
    source=cite(official=(sources.QEMU_SCHEMA, sources.QEMU_OPTIONS), inferred="channels and headers are paired"),
    platform="qemu",
)
def ends_must_agree(case: Case) -> Answer:
    """Both ends need the same way of migrating: channels, compression, multifd or not."""
    if not keeps_performance_option(case):
        return DOES_NOT
    platform = get_platform(case.platform)
    source, destination = case.pair.ends
    options = [source.performance_option, destination.performance_option]
    if options == [None, None]:
        return DOES_NOT
    own, other = (
        platform.today(case.pair.model_copy(update={"source": host, "destination": host})).set_by
        for host in case.pair.ends
    )
    silent, told = (destination, own) if options[1] is None else (source, other)
    return judge(
        None if None in options else own != other,
        f"{source.name} is set to {own}, {destination.name} to {other}: the destination refuses the stream.",
        f"Verify that {silent.name} is set like the other end: {told}.",
    )


@rule(
    "F02",
    "advise",
    EVERY_QEMU,
    remedy="Take fewer multifd-channels, or move fewer VMs at once.",
    source=cite(inferred=sources.QEMU_SCHEMA + ", multifd-channels: a thread each"),
    platform="qemu",
)
def channels_want_cores(case: Case) -> Answer:
    """Every multifd channel is a thread at both ends and wants an idle core."""
    threads, idle = _threads(case), min(case.path.cores_free)
    return judge(
        case.option.transport is Transport.MULTICHANNEL and threads > idle,
        f"{threads} channels at once for {idle:.3g} idle cores: VMs and channels take turns.",
    )


@rule(
    "F03",
    "warn",
    EVERY_QEMU,
    remedy="Take fewer channels, no compression, or a time when the hosts are idle.",
    source=cite(measured=sources.QEMU_ZSTD, official=sources.QEMU_SCHEMA),
    platform="qemu",
)
def compression_takes_whole_cores(case: Case) -> Answer:
    """Compressing channels keep a core each busy, idle or taken from VMs."""
    threads, idle = _threads(case), min(case.path.cores_free)
    return judge(
        case.option.transport is Transport.COMPRESSION and threads > idle,
        f"{threads} compressing channels for {idle:.3g} idle cores: the VMs of the hosts slow down.",
    )


def _threads(case: Case) -> int:
    return (case.option.streams or 1) * moves_at_once(case)


@rule(
    "F04",
    "forbid",
    BEFORE_MULTIFD_POSTCOPY,
    remedy="Choose: multifd, or postcopy-ram. Together they work with QEMU 10.1 at both ends.",
    source=cite(official=(sources.QEMU_OPTIONS, sources.QEMU_OPTIONS_NOW)),
    platform="qemu",
)
def old_multifd_excludes_postcopy(case: Case) -> Answer:
    """Before QEMU 10.1 multifd and postcopy exclude each other."""
    old = ends_running(case, BEFORE_MULTIFD_POSTCOPY)
    versions = " and ".join(dict.fromkeys(host.os.value for host in old))
    return judge(
        is_multifd(case) and case.pair.switchover.postcopy and bool(old),
        f"postcopy-ram is wanted, and {named(old)} runs QEMU {versions}: it refuses multifd beside it.",
    )


@rule(
    "F05",
    "advise",
    WITH_ZERO_COPY,
    remedy="migrate_set_capability zero-copy-send on, with memlock unlimited and Linux 4.14.",
    source=cite(official=(sources.QEMU_SCHEMA, sources.QEMU_OPTIONS)),
    platform="qemu",
)
def zero_copy_spares_the_source(case: Case) -> Answer:
    """zero-copy-send spares the source a copy: plain multifd, no TLS, locked memory."""
    source = case.pair.source
    if case.option.transport is not Transport.MULTICHANNEL or source.os not in WITH_ZERO_COPY:
        return DOES_NOT
    if slowest_gbps(case) < FAST_GBPS:
        return DOES_NOT
    return judge(
        all_of([source.locked_memory, negate(source.tls)]),
        f"{slowest_gbps(case):g} Gbit/s, no TLS, and {source.name} may lock memory: zero-copy-send can be used.",
        f"Verify that {source.name} may lock the VMs' memory and migrates without TLS: zero-copy-send needs both.",
    )


@rule(
    "F06",
    "advise",
    ZERO_PAGES_BY_ONE_THREAD,
    remedy="QEMU 9.0 or later at both ends: its channels look for zero pages themselves.",
    source=cite(official=sources.QEMU_SCHEMA + ", ZeroPageDetection, since 9.0"),
    platform="qemu",
)
def one_thread_finds_zero_pages(case: Case) -> Answer:
    """Before QEMU 9.0 one thread looks for zero pages, however many channels there are."""
    old = ends_running(case, ZERO_PAGES_BY_ONE_THREAD)
    return judge(
        is_multifd(case) and bool(old) and slowest_gbps(case) * len(case.path.members) >= FAST_GBPS,
        f"QEMU {old[0].os.value if old else ''} on {named(old)}: the channels wait for the one thread that finds "
        "zero pages.",
    )


@rule(
    "F07",
    "forbid",
    EVERY_QEMU,
    remedy="Name tcp, multifd, multifd-zstd, multifd-zlib or rdma, and set that.",
    source=cite(official=(sources.QEMU_REMOVED, sources.QEMU_SCHEMA)),
    platform="qemu",
)
def setting_must_exist(case: Case) -> Answer:
    """The hosts' setting must be one that QEMU has; the old compress is gone since 9.1."""
    strange = [host for host in case.pair.ends if _words(host) - _KNOWN_WORDS]
    values = " and ".join(dict.fromkeys(repr(host.performance_option) for host in strange))
    gone = any("compress" in _words(host) and host.os not in WITH_OLD_COMPRESSION for host in strange)
    return judge(
        keeps_performance_option(case) and bool(strange),
        f"{values} on {named(strange)} is no way to migrate that can be predicted"
        + (": compress was removed in 9.1, multifd-compression took its place." if gone else "."),
    )


@rule(
    "F08",
    "advise",
    WITH_QPL,
    remedy="Build QEMU with QPL, enable the IAA devices, and set multifd-compression qpl.",
    source=cite(official=sources.QEMU_QPL),
    platform="qemu",
)
def accelerators_spare_the_cores(case: Case) -> Answer:
    """Xeons since Sapphire Rapids can compress with an accelerator, not the cores."""
    if case.option.transport is not Transport.COMPRESSION or case.path.oldest_os not in WITH_QPL:
        return DOES_NOT
    able: list[Known] = [_has_iaa(host) for host in case.pair.ends]
    return judge(
        all_of(able),
        f"The CPUs of {named(case.pair.ends)} have IAA: qpl compresses without the VMs' cores.",
        "Verify whether both hosts are Xeons with IAA (lspci -d 8086:0cfe): qpl would spare the cores.",
    )


def _has_iaa(host: Host) -> Known:
    if host.cpu_vendor not in {None, "intel"}:
        return False
    if host.cpu_features is None:
        return None
    return any(name in host.cpu_features.lower() for name in _WITH_IAA)
