"""Formats of tools for VMware, and of servers to be moved. Others write Hyper-V into the same tabs; the rows show it.

What RVTools called MB before version 4 is what it has called MiB since. Its tab of NICs gives speeds in Mbit/s.
"""

from __future__ import annotations

from typing import Final

from advisor.domain.estate import EstateHost, EstateVm
from advisor.intake.inventory import figures
from advisor.intake.inventory import readings as read
from advisor.intake.inventory.columns import Take
from advisor.intake.inventory.layouts import Layout

_VM: Final = ("vm", "vmname", "name")
_PLACE: Final = (
    Take("host", ("host", "hostname", "esxhost"), read.text),
    Take("cluster", ("cluster", "clustername"), read.text),
)
_STATE: Final = (
    Take("state", ("powerstate",), read.state),
    Take("_template", ("template",), read.flag),
    Take("_placeholder", ("srmplaceholder",), read.flag),
)

VMWARE: Final = (
    Layout(
        "RVTools vInfo",
        "vms",
        EstateVm,
        (
            Take("vm", _VM, read.name),
            Take("vm_id", ("vmuuid", "uuid", "vmid", "smbiosuuid"), read.name),
            *_PLACE,
            *_STATE,
            Take("memory_gib", ("memory", "memorysize"), figures.size("MiB")),
            Take("vcpus", ("cpus", "numcpu", "numcpus", "cpu"), figures.count),
            Take("disk_gib", ("totaldiskcapacity", "provisioned"), figures.size("MiB")),
            Take("disk_used_gib", ("inuse",), figures.size("MiB")),
        ),
        (_VM, ("powerstate",), ("memory", "memorysize")),
        ("vinfo",),
        "either",
    ),
    Layout(
        "RVTools vMemory",
        "vms",
        EstateVm,
        (Take("vm", _VM, read.name), *_PLACE, *_STATE, Take("memory_gib", ("size", "sizemb"), figures.size("MiB"))),
        (_VM, ("size",), ("consumed", "overhead", "ballooned")),
        ("vmemory",),
        "either",
        beside=True,
    ),
    Layout(
        "RVTools vHost",
        "hosts",
        EstateHost,
        (
            Take("host", ("host", "hostname", "name"), read.name),
            Take("cluster", ("cluster", "clustername"), read.text),
            Take("os", ("esxversion", "version"), read.windows),
            Take("_version", ("esxversion", "version"), read.text),
            Take("cores", ("cores", "numcpucores"), figures.count),
            Take("cpu_busy", ("cpuusage",), figures.percent),
            Take("cpu_vendor", ("cpumodel",), read.vendor),
            Take("cpu_features", ("cpumodel",), read.limited(128)),
            Take("memory_gib", ("memory", "memorysize"), figures.size("MiB")),
        ),
        (("host", "hostname", "name"), ("cores", "numcpucores"), ("memory", "memorysize"), ("cpumodel", "esxversion")),
        ("vhost",),
        "either",
    ),
    Layout(
        "RVTools vNIC",
        "nics",
        EstateHost,
        (
            Take("host", ("host", "hostname"), read.text),
            Take("cluster", ("cluster", "clustername"), read.text),
            Take("_name", ("networkdevice", "device"), read.text),
            Take("_description", ("driver",), read.text),
            Take("nic_gbps", ("speed",), figures.speed("Mbps")),
        ),
        (("host", "hostname"), ("networkdevice", "device"), ("speed",)),
        ("vnic",),
        "either",
    ),
    Layout(
        "Live Optics VMs",
        "vms",
        EstateVm,
        (
            Take("vm", ("vmname",), read.name),
            Take("vm_id", ("instanceuuid", "uuid", "mobid"), read.name),
            *_PLACE,
            *_STATE,
            Take("memory_gib", ("provisionedmemory",), figures.size("MiB")),
            Take("vcpus", ("virtualcpu",), figures.count),
            Take("disk_gib", ("virtualdisksize",), figures.size("MiB")),
            Take("disk_used_gib", ("virtualdiskused",), figures.size("MiB")),
        ),
        (("vmname",), ("virtualcpu",), ("provisionedmemory",)),
        ("vms",),
        "vmware",
    ),
    Layout(
        "Live Optics ESX hosts",
        "hosts",
        EstateHost,
        (
            Take("host", ("hostname", "servername"), read.name),
            Take("cluster", ("cluster",), read.text),
            Take("cores", ("cpucores",), figures.count),
            Take("cpu_vendor", ("cpumodel", "cpudescription"), read.vendor),
            Take("memory_gib", ("memory",), figures.size("KiB")),
        ),
        (("hostname", "servername"), ("cpucores",), ("cpusockets", "memory")),
        ("esxhosts",),
        "vmware",
    ),
    Layout(
        "Live Optics NICs",
        "nics",
        EstateHost,
        (
            Take("host", ("servername", "hostname"), read.text),
            Take("_name", ("pnicname",), read.text),
            Take("_description", ("pnicdevicename", "pnicvendor"), read.text),
            Take("nic_gbps", ("speed",), figures.speed("Mbps")),
        ),
        (("servername", "hostname"), ("pnicname",), ("speed",)),
        ("hostnetworkadapters",),
        "vmware",
    ),
    Layout(
        "Azure Migrate import",
        "vms",
        EstateVm,
        (
            Take("vm", ("servername",), read.name),
            Take("memory_gib", ("memory",), figures.size("MB")),
            Take("vcpus", ("cores",), figures.count),
            Take("disk_used_gib", ("storageinuse",), figures.size("GB")),
        ),
        (("servername",), ("memory",), ("cores",)),
        (),
        "servers",
    ),
)
"""Tables of VMware and of servers to be moved."""
