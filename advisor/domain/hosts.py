"""Hosts, their NICs and teams, the network between them, the cluster around them.

``None`` always means "not known", which rules answer with *unknown*; it never means "no".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import model_validator

from advisor.domain.word import Word, field


class Os(StrEnum):
    """Windows Server versions with Hyper-V, oldest first, and Azure Local."""

    WS2012 = "2012"
    WS2012R2 = "2012R2"
    WS2016 = "2016"
    WS2019 = "2019"
    WS2022 = "2022"
    WS2025 = "2025"
    AZURE_LOCAL = "AzureLocal"
    QEMU_5_0 = "5.0"
    QEMU_5_1 = "5.1"
    QEMU_5_2 = "5.2"
    QEMU_6_0 = "6.0"
    QEMU_6_1 = "6.1"
    QEMU_6_2 = "6.2"
    QEMU_7_0 = "7.0"
    QEMU_7_1 = "7.1"
    QEMU_7_2 = "7.2"
    QEMU_8_0 = "8.0"
    QEMU_8_1 = "8.1"
    QEMU_8_2 = "8.2"
    QEMU_9_0 = "9.0"
    QEMU_9_1 = "9.1"
    QEMU_9_2 = "9.2"
    QEMU_10_0 = "10.0"
    QEMU_10_1 = "10.1"

    @property
    def platform(self) -> str:
        """The platform that runs it."""
        return "qemu" if self.name.startswith("QEMU") else "hyperv"


WINDOWS: Final = tuple(os for os in Os if os.platform == "hyperv")
"""Windows Server versions, oldest first, and Azure Local."""

QEMU: Final = tuple(os for os in Os if os.platform == "qemu")
"""QEMU versions, oldest first."""


class Rdma(StrEnum):
    """The RDMA protocol a NIC speaks."""

    NONE = "none"
    IWARP = "iwarp"
    ROCE = "roce"
    INFINIBAND = "infiniband"


class PowerPlan(StrEnum):
    """The Windows power plan. C-states in the BIOS are a separate setting."""

    BALANCED = "balanced"
    HIGH_PERFORMANCE = "high_performance"


class Balancing(StrEnum):
    """How a team spreads traffic over its members."""

    TRANSPORT_PORTS = "transport_ports"
    IP_ADDRESSES = "ip_addresses"
    MAC_ADDRESSES = "mac_addresses"
    HYPERV_PORT = "hyperv_port"
    DYNAMIC = "dynamic"
    MULTIPATH = "multipath"

    @property
    def is_address_hash(self) -> bool:
        """True for the hashes of ports or addresses."""
        return self in {Balancing.TRANSPORT_PORTS, Balancing.IP_ADDRESSES, Balancing.MAC_ADDRESSES}


class Nic(Word):
    """One network adapter, or `count` equal ones, that can carry live migration."""

    name: str = field("NIC", "Name of the adapter", max_length=128)
    count: int = field(1, "How many adapters of this kind", ge=1, le=64)
    speed_gbps: float = field(..., "Link speed", unit="Gbit/s", ge=0.01, le=1600)
    mtu_bytes: int = field(
        1500,
        "Largest IP packet; 9000 and above is jumbo frames",
        unit="bytes",
        ge=576,
        le=65536,
        assumed="jumbo frames are off unless somebody turns them on",
    )
    rdma: Rdma = field(Rdma.NONE, "RDMA protocol the adapter can speak")
    rdma_enabled: bool | None = field(
        None, "RDMA switched on (Get-NetAdapterRdma); an RDMA adapter counts as on unless false"
    )
    rss: bool | None = field(None, "Receive-side scaling on")
    rss_queues: int | None = field(None, "RSS queues in use", ge=1, le=256)
    pfc: bool | None = field(None, "Priority flow control on this port and the switch ports behind it")
    ets: bool | None = field(None, "Enhanced transmission selection on this port and the switch ports behind it")
    vlan_id: int | None = field(None, "VLAN tag; 0 is untagged", ge=0, le=4094)
    subnet: str | None = field(None, "Subnet, such as 192.168.10.0/24", max_length=64)
    model: str | None = field(None, "Make and model", max_length=128)
    driver: str | None = field(None, "Driver and firmware version", max_length=128)
    inbox_driver: bool | None = field(None, "The driver is the one that came with Windows")
    selected: bool = field(True, "Selected as a live migration network; others may still be taken by SMB Multichannel")
    shared_with_vms: bool | None = field(None, "Management or VM traffic runs on the same network")

    @property
    def has_jumbo(self) -> bool:
        """True with an MTU of 9000 bytes or more."""
        return self.mtu_bytes >= 9000

    @property
    def rdma_on(self) -> bool:
        """True where the adapter can speak RDMA and it was not said to be off."""
        return self.rdma is not Rdma.NONE and self.rdma_enabled is not False


class Team(Word):
    """A team over the host's selected NICs."""

    kind: Literal["lbfo", "set", "bond"] = field(
        ..., "lbfo: NIC Teaming; set: Switch Embedded Teaming; bond: Linux bonding, or several routes"
    )
    mode: Literal["switch_independent", "static", "lacp"] = field("switch_independent", "Teaming mode")
    balancing: Balancing = field(..., "Load balancing algorithm")
    one_logical_switch: bool | None = field(None, "Members end on one switch, or on switches joined as one (MLAG)")
    switch_hashes_ports: bool | None = field(None, "The physical switch hashes TCP ports (L4), not only addresses")
    of_vnics: bool = field(False, "The members are host vNICs")


