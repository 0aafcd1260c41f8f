"""Resolve an option over a host pair into the `Path` that physics and rules read."""

from __future__ import annotations

from advisor.domain.hosts import Os
from advisor.domain.options import Option
from advisor.domain.scenario import HostPair
from advisor.domain.vms import Vm
from advisor.paths.path import Case, Path
from advisor.paths.plain import taken_plainly
from advisor.paths.smb import taken_by_smb
from advisor.platforms.platform import Platform
from advisor.units import gbps_to_bytes_s

_OS_ORDER = list(Os)


def resolve_case(platform: Platform, pair: HostPair, option: Option, vms: tuple[Vm, ...]) -> Case:
    """A host pair under an option, with the path it really takes.

    Parameters
    ----------
    pair : with the option's changes already made.
    vms : what moves over it, for the rules that ask and for the number of moves at once.
    """
    return Case(platform.name, pair, option, resolve_path(platform, pair, option, vms), vms)


def resolve_path(platform: Platform, pair: HostPair, option: Option, vms: tuple[Vm, ...]) -> Path:
    """The path of an option over a host pair."""
    moves = min(option.simultaneous, sum(vm.count for vm in vms) or 1)
    taken = (taken_by_smb if platform.smb else taken_plainly)(pair, option, moves)
    return Path(
        option=option,
        effective=taken.effective,
        members=taken.members,
        standby=taken.standby,
        connections=taken.connections,
        striped=taken.striped,
        occupancy=taken.occupancy,
        mtu_bytes=min(member.mtu_bytes for member in taken.members),
        cores_free=(pair.source.cores_idle, pair.destination.cores_idle),
        sleeping=max(host.power.sleeping for host in pair.ends),
        oldest_os=min((host.os for host in pair.ends), key=_OS_ORDER.index),
        through_vnic=any(host.vnic is not None for host in pair.ends),
        background_bytes_s=gbps_to_bytes_s(pair.network.background_gbps),
        guaranteed_share=pair.network.migration_share or 0.0,
        cap_bytes_s=taken.cap_bytes_s,
        cap_name=taken.cap_name,
        no_rdma_because=taken.no_rdma_because,
        core_speed=min(host.core_speed for host in pair.ends),
        one_machine=pair.network.one_machine,
        multipath=taken.multipath,
    )
