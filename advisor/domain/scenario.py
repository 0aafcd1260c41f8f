"""A scenario: the hosts, the VMs to move, and what is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Self

from pydantic import model_validator

from advisor.domain.goals import Goals
from advisor.domain.hosts import Cluster, Host, Network, Os
from advisor.domain.vms import Vm
from advisor.domain.word import Word, field

# Teams of each platform's hosts: NIC Teaming and Switch Embedded Teaming are Windows', bonds are Linux'.
TEAM_KINDS: Final[Mapping[str, tuple[str, ...]]] = {"hyperv": ("lbfo", "set"), "qemu": ("bond",)}


class Switchover(Word):
    """When the platform is told to stop copying and move the VM over; none: as the platform comes."""

    blackout_limit_ms: float | None = field(
        None, "QEMU's downtime-limit: switch over when what is left fits into it", unit="ms", gt=0, le=2_000_000
    )
    max_passes: int | None = field(
        None, "Switchover forced after so many dirty synchronisations (QEMU has no such limit of its own)", ge=2
    )
    auto_converge: bool = field(False, "QEMU slows the VM's processors down where it dirties faster than memory moves")
    postcopy: bool = field(False, "QEMU may start the VM at the destination before all of its memory is there")


class HostPair(Word):
    """Who sends, who receives, what lies between, and the cluster around them."""

    source: Host = field(..., "Host the VMs leave")
    destination: Host = field(..., "Host the VMs go to")
    network: Network = field(Network(), "What lies between")
    cluster: Cluster | None = field(None, "Failover cluster settings; none: stand-alone hosts")
    switchover: Switchover = field(Switchover(), "When the VM is moved over")

    @property
    def ends(self) -> tuple[Host, Host]:
        """Both hosts, source first."""
        return self.source, self.destination

    @property
    def cluster_limits_moves(self) -> bool:
        """Whether MaximumParallelMigrations is in force; an update not known is taken as installed."""
        if self.cluster is None:
            return False
        newest = {Os.WS2022, Os.WS2025, Os.AZURE_LOCAL}
        updated = all(host.updated is None or host.updated >= "2022-09" for host in self.ends)
        return self.cluster.max_parallel_migrations is not None or (updated and all(h.os in newest for h in self.ends))

    @property
    def simultaneous(self) -> int | None:
        """The limit somebody set, the lower of both ends; none: the default is in force.

        The cluster's property overrides the hosts' own where it exists (2022-09 update, Windows Server 2022 and
        later), also where nobody set it.
        """
        if self.cluster is not None and self.cluster_limits_moves:
            return self.cluster.max_parallel_migrations
        limits = [host.simultaneous for host in self.ends if host.simultaneous is not None]
        return min(limits) if limits else None


class Scenario(Word):
    """Either source and destination, or the nodes of a cluster; the VMs to move; the goals."""

    platform: str = field("hyperv", "Hypervisor", max_length=32)
    title: str | None = field(None, "What this scenario describes", max_length=200)
    source: Host | None = field(None, "Host the VMs leave")
    destination: Host | None = field(None, "Host they go to; not given: one like the source")
    nodes: tuple[Host, ...] | None = field(
        None, "Nodes of a cluster, instead of source and destination", min_length=2, max_length=64
    )
    cluster: Cluster | None = field(None, "Failover cluster settings; none: stand-alone hosts")
    network: Network = field(Network(), "What lies between the hosts")
    switchover: Switchover = field(Switchover(), "When a VM is moved over")
    vms: tuple[Vm, ...] = field(..., "VMs to move", min_length=1, max_length=10_000)
    goals: Goals = field(Goals(), "What is wanted")

    @model_validator(mode="after")
    def _pair_or_nodes(self) -> Self:
        if (self.source is None) == (self.nodes is None):
            raise ValueError("give either source (and destination) or nodes, the hosts of a cluster")
        if self.nodes is not None and self.destination is not None:
            raise ValueError("destination belongs to source; in a cluster every node is both")
        if self.nodes is None and any(vm.host is not None and vm.host != self.hosts[0].name for vm in self.vms):
            raise ValueError("a VM's host can only be named where nodes are given")
        return self

    @model_validator(mode="after")
    def _versions_are_the_platforms(self) -> Self:
        theirs = {"hyperv", "qemu"} & {self.platform}
        strange = next((host for host in self.hosts if theirs and host.os.platform != self.platform), None)
        if strange is not None:
            known = ", ".join(os.value for os in Os if os.platform == self.platform)
            raise ValueError(
                f"os {strange.os.value} belongs to platform {strange.os.platform}, not {self.platform}, "
                f"which has {known}; write platform: {strange.os.platform}"
            )
        kinds = TEAM_KINDS.get(self.platform, ())
        strangers = [host.team.kind for host in self.hosts if host.team and kinds and host.team.kind not in kinds]
        if strangers:
            theirs_are = " and ".join(kinds)
            raise ValueError(f"team: {strangers[0]} does not belong to platform {self.platform}; it has {theirs_are}")
        if self.platform == "hyperv" and self.switchover != Switchover():
            raise ValueError("switchover is QEMU's: Hyper-V has no such setting")
        if self.platform == "hyperv" and any(host.move_cap_mib_s is not None for host in self.hosts):
            raise ValueError("move_cap_mib_s is QEMU's: on Hyper-V write smb: limit_mib_s, or cap_gbps of the network")
        return self

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        if self.nodes is not None:
            counts = Counter(node.name for node in self.nodes)
            twice = sorted(name for name, n in counts.items() if n > 1)
            if twice:
                raise ValueError(f"node names must differ: {', '.join(twice)} stands more than once")
            lost = sorted({vm.host for vm in self.vms if vm.host is not None} - set(counts))
            if lost:
                raise ValueError(f"no node is called {', '.join(lost)}; nodes: {', '.join(sorted(counts))}")
        return self

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Every host, in order."""
        if self.nodes is not None:
            return self.nodes
        pair = (self.source, self.destination or self.source)
        return tuple(host for host in pair if host is not None)

    @property
    def pairs(self) -> tuple[HostPair, ...]:
        """The host pairs VMs move over: source to destination, or each node to the next one round the cluster."""
        hosts = self.hosts
        ring = zip(hosts, (*hosts[1:], hosts[0]), strict=True) if self.nodes is not None else [(hosts[0], hosts[1])]
        return tuple(
            HostPair(source=a, destination=b, network=self.network, cluster=self.cluster, switchover=self.switchover)
            for a, b in ring
        )

    def pair_of(self, vm: Vm) -> int:
        """Index into `pairs` of the pair the VM moves over; a VM with no host runs on the first."""
        if self.nodes is None or vm.host is None:
            return 0
        return next(i for i, node in enumerate(self.nodes) if node.name == vm.host)