class Vnic(Word):
    """Live migration runs over host vNICs on a Hyper-V switch instead of native adapters."""

    count: int = field(1, "Host vNICs that carry live migration", ge=1, le=32)
    rdma_enabled: bool | None = field(None, "Enable-NetAdapterRdma done on the vEthernet adapters")
    team_mapped: bool | None = field(None, "Each vNIC is pinned to a member (Set-VMNetworkAdapterTeamMapping)")


class Power(Word):
    """What the host trades for electricity."""

    plan: PowerPlan | None = field(
        PowerPlan.BALANCED, "Windows power plan; null: not known", assumed="Windows installs with the Balanced plan"
    )
    c_states: bool | None = field(None, "C-states and C1E enabled in the BIOS; not known: taken to follow the plan")

    @property
    def sleeping(self) -> float:
        """How far cores are taken to fall into deep sleep between packets: 1 they do, 0 they do not, a half unknown."""
        if self.plan is PowerPlan.BALANCED or self.c_states:
            return 1.0
        if self.plan is None and self.c_states is None:
            return 0.5
        return 0.0


class Smb(Word):
    """SMB settings that bear on live migration."""

    multichannel: bool = field(True, "SMB Multichannel enabled", assumed="Windows enables it")
    encryption: bool | None = field(None, "SMB encryption required")
    signing: bool | None = field(None, "SMB signing required")
    compression: bool | None = field(None, "SMB compression requested (not the live migration option)")
    constrained: bool | None = field(None, "New-SmbMultichannelConstraint, or subnets, keep SMB on the selected NICs")
    limit_mib_s: float | None = field(
        None, "Set-SmbBandwidthLimit -Category LiveMigration", unit="MiB/s", ge=0, le=1_000_000
    )
    limit_feature: bool | None = field(None, "Feature FS-SMBBW (SMB Bandwidth Limit) installed")


