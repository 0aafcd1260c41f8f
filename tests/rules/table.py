"""One row a rule: its verdict and versions, and the three scenarios it must tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.rules.cases import IWARP, ROCE, Fields

ALL = "2012 2012R2 2016 2019 2022 2025 AzureLocal"
WITH_OPTION = "2012R2 2016 2019 2022 2025 AzureLocal"
SINCE_2016 = "2016 2019 2022 2025 AzureLocal"
SINCE_2022 = "2022 2025 AzureLocal"
LBFO = "2012 2012R2 2016 2019 2022 2025"

LBFO_DYNAMIC: Fields = {"team": {"kind": "lbfo", "balancing": "dynamic"}}
LBFO_HASH: Fields = {"team": {"kind": "lbfo", "balancing": "transport_ports"}}
SET: Fields = {"team": {"kind": "set", "balancing": "hyperv_port"}}


def lacp(**more: Any) -> Fields:
    return {
        "team": {"kind": "lbfo", "mode": "lacp", "balancing": "transport_ports", "one_logical_switch": True, **more}
    }


def vswitch(team: Fields | None = None, **vnic: Any) -> Fields:
    return {**(team or {}), "vnic": vnic}


@dataclass(frozen=True)
class Row:
    rule: str
    verdict: str
    versions: str
    holds: Fields
    does_not: Fields
    unknown: Fields | None
    """None: the rule reads only fields that are always known, so it cannot be unknown."""

    @property
    def platform(self) -> str:
        return str(self.holds.get("platform", "hyperv"))


TABLE = (
    # ------------------------------------------------------------------ transport
    Row("T01", "forbid", "2012", {"os": "2012", "transport": "compression"}, {"os": "2012"}, None),
    Row(
        "T02",
        "forbid",
        WITH_OPTION,
        {"transport": "multichannel", "both": {"performance_option": "SMBTransport"}},
        {"transport": "multichannel", "both": {"performance_option": "smb"}},
        None,
    ),
    Row(
        "T03",
        "advise",
        WITH_OPTION,
        {"transport": "compression"},
        {"transport": "compression", "both": {"performance_option": "Compression"}},
        {"transport": "compression", "os": "2025", "cluster": {}},
    ),
    Row(
        "T04",
        "forbid",
        WITH_OPTION,
        {"transport": "compression", "both": {"performance_option": "Compression + Multichannel"}},
        {"transport": "compression", "both": {"performance_option": "Compression"}},
        None,
    ),
    Row(
        "T05",
        "warn",
        WITH_OPTION,
        {"transport": "compression", "destination": {"cpu_busy": 0.6}},
        {"transport": "compression", "destination": {"cpu_busy": 0.5}},
        None,
    ),
    Row(
        "T06",
        "warn",
        WITH_OPTION,
        {"source": {"performance_option": "TCPIP"}, "destination": {"performance_option": "SMB"}},
        {"both": {"performance_option": "TCPIP"}},
        {"source": {"performance_option": "TCPIP"}},
    ),
    # ------------------------------------------------------------------ rdma
    Row(
        "R01",
        "forbid",
        WITH_OPTION,
        {"transport": "rdma", "nic": IWARP, "destination_nic": {"rdma_enabled": False}},
        {"transport": "rdma", "nic": IWARP},
        None,
    ),
    Row(
        "R02",
        "forbid",
        WITH_OPTION,
        {"transport": "compression", "both": {"performance_option": "RDMA"}},
        {"transport": "compression", "both": {"performance_option": "Compression"}},
        None,
    ),
    Row(
        "R03",
        "forbid",
        ALL,
        {"transport": "rdma", "nic": IWARP, "smb": {"multichannel": False}},
        {"transport": "rdma", "nic": IWARP},
        None,
    ),
    Row(
        "R04",
        "forbid",
        ALL,
        {"transport": "rdma", "nic": IWARP, "both": LBFO_DYNAMIC},
        {"transport": "rdma", "nic": IWARP, "both": SET},
        None,
    ),
    Row(
        "R05",
        "forbid",
        "2012 2012R2",
        {"transport": "rdma", "nic": IWARP, "os": "2012R2", "both": vswitch()},
        # the vSwitch stands on the end that can do both
        {"transport": "rdma", "nic": IWARP, "os": "2012R2", "destination": {"os": "2016", "vnic": {}}},
        None,
    ),
    Row(
        "R06",
        "warn",
        SINCE_2016,
        {"transport": "rdma", "nic": IWARP, "both": vswitch(SET, rdma_enabled=False)},
        {"transport": "rdma", "nic": IWARP, "both": vswitch(SET, rdma_enabled=True)},
        {"transport": "rdma", "nic": IWARP, "both": SET},
    ),
    Row(
        "R07",
        "advise",
        SINCE_2016,
        {"transport": "rdma", "nic": IWARP, "both": vswitch(SET, count=2, rdma_enabled=True, team_mapped=False)},
        {"transport": "rdma", "nic": IWARP, "both": vswitch(SET, count=2, rdma_enabled=True, team_mapped=True)},
        {"transport": "rdma", "nic": IWARP, "both": vswitch(SET, count=2, rdma_enabled=True)},
    ),
    Row(
        "R08",
        "forbid",
        ALL,
        {"transport": "rdma", "nic": ROCE, "destination_nic": IWARP},
        {"transport": "rdma", "nic": ROCE},
        None,
    ),
    Row(
        "R09",
        "forbid",
        ALL,
        {"transport": "rdma", "nic": {**ROCE, "pfc": False}},
        {"transport": "rdma", "nic": ROCE},
        {"transport": "rdma", "nic": {**ROCE, "ets": None}},
    ),
    Row(
        "R10",
        "forbid",
        ALL,
        {"transport": "rdma", "nic": {**ROCE, "vlan_id": 0}},
        {"transport": "rdma", "nic": ROCE},
        {"transport": "rdma", "nic": {**ROCE, "vlan_id": None}},
    ),
    Row(
        "R11",
        "advise",
        ALL,
        {"transport": "rdma", "nic": {**IWARP, "pfc": False, "ets": False}},
        {"transport": "rdma", "nic": IWARP},
        {"transport": "rdma", "nic": {**IWARP, "pfc": None, "ets": None}},
    ),
    Row("R12", "forbid", "AzureLocal", {"os": "AzureLocal", "nic": {"rdma": "infiniband"}}, {"os": "AzureLocal"}, None),
    Row(
        "R13", "forbid", ALL, {"nic": {"rdma": "infiniband"}, "both": LBFO_HASH}, {"nic": {"rdma": "infiniband"}}, None
    ),
    Row(
        "R14",
        "warn",
        "2012 2012R2 2016 2019",
        {"transport": "rdma", "nic": IWARP, "smb": {"encryption": True}},
        {"transport": "rdma", "nic": IWARP},
        {"transport": "rdma", "nic": IWARP, "smb": {"encryption": None}},
    ),
    Row(
        "R15",
        "advise",
        SINCE_2022,
        {"transport": "rdma", "nic": IWARP, "os": "2022", "smb": {"encryption": True}},
        # the older end decides: R14 speaks
        {"transport": "rdma", "nic": IWARP, "os": "2022", "smb": {"encryption": True}, "destination": {"os": "2019"}},
        {"transport": "rdma", "nic": IWARP, "os": "2022", "smb": {"encryption": None}},
    ),
    Row(
        "R16",
        "warn",
        "2025",
        {"transport": "multichannel", "os": "2025", "smb": {"signing": True}},
        {"transport": "multichannel", "os": "2025"},
        {"transport": "multichannel", "os": "2025", "smb": {"signing": None}},
    ),
    Row(
        "R17",
        "forbid",
        SINCE_2022,
        {"transport": "rdma", "nic": IWARP, "os": "2022", "smb": {"compression": True}},
        {"transport": "multichannel", "nic": IWARP, "os": "2022", "smb": {"compression": True}},
        {"transport": "rdma", "nic": IWARP, "os": "2022", "smb": {"compression": None}},
    ),
    Row(
        "R18",
        "forbid",
        "AzureLocal",
        {"os": "AzureLocal", "nic": {"inbox_driver": True}},
        {"os": "AzureLocal", "nic": {"inbox_driver": False}},
        {"os": "AzureLocal"},
    ),
    Row(
        "R19",
        "forbid",
        "AzureLocal",
        {"transport": "rdma", "nic": IWARP, "os": "AzureLocal", "network": {"crosses_sites": True}},
        {"transport": "multichannel", "nic": IWARP, "os": "AzureLocal", "network": {"crosses_sites": True}},
        {"transport": "rdma", "nic": IWARP, "os": "AzureLocal", "network": {"crosses_sites": None}},
    ),
    # ------------------------------------------------------------------ multichannel
    Row(
        "M01",
        "warn",
        ALL,
        {"transport": "multichannel", "nic": {"count": 1, "rss": False}},
        {"transport": "multichannel", "nic": {"count": 1}},
        {"transport": "multichannel", "nic": {"count": 1, "rss": None}},
    ),
    Row(
        "M02",
        "warn",
        ALL,
        {"transport": "multichannel", "nics": [{"speed_gbps": 25}, {"speed_gbps": 10}]},
        {"transport": "multichannel", "nics": [{}, {"mtu_bytes": 9000}]},
        {"transport": "multichannel", "nics": [{"rss": None}, {}]},
    ),
    Row("M03", "advise", ALL, {"transport": "multichannel"}, {"transport": "compression"}, None),
    Row(
        "M04",
        "warn",
        ALL,
        {"transport": "multichannel", "nic": {"rss_queues": 1}},
        {"transport": "multichannel"},
        {"transport": "multichannel", "nic": {"rss_queues": None}},
    ),
    Row(
        "M05",
        "warn",
        ALL,
        {"transport": "multichannel", "nics": [{}, {"name": "VM", "selected": False}], "smb": {"constrained": False}},
        # a slower NIC of the same kind is never taken beside a faster one
        {
            "transport": "multichannel",
            "nics": [{}, {"name": "VM", "selected": False, "speed_gbps": 1}],
            "smb": {"constrained": False},
        },
        {"transport": "multichannel", "nics": [{}, {"name": "VM", "selected": False}], "smb": {"constrained": None}},
    ),
    Row(
        "M06",
        "warn",
        WITH_OPTION,
        {"transport": "compression"},
        {"transport": "compression", "nic": {"count": 1}},
        None,
    ),
    Row(
        "M07",
        "advise",
        "AzureLocal",
        {"transport": "multichannel", "os": "AzureLocal", "nic": {"subnet": "10.71.1.0/24", "vlan_id": 711}},
        {
            "transport": "multichannel",
            "os": "AzureLocal",
            "nic": {"count": 1},
            "nics": [{"subnet": "10.71.1.0/24", "vlan_id": 711}, {"subnet": "10.71.2.0/24", "vlan_id": 712}],
        },
        {"transport": "multichannel", "os": "AzureLocal", "nic": {"vlan_id": 711}},
    ),
    # ------------------------------------------------------------------ teaming
    Row(
        "N01",
        "forbid",
        "2022 2025",
        {"os": "2022", "both": vswitch(LBFO_DYNAMIC)},
        {"os": "2022", "both": LBFO_DYNAMIC},
        None,
    ),
    Row(
        "N02",
        "forbid",
        "AzureLocal",
        {"os": "AzureLocal", "both": LBFO_DYNAMIC},
        {"os": "AzureLocal", "both": SET},
        None,
    ),
    Row("N03", "warn", "2016 2019", {"both": vswitch(LBFO_DYNAMIC)}, {"both": LBFO_DYNAMIC}, None),
    Row("N04", "forbid", "2012 2012R2", {"os": "2012R2", "both": SET}, {"os": "2012R2", "both": LBFO_DYNAMIC}, None),
    Row("N05", "forbid", SINCE_2016, {"nic": {"count": 9}, "both": SET}, {"nic": {"count": 8}, "both": SET}, None),
    Row(
        "N06",
        "forbid",
        LBFO,
        {"nic": {"count": 33}, "both": LBFO_HASH},
        {"nic": {"count": 32}, "both": LBFO_HASH},
        None,
    ),
    Row(
        "N07",
        "forbid",
        SINCE_2016,
        {"nics": [{"model": "CX5", "driver": "24.1"}, {"model": "CX6", "driver": "24.1"}], "both": SET},
        {"nics": [{"model": "CX5", "driver": "24.1"}, {"model": "CX5", "driver": "24.1"}], "both": SET},
        {"nics": [{"model": "CX5", "driver": "24.1"}, {"model": "CX5"}], "both": SET},
    ),
    Row(
        "N08",
        "warn",
        LBFO,
        {"nics": [{"speed_gbps": 10}, {"speed_gbps": 1}], "both": LBFO_HASH},
        {"nics": [{"speed_gbps": 10}, {"speed_gbps": 10}], "both": LBFO_HASH},
        None,
    ),
    Row(
        "N09",
        "forbid",
        SINCE_2016,
        {"both": {"team": {"kind": "set", "mode": "lacp", "balancing": "dynamic"}}},
        {"both": SET},
        None,
    ),
    Row(
        "N10",
        "forbid",
        SINCE_2016,
        {"both": {"team": {"kind": "set", "balancing": "ip_addresses"}}},
        {"both": SET},
        None,
    ),
    Row(
        "N11",
        "advise",
        "AzureLocal",
        {"os": "AzureLocal", "both": {"team": {"kind": "set", "balancing": "dynamic"}}},
        {"os": "AzureLocal", "both": SET},
        None,
    ),
    Row(
        "N12",
        "forbid",
        ALL,
        {"both": lacp(one_logical_switch=False)},
        {"both": lacp()},
        {"both": lacp(one_logical_switch=None)},
    ),
    Row("N13", "forbid", ALL, {"both": {"team": {**LBFO_HASH["team"], "of_vnics": True}}}, {"both": LBFO_HASH}, None),
    Row("N14", "forbid", "2012", {"os": "2012", "both": LBFO_DYNAMIC}, {"os": "2012", "both": LBFO_HASH}, None),
    # ------------------------------------------------------------------ balancing
    Row(
        "N15",
        "warn",
        ALL,
        {"both": {**LBFO_DYNAMIC, "simultaneous": 1}},
        {"both": {**LBFO_DYNAMIC, "simultaneous": 2}, "vm": {"count": 2}},
        None,
    ),
    Row(
        "N16",
        "warn",
        ALL,
        {"both": LBFO_HASH, "vm": {"count": 2}},
        {"both": lacp(switch_hashes_ports=True), "vm": {"count": 2}},
        None,
    ),
    Row(
        "N17",
        "warn",
        ALL,
        {"both": vswitch(SET), "vm": {"count": 2}},
        {"transport": "multichannel", "both": vswitch(SET, count=2, team_mapped=True), "vm": {"count": 2}},
        None,
    ),
    Row(
        "N18",
        "warn",
        WITH_OPTION,
        {"both": LBFO_DYNAMIC, "vm": {"count": 2}},
        {"both": LBFO_HASH, "vm": {"count": 2}},
        None,
    ),
    Row(
        "N19",
        "advise",
        ALL,
        {"both": {**lacp(switch_hashes_ports=True), "simultaneous": 4}, "vm": {"count": 4}},
        {"both": {**lacp(switch_hashes_ports=True), "simultaneous": 4}},
        {"both": {**lacp(), "simultaneous": 4}, "vm": {"count": 4}},
    ),
    Row("N20", "warn", "2012 2012R2", {"os": "2012R2", "both": vswitch()}, {"os": "2012R2"}, None),
    Row("N21", "warn", ALL, {"nic": {"speed_gbps": 10}}, {"nic": {"speed_gbps": 1}}, None),
    Row(
        "N22",
        "warn",
        SINCE_2016,
        {"transport": "multichannel", "both": vswitch()},
        {"transport": "multichannel", "nic": {"rss": False}, "both": vswitch()},
        {"transport": "multichannel", "nic": {"rss": None}, "both": vswitch()},
    ),
    # ------------------------------------------------------------------ concurrency
    Row("C01", "advise", WITH_OPTION, {"both": {"simultaneous": None}}, {"both": {"simultaneous": 2}}, None),
    Row(
        "C02",
        "advise",
        SINCE_2022,
        {"os": "2022", "cluster": {}, "both": {"updated": "2022-09"}},
        {"os": "2022", "cluster": {}, "both": {"updated": "2022-08"}},
        {"os": "2022", "cluster": {}},
    ),
    Row(
        "C03",
        "warn",
        SINCE_2022,
        {"transport": "multichannel", "os": "2025", "cluster": {}, "smb": {"limit_feature": True}},
        {"transport": "multichannel", "os": "2025", "cluster": {}, "smb": {"limit_feature": False}},
        {"transport": "multichannel", "os": "2025", "cluster": {}},
    ),
    Row(
        "C04",
        "advise",
        "2025 AzureLocal",
        {"os": "2025", "cluster": {"network_atc": True}},
        {"os": "2025", "cluster": {"network_atc": False}},
        {"os": "2025", "cluster": {}},
    ),
    Row(
        "C05",
        "advise",
        ALL,
        {"both": {"simultaneous": 6}, "vm": {"count": 6}},
        {"both": {"simultaneous": 6}, "vm": {"count": 6}, "network": {"cap_gbps": 6}},
        None,
    ),
    Row(
        "C06",
        "forbid",
        WITH_OPTION,
        {"transport": "multichannel", "smb": {"limit_mib_s": 0.5}},
        {"transport": "multichannel", "smb": {"limit_mib_s": 750}},
        None,
    ),
    Row(
        "C07",
        "warn",
        WITH_OPTION,
        {"transport": "compression", "smb": {"limit_mib_s": 750}},
        {"transport": "multichannel", "smb": {"limit_mib_s": 750}},
        None,
    ),
    # ------------------------------------------------------------------ preference
    Row(
        "P01",
        "advise",
        "AzureLocal",
        {"os": "AzureLocal", "nic": IWARP, "network": {"migration_share": 0.1}},
        {"os": "AzureLocal", "nic": IWARP, "network": {"migration_share": 0.09}},
        {"os": "AzureLocal", "nic": IWARP, "both": SET},
    ),
    Row(
        "P02",
        "advise",
        "AzureLocal",
        # Microsoft's example: two 10 GbE NICs, half for SMB, 29 % of that for migration
        {"os": "AzureLocal", "nic": {"speed_gbps": 10}, "network": {"migration_share": 0.145}},
        {"os": "AzureLocal", "nic": {"speed_gbps": 10}},
        {"os": "AzureLocal", "nic": {"speed_gbps": 10}, "both": SET},
    ),
    Row("P03", "advise", "2012R2 2016 2019", {"nic": IWARP}, {"transport": "rdma", "nic": IWARP}, None),
    Row(
        "P04",
        "advise",
        "AzureLocal",
        {"transport": "multichannel", "os": "AzureLocal", "nic": {"ets": True}, "both": SET},
        {"transport": "multichannel", "os": "AzureLocal", "nic": {"ets": False}, "both": SET},
        {"transport": "multichannel", "os": "AzureLocal", "both": SET},
    ),
    Row(
        "P05",
        "advise",
        WITH_OPTION,
        {"transport": "multichannel", "nic": {"count": 1}},
        {"transport": "multichannel"},
        None,
    ),
    # ------------------------------------------------------------------ quality
    Row("Q01", "warn", ALL, {"nic": {"speed_gbps": 0.1}}, {"nic": {"speed_gbps": 1}}, None),
    Row(
        "Q02",
        "warn",
        ALL,
        {"destination_nic": {"mtu_bytes": 9000}},
        {"nic": {"mtu_bytes": 9000}, "network": {"switch_mtu_bytes": 9216}},
        {"nic": {"mtu_bytes": 9000}},
    ),
    Row(
        "Q03",
        "warn",
        ALL,
        {"nic": {"shared_with_vms": True}, "network": {"isolated": None}},
        {"nic": {"shared_with_vms": True}},
        {"nic": {"shared_with_vms": None}, "network": {"isolated": None}},
    ),
    Row(
        "Q04",
        "advise",
        ALL,
        {"cluster": {}, "network": {"networks_ordered": False}},
        {"network": {"networks_ordered": False}},
        {"cluster": {}, "network": {"networks_ordered": None}},
    ),
    Row(
        "Q05",
        "advise",
        ALL,
        {"both": {"power": {"plan": "balanced"}}},
        {"nic": {"speed_gbps": 1}, "both": {"power": {"plan": "balanced"}}},
        None,
    ),
    Row(
        "Q06",
        "warn",
        ALL,
        {"both": {**LBFO_HASH, "qos_minimum_bandwidth": True}},
        {"both": LBFO_HASH},
        {"both": {**LBFO_HASH, "qos_minimum_bandwidth": None}},
    ),
    # ------------------------------------------------------------------ compatibility
    Row("K01", "forbid", ALL, {"destination": {"cpu_vendor": "amd"}}, {}, {"destination": {"cpu_vendor": None}}),
    Row(
        "K02",
        "forbid",
        ALL,
        {"destination": {"cpu_features": "Skylake"}, "vm": {"processor_compatibility": False}},
        {"destination": {"cpu_features": "Skylake"}},
        {"destination": {"cpu_features": None}, "vm": {"processor_compatibility": False}},
    ),
    Row(
        "K03",
        "warn",
        "2025 AzureLocal",
        {"os": "2025", "vm": {"dynamic_compatibility": True, "config_version": 9.0}},
        {"os": "2025", "vm": {"dynamic_compatibility": True}},
        {"os": "2025", "vm": {"dynamic_compatibility": True, "config_version": None}},
    ),
    Row("K04", "forbid", "2012 2012R2 2016 2019 2022", {"cluster": {"kind": "workgroup"}}, {"cluster": {}}, None),
    Row(
        "K05",
        "warn",
        "2025",
        {"os": "2025", "both": {"authentication": "credssp", "credential_guard": True}},
        {"os": "2025", "both": {"authentication": "kerberos", "credential_guard": True}},
        {"os": "2025", "both": {"authentication": "credssp", "credential_guard": None}},
    ),
    Row(
        "K06",
        "forbid",
        "2012R2 2016",
        {"os": "2012R2", "destination": {"os": "2016"}, "vm": {"config_version": 4.0}},
        {"os": "2012R2", "destination": {"os": "2016"}, "vm": {"config_version": 5.0}},
        {"os": "2012R2", "destination": {"os": "2016"}, "vm": {"config_version": None}},
    ),
    Row(
        "K07",
        "advise",
        SINCE_2022,
        {"os": "2022", "nic": {"count": 1, "speed_gbps": 1}, "vm": {"move": "memory_and_storage"}},
        {"os": "2022", "nic": {"count": 1, "speed_gbps": 1}},
        None,
    ),
)
