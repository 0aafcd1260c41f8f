"""Formats of Hyper-V's own cmdlets, and of tools that write what the cmdlets say.

Property names are those of the cmdlets; an export that parts them into words, such as ``Memory Assigned (GB)``, has
the same letters. Numbers in place of words are what ConvertTo-Json writes for enumerations.
"""

from __future__ import annotations

from typing import Final

from advisor.domain.estate import EstateCluster, EstateHost, EstateVm
from advisor.intake.inventory import figures
from advisor.intake.inventory import readings as read
from advisor.intake.inventory.columns import Take
from advisor.intake.inventory.layouts import Layout

_VM: Final = ("vmname", "name", "elementname")
_HOST: Final = ("computername", "hostname", "vmhost", "host", "systemname", "pscomputername")
_CLUSTER: Final = ("clustername", "cluster")
_HOST_AND_CLUSTER: Final = (Take("host", _HOST, read.text), Take("cluster", _CLUSTER, read.text))
_MEMORY: Final = ("memoryassigned", "memorystartup")

# VMSwitchLoadBalancingAlgorithm and LoadBalancingAlgorithm of MSFT_NetLbfoTeam count alike.
_BALANCING: Final = {
    "0": "transport_ports",
    "2": "ip_addresses",
    "3": "mac_addresses",
    "4": "hyperv_port",
    "5": "dynamic",
}
_PERFORMANCE: Final = {"0": "TCPIP", "1": "Compression", "2": "SMB"}
# IF_OPER_STATUS: up, down, testing, unknown, dormant, not present, lower layer down.
_OPERATIONAL: Final = {"1": True, "2": False, "3": False, "5": False, "6": False, "7": False}
_BALANCED: Final = Take("balancing", ("loadbalancingalgorithm",), read.coded(EstateHost, "balancing", _BALANCING))