class Host(Word):
    """One host as far as live migration is concerned."""

    name: str = field("host", "Name of the host", max_length=128)
    os: Os = field(..., "Windows Server version, or the version of QEMU")
    updated: str | None = field(None, "Newest cumulative update, YYYY-MM", pattern=r"^20\d\d-(0[1-9]|1[0-2])$")
    cores: int = field(16, "Physical cores", ge=1, le=2048, assumed="two sockets of eight cores")
    core_speed: float = field(
        1.0, "Speed of one core against those that the model card's compression rates are of", ge=0.05, le=20
    )
    cpu_busy: float = field(0.1, "Share of the host's CPU its VMs use", ge=0, le=1, assumed="a lightly loaded host")
    cpu_vendor: Literal["intel", "amd", "arm"] | None = field(None, "CPU manufacturer")
    cpu_features: str | None = field(
        None, "CPU generation or feature level; equal text means equal features", max_length=128
    )
    nics: tuple[Nic, ...] = field(..., "Adapters that can carry live migration", min_length=1, max_length=64)
    team: Team | None = field(None, "Team over the selected NICs; none: each stands alone")
    vnic: Vnic | None = field(None, "Live migration over host vNICs; none: native adapters")
    power: Power = field(Power(), "Power settings")
    performance_option: str | None = field(
        None,
        "How the host migrates today. Hyper-V: TCPIP, Compression or SMB (Set-VMHost "
        "-VirtualMachineMigrationPerformanceOption); QEMU: tcp, multifd, multifd-zstd, multifd-zlib or rdma, with "
        "the number of channels behind it, such as multifd-zstd x8",
        max_length=32,
    )
    simultaneous: int | None = field(None, "Simultaneous live migrations allowed on the host", ge=1, le=128)
    move_cap_mib_s: float | None = field(
        None,
        "Most that one move may send a second: QEMU's max-bandwidth at the source, 0 for no limit; "
        "not known: taken as no limit",
        unit="MiB/s",
        ge=0,
        le=10_000_000,
    )
    tls: bool | None = field(None, "Live migration is encrypted by the hypervisor itself (QEMU: tls-creds)")
    locked_memory: bool | None = field(
        None, "A VM's process may lock all of its memory (memlock, libvirt: memtune hard_limit)"
    )
    smb: Smb = field(Smb(), "SMB settings")
    authentication: Literal["credssp", "kerberos", "certificate"] | None = field(None, "Live migration authentication")
    credential_guard: bool | None = field(None, "Credential Guard running")
    qos_minimum_bandwidth: bool | None = field(None, "Native host QoS minimum-bandwidth policies in force")

    @property
    def migration_nics(self) -> tuple[Nic, ...]:
        """The selected NICs one by one, `count` written out."""
        return tuple(nic for nic in self.nics if nic.selected for _ in range(nic.count))

    @property
    def other_nics(self) -> tuple[Nic, ...]:
        """The NICs not selected for live migration, one by one."""
        return tuple(nic for nic in self.nics if not nic.selected for _ in range(nic.count))

    @property
    def cores_idle(self) -> float:
        """Cores' worth of CPU that no VM uses."""
        return self.cores * (1.0 - self.cpu_busy)

    @model_validator(mode="after")
    def _some_nic_is_selected(self) -> Self:
        if not self.migration_nics:
            raise ValueError("no NIC is selected for live migration; set selected: true on one of them")
        return self


class Network(Word):
    """What lies between the hosts."""

    one_machine: bool = field(False, "Both ends are one machine, as in a lab: they share its processors")
    background_gbps: float = field(
        0.0,
        "Other traffic on the migration NICs, source to destination",
        unit="Gbit/s",
        ge=0,
        le=10_000,
        assumed="nobody said that other traffic shares the migration NICs",
    )
    migration_share: float | None = field(
        None, "Share of the link that DCB or QoS grants live migration at least", gt=0, le=1
    )
    cap_gbps: float | None = field(
        None, "A cap on live migration that binds every transport", unit="Gbit/s", gt=0, le=10_000
    )
    switch_mtu_bytes: int | None = field(None, "Largest packet the switches pass", unit="bytes", ge=576, le=65536)
    isolated: bool | None = field(None, "Live migration has a network of its own, or IPsec")
    crosses_sites: bool | None = field(None, "The hosts stand in different sites or subnets (stretched cluster)")
    networks_ordered: bool | None = field(None, "Cluster migration networks chosen and ordered")


class Cluster(Word):
    """Settings that belong to a failover cluster."""

    kind: Literal["domain", "workgroup"] = field("domain", "How nodes trust each other")
    max_parallel_migrations: int | None = field(None, "Cluster property MaximumParallelMigrations", ge=1, le=128)
    smb_limit_enabled: bool | None = field(None, "Cluster property SetSMBBandwidthLimit")
    smb_limit_factor: int = field(
        2500,
        "Cluster property SMBBandwidthLimitFactor, parts of 10,000 of all adapters' speed",
        ge=0,
        le=10_000,
        assumed="the documented default",
    )
    network_atc: bool | None = field(None, "Network ATC manages the hosts' networks")
    virtual_nodes: bool = field(False, "The nodes are themselves VMs")

    def smb_limit_works(self, node: Host) -> bool:
        """Whether a node has what the limit needs (FS-SMBBW): said of it, or of the cluster that its limit is on."""
        return self.smb_limit_enabled is True if node.smb.limit_feature is None else node.smb.limit_feature