HYPERV: Final = (
    Layout(
        "Get-VM",
        "vms",
        EstateVm,
        (
            Take("vm", _VM, read.name),
            Take("vm_id", ("vmid", "id", "guid"), read.name),
            *_HOST_AND_CLUSTER,
            Take("state", ("state", "powerstate"), read.state),
            Take("memory_gib", ("memoryassigned",), figures.size("bytes")),
            Take("startup_gib", ("memorystartup",), figures.size("bytes")),
            Take("_dynamic", ("dynamicmemoryenabled",), read.flag),
            Take("vcpus", ("processorcount",), figures.count),
            Take("cpu_use", ("cpuusage",), figures.percent),
            Take("config_version", ("version",), figures.config_version),
            Take("processor_compatibility", ("compatibilityformigrationenabled",), read.flag),
            Take("move", ("path", "configurationlocation"), read.storage_path, "(where it lies)"),
            Take("_clustered", ("isclustered",), read.flag),
            Take("local_iso", ("dvddrivespath",), read.any_of(read.local_path)),
            Take("passthrough_disk", ("harddrivesdisknumber",), read.any_of(read.physical_disk)),
        ),
        (_VM, _MEMORY),
        ("getvm", "guests", "vinfo"),
    ),
    Layout(
        "Get-VMHost",
        "hosts",
        EstateHost,
        (
            Take("host", ("computername", "hostname", "name", "fullyqualifieddomainname", "fqdn"), read.name),
            Take("cluster", _CLUSTER, read.text),
            Take("os", ("operatingsystem", "osbuildnumber", "osversion", "osname", "caption"), read.windows),
            Take("_version", ("operatingsystem",), read.text),
            Take("cores", ("logicalprocessorcount",), figures.half, "/ 2"),
            Take("memory_gib", ("memorycapacity", "totalmemorybytes", "totalmemory"), figures.size("bytes")),
            Take("simultaneous", ("maximumvirtualmachinemigrations",), figures.count),
            Take("storage_simultaneous", ("maximumstoragemigrations",), figures.count),
            Take(
                "performance_option",
                ("virtualmachinemigrationperformanceoption",),
                read.coded(EstateHost, "performance_option", _PERFORMANCE),
            ),
        ),
        (("computername", "hostname", "name", "fqdn"), ("logicalprocessorcount", "memorycapacity")),
        ("getvmhost", "hosts", "vhost"),
    ),
    Layout(
        "Get-NetAdapter",
        "nics",
        EstateHost,
        (
            Take("host", ("systemname", "pscomputername", "computername", "hostname", "host"), read.text),
            Take("_name", ("name", "interfacealias", "ifalias"), read.text),
            Take("_description", ("interfacedescription", "ifdesc"), read.text),
            Take("_status", ("status",), read.link({})),
            Take("_media", ("mediaconnectionstate", "mediaconnectstate"), read.link({"1": True, "2": False})),
            Take("_operational", ("interfaceoperationalstatus", "ifoperstatus"), read.link(_OPERATIONAL)),
            Take("_admin", ("adminstatus", "interfaceadminstatus"), read.link({"1": True, "2": False, "3": False})),
            Take("_virtual", ("virtual",), read.flag),
            Take("nic_gbps", ("linkspeed", "speed", "receivelinkspeed"), figures.speed("bps")),
            Take("mtu_bytes", ("mtusize", "mtu"), figures.count),
        ),
        (("interfacedescription", "ifdesc"), ("linkspeed", "speed", "receivelinkspeed")),
        ("getnetadapter",),
    ),
    Layout(
        "Get-NetAdapterRdma",
        "nics",
        EstateHost,
        (
            Take("host", ("systemname", "pscomputername", "computername", "hostname", "host"), read.text),
            Take("_name", ("name", "interfacealias", "ifalias"), read.text),
            Take("rdma_enabled", ("enabled",), read.flag),
        ),
        (("name", "interfacealias"), ("interfacedescription", "ifdesc"), ("enabled",)),
        ("getnetadapterrdma",),
    ),
    Layout(
        "Get-VMSwitchTeam",
        "hosts",
        EstateHost,
        (Take("host", _HOST, read.text), Take("team", ("teamingmode",), read.always("set"), "(a SET team)"), _BALANCED),
        (_HOST, ("netadapterinterfacedescription", "netadapterinterfaceguid"), ("loadbalancingalgorithm",)),
        ("getvmswitchteam",),
    ),
    Layout(
        "Get-NetLbfoTeam",
        "hosts",
        EstateHost,
        (
            Take("host", ("pscomputername", "systemname", "computername", "hostname"), read.text),
            Take("team", ("teamingmode",), read.always("lbfo"), "(an LBFO team)"),
            _BALANCED,
        ),
        (("pscomputername", "systemname", "computername", "hostname"), ("members",), ("loadbalancingalgorithm",)),
        ("getnetlbfoteam",),
    ),
    Layout(
        "Get-ClusterNode",
        "hosts",
        EstateHost,
        (
            Take("host", ("nodename", "name"), read.name),
            Take("cluster", _CLUSTER, read.text),
            Take("state", ("state",), read.node_state),
            Take("os", ("buildnumber",), read.windows),
        ),
        (("nodename", "name"), ("nodeweight", "drainstatus", "nodehighestversion", "dynamicweight")),
        ("getclusternode",),
    ),
    Layout(
        "Get-Cluster",
        "clusters",
        EstateCluster,
        (
            Take("cluster", ("name", "clustername", "cluster"), read.text),
            Take("max_parallel_migrations", ("maximumparallelmigrations",), figures.count),
            Take("smb_limit_enabled", ("setsmbbandwidthlimit",), read.flag),
            Take("smb_limit_factor", ("smbbandwidthlimitfactor",), figures.count),
            Take("storage", ("s2denabled",), read.spaces_direct, "(S2D)"),
        ),
        (("maximumparallelmigrations", "smbbandwidthlimitfactor", "sharedvolumesroot", "s2denabled", "quorumtype"),),
        ("getcluster", "vcluster"),
    ),
    Layout(
        "Get-ClusterGroup",
        "vms",
        EstateVm,
        (
            Take("vm", ("name",), read.role),
            Take("host", ("ownernode",), read.text),
            Take("cluster", _CLUSTER, read.text),
            Take("priority", ("priority",), read.priority),
            Take("anti_affinity", ("antiaffinityclassnames", "antiaffinityclassname"), read.names),
            Take("preferred_owners", ("preferredowners", "preferredowner", "preferrednodes"), read.names),
            Take("possible_owners", ("possibleowners", "possibleowner"), read.names),
        ),
        (("name",), ("ownernode",), ("priority", "grouptype", "antiaffinityclassnames")),
        ("getclustergroup",),
        beside=True,
    ),
    Layout(
        "Get-VMProcessor",
        "vms",
        EstateVm,
        (
            Take("vm", ("vmname",), read.name),
            *_HOST_AND_CLUSTER,
            Take("vcpus", ("count",), figures.count),
            Take("processor_compatibility", ("compatibilityformigrationenabled",), read.flag),
        ),
        (("vmname",), ("compatibilityformigrationenabled",)),
        ("getvmprocessor", "vcpu"),
        beside=True,
    ),
    Layout(
        "Get-VMMemory",
        "vms",
        EstateVm,
        (
            Take("vm", ("vmname",), read.name),
            *_HOST_AND_CLUSTER,
            Take("startup_gib", ("startup",), figures.size("bytes")),
        ),
        (("vmname",), ("startup",), ("minimum",), ("maximum",)),
        ("getvmmemory", "vmemory"),
        beside=True,
    ),
    Layout(
        "Get-VMHardDiskDrive",
        "vms",
        EstateVm,
        (
            Take("vm", ("vmname",), read.name),
            *_HOST_AND_CLUSTER,
            Take("passthrough_disk", ("disknumber",), read.physical_disk),
        ),
        (("vmname",), ("disknumber",), ("controllertype",), ("path",)),
        ("getvmharddiskdrive", "vdisk"),
        beside=True,
    ),
    Layout(
        "Get-VMDvdDrive",
        "vms",
        EstateVm,
        (Take("vm", ("vmname",), read.name), *_HOST_AND_CLUSTER, Take("local_iso", ("path",), read.local_path)),
        (("vmname",), ("dvdmediatype",), ("path",)),
        ("getvmdvddrive", "vdvd"),
        beside=True,
    ),
    Layout(
        "SAM Gold Toolkit, basic",
        "vms",
        EstateVm,
        (
            Take("vm", ("hypervname",), read.name),
            Take("vm_id", ("guid",), read.name),
            Take("host", ("host",), read.text),
            Take("state", ("enabledstate",), read.state),
        ),
        (("hypervname",), ("enabledstate", "enabledstateid"), ("host",)),
        ("basic",),
        beside=True,
    ),
    Layout(
        "Get-SCVirtualMachine",
        "vms",
        EstateVm,
        (
            Take("vm", ("name", "vmname"), read.name),
            Take("vm_id", ("vmid", "id"), read.name),
            Take("host", ("vmhost", "hostname"), read.text),
            Take("cluster", ("hostgroupcluster", "clustername", "cluster"), read.text),
            Take("state", ("virtualmachinestate", "vmstate", "status", "state"), read.state),
            Take("memory_gib", ("memoryassigned", "memory"), figures.size("MB")),
            Take("vcpus", ("cpucount",), figures.count),
            Take("_dynamic", ("dynamicmemoryenabled",), read.flag),
        ),
        (("name", "vmname"), ("vmhost", "hostname"), ("cpucount",), ("memoryassigned", "memory")),
        ("getscvirtualmachine", "getvmdata"),
    ),
)
"""Tables of Hyper-V."""
