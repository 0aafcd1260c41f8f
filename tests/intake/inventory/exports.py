"""Small inventories as tools export them: real headers, made-up machines."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

GIB = 2**30
Rows = list[list[Any]]


def csv_bytes(rows: Rows, separator: str = ",", encoding: str = "utf-8", *, quoted: bool = False) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream, delimiter=separator, lineterminator="\r\n", quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    )
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


def json_bytes(rows: Rows) -> bytes:
    header, *others = rows
    return json.dumps([dict(zip(header, row, strict=True)) for row in others], indent=1).encode()


def xlsx_bytes(sheets: dict[str, Rows], *, inline: bool = True) -> bytes:
    """A workbook; texts stand in the cells (inline) or in the table of shared strings."""
    shared: dict[str, int] = {}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, rows in enumerate(sheets.values(), 1):
            body = "".join(
                f'<row r="{row}">'
                + "".join(_cell(row, at, value, shared, inline) for at, value in enumerate(cells))
                + "</row>"
                for row, cells in enumerate(rows, 1)
            )
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>',
            )
        numbers = range(1, len(sheets) + 1)
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in zip(numbers, sheets, strict=True)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        relations = "".join(
            f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        relations += f'<Relationship Id="rIdS" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>')
        texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in shared)
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{texts}</sst>')
        root = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}">{root}</Relationships>')
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_TYPES}"/>')
    return stream.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def _cell(row: int, at: int, value: Any, shared: dict[str, int], inline: bool) -> str:
    letters, rest = "", at + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    place = f'r="{letters}{row}"'
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f'<c {place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c {place}><v>{value}</v></c>"
    if inline:
        return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c {place} t="s"><v>{shared.setdefault(value, len(shared))}</v></c>'


OWN_VMS: Rows = [
    ["vm", "vm_id", "host", "cluster", "state", "memory_gib", "startup_gib", "vcpus", "workload", "priority"],
    ["web-1", "a1", "hv1", "c1", "running", 8, 4, 2, "web", "high"],
    ["web-2", "a2", "hv2", "c1", "running", 8.5, "", 2, "", "low"],
    ["old-1", "a3", "hv2", "c1", "off", 4, 4, 1, "idle", ""],
    ["edge-1", "a4", "edge", "", "", 16, "", "", "", ""],
]
OWN_HOSTS: Rows = [
    ["host", "cluster", "os", "cores", "memory_gib", "nic_gbps", "nic_count", "rdma", "team", "balancing"],
    ["hv1", "c1", "2022", 32, 512, 25, 2, "roce", "set", "HyperVPort"],
    ["hv2", "c1", "Windows Server 2022", 32, 512, 25, 2, "RoCEv2", "set", "hyperv_port"],
]
OWN_CLUSTERS: Rows = [["cluster", "max_parallel_migrations", "storage"], ["c1", 2, "nodes"]]

GET_VM: Rows = [
    ["Name", "State", "CpuUsage", "MemoryAssigned", "MemoryDemand", "Uptime", "Status", "VMId", "ComputerName",
     "ProcessorCount", "MemoryStartup", "DynamicMemoryEnabled", "Version", "IsClustered", "Path"],
    ["WEB01", "Running", 3, 8 * GIB, 6 * GIB, "3.04:11:07", "Operating normally", "g1", "HV01",
     4, 4 * GIB, "True", "10.0", "True", r"C:\ClusterStorage\V1\WEB01"],
    ["SQL01", "Running", 12, 64 * GIB, 60 * GIB, "9.00:00:01", "Operating normally", "g2", "HV02",
     16, 64 * GIB, "False", "10.0", "True", r"C:\ClusterStorage\V1\SQL01"],
    ["OLD01", "Off", 0, 0, 0, "00:00:00", "Operating normally", "g3", "HV02",
     2, 2 * GIB, "False", "5.0", "False", r"D:\VMs\OLD01"],
]  # fmt: skip
GET_VM_JSON: Rows = [
    ["Name", "State", "MemoryAssigned", "VMId", "ComputerName", "ProcessorCount", "MemoryStartup", "Uptime",
     "CreationTime", "IsClustered", "Version"],
    ["WEB01", 2, 8 * GIB, "g1", "HV01", 4, 4 * GIB, {"Ticks": 12, "Days": 3}, "/Date(1700000000000)/", True, "10.0"],
    ["SQL01", 2, 64 * GIB, "g2", "HV02", 16, 64 * GIB, {"Ticks": 12, "Days": 3}, "/Date(1700000000000)/", True, "10.0"],
    ["OLD01", 3, 0, "g3", "HV02", 2, 2 * GIB, {"Ticks": 0, "Days": 0}, "/Date(1700000000000)/", False, "5.0"],
]  # fmt: skip
GET_VMHOST: Rows = [
    ["ComputerName", "LogicalProcessorCount", "MemoryCapacity", "MaximumStorageMigrations",
     "MaximumVirtualMachineMigrations", "VirtualMachineMigrationEnabled", "VirtualMachineMigrationPerformanceOption"],
    ["HV01", 64, 384 * GIB, 2, 2, "True", "SMB"],
    ["HV02", 64, 384 * GIB, 2, 4, "True", "Compression"],
]  # fmt: skip
GET_NETADAPTER: Rows = [
    ["Name", "InterfaceDescription", "ifIndex", "Status", "MacAddress", "LinkSpeed", "MtuSize", "SystemName"],
    ["NIC1", "Intel(R) I350 Gigabit", 3, "Up", "00-01", "1 Gbps", 1500, "HV01.contoso.example"],
    ["SLOT 2", "Mellanox ConnectX-5 Ethernet Adapter", 4, "Up", "00-02", "25 Gbps", 9000, "HV01.contoso.example"],
    ["SLOT 3", "Mellanox ConnectX-5 Ethernet Adapter #2", 5, "Up", "00-03", "25 Gbps", 9000, "HV01.contoso.example"],
    ["vEthernet (M)", "Hyper-V Virtual Ethernet Adapter", 6, "Up", "00-04", "25 Gbps", 1500, "HV01.contoso.example"],
    ["SLOT 2", "Mellanox ConnectX-5 Ethernet Adapter", 4, "Up", "00-05", "25 Gbps", 9000, "HV02.contoso.example"],
    ["SLOT 3", "Mellanox ConnectX-5 Ethernet Adapter #2", 5, "Disconnected", "00-06", "0 bps", 9000,
     "HV02.contoso.example"],
]  # fmt: skip
GET_NETADAPTERRDMA: Rows = [
    ["Name", "InterfaceDescription", "Enabled", "SystemName"],
    ["SLOT 2", "Mellanox ConnectX-5 Ethernet Adapter", "True", "HV01.contoso.example"],
    ["SLOT 3", "Mellanox ConnectX-5 Ethernet Adapter #2", "True", "HV01.contoso.example"],
]
GET_CLUSTERNODE: Rows = [
    ["Cluster", "Name", "State", "BuildNumber", "NodeWeight", "DrainStatus"],
    ["CLU01", "HV01", "Up", 20348, 1, "NotInitiated"],
    ["CLU01", "HV02", "Paused", 20348, 1, "Completed"],
]
GET_CLUSTERGROUP: Rows = [
    ["Cluster", "Name", "OwnerNode", "State", "GroupType", "Priority", "AntiAffinityClassNames", "PreferredOwners"],
    ["CLU01", "Cluster Group", "HV01", "Online", "Cluster", 2000, "", ""],
    ["CLU01", "WEB01", "HV01", "Online", "VirtualMachine", 3000, "web;front", "hv02.contoso.example;HV01"],
    ["CLU01", "SQL01", "HV02", "Online", "VirtualMachine", 1000, "System.Collections.Specialized.StringCollection", ""],
]
GET_CLUSTER: Rows = [
    ["Name", "MaximumParallelMigrations", "SetSMBBandwidthLimit", "SMBBandwidthLimitFactor", "S2DEnabled"],
    ["CLU01", 1, 1, 2500, 1],
]

VINFO_4: Rows = [
    ["VM", "Powerstate", "Template", "SRM Placeholder", "CPUs", "Memory", "NICs", "Total disk capacity MiB",
     "Provisioned MiB", "In Use MiB", "Datacenter", "Cluster", "Host", "VM ID", "VM UUID"],
    ["app01", "poweredOn", "False", "False", 4, 16384, 1, 102400, 120000, 51200, "d", "prod", "esx1.lab", "vm-1", "u1"],
    ["app02", "poweredOn", "False", "False", 2, "8,192", 1, 51200, 60000, 20480, "d", "prod", "esx2.lab", "vm-2", "u2"],
    ["tmpl", "poweredOff", "True", "False", 2, 4096, 1, 40960, 41000, 1024, "dc", "prod", "esx2.lab", "vm-3", "u3"],
    ["srm01", "poweredOff", "False", "True", 2, 4096, 1, 40960, 41000, 1024, "dc", "prod", "esx1.lab", "vm-4", "u4"],
    ["cold", "poweredOff", "False", "False", 2, 4096, 1, 40960, 41000, 1024, "dc", "prod", "esx1.lab", "vm-5", "u5"],
]  # fmt: skip
VINFO_3: Rows = [
    ["VM", "Powerstate", "Template", "CPUs", "Memory", "Provisioned MB", "In Use MB", "Cluster", "Host", "VM UUID"],
    ["app01", "poweredOn", "False", "4", "16,384", "122,880", "51,200", "prod", "esx1.lab", "u1"],
]
VINFO_PREFIXED: Rows = [
    ["vInfoVMName", "vInfoPowerstate", "vInfoTemplate", "vInfoCPUs", "vInfoMemory", "vInfoProvisioned", "vInfoInUse",
     "vInfoDataCenter", "vInfoCluster", "vInfoHost", "vInfoSRMPlaceHolder"],
    ["app01", "poweredOn", "False", 4, 16384, 122880, 51200, "dc", "prod", "esx1.lab", "False"],
]  # fmt: skip
VHOST: Rows = [
    ["Host", "Datacenter", "Cluster", "Config status", "CPU Model", "Speed", "HT Active", "# CPU", "Cores per CPU",
     "# Cores", "CPU usage %", "# Memory", "Memory usage %", "# NICs", "# VMs", "ESX Version"],
    ["esx1.lab", "dc", "prod", "green", "Intel(R) Xeon(R) Gold 6338", 2000, "True", 2, 16, 32, 23, 524_288, 61, 4, 12,
     "VMware ESXi 7.0.3 build-20328353"],
    ["esx3.lab", "dc", "prod", "green", "AMD EPYC 7543", 2800, "True", 2, 32, 64, 5, 1_048_576, 1, 4, 0,
     "VMware ESXi 7.0.3 build-20328353"],
]  # fmt: skip
VNIC: Rows = [
    ["Host", "Datacenter", "Cluster", "Network Device", "Driver", "Speed", "Duplex", "MAC", "Switch"],
    ["esx1.lab", "dc", "prod", "vmnic0", "igbn", "1000", "True", "00", "vSwitch0"],
    ["esx1.lab", "dc", "prod", "vmnic2", "ixgben", "10000 Full", "True", "01", "vSwitch1"],
    ["esx1.lab", "dc", "prod", "vmnic3", "ixgben", 10000, "True", "02", "vSwitch1"],
    ["esx1.lab", "dc", "prod", "vmnic4", "ixgben", "", "", "03", ""],
    ["esx3.lab", "dc", "prod", "vmnic0", "mlx5", "25000", "True", "04", "vSwitch1"],
]
VMEMORY: Rows = [
    ["VM", "Powerstate", "Template", "SRM Placeholder", "Size MiB", "Overhead", "Max", "Consumed", "Cluster", "Host"],
    ["app01", "poweredOn", "False", "False", 16384, 100, 16384, 9000, "prod", "esx1.lab"],
]
HYPERV_VINFO: Rows = [
    ["VM", "Powerstate", "Template", "CPUs", "Memory", "Creation date", "Cluster", "Host", "VM UUID"],
    ["app01", "On", "False", 4, 16384, "/Date(1700000000000)/", "CLU01", "HV01", "u1"],
    ["app02", "Running", "False", 2, 8192, "/Date(1700000000000)/", "CLU01", "HV02", "u2"],
    ["cold", "Off", "False", 2, 0, "/Date(1700000000000)/", "CLU01", "HV02", "u3"],
]
HYPERV_VHOST: Rows = [
    ["Host", "Cluster", "CPU Model", "# CPU", "# Cores", "CPU usage %", "# Memory", "ESX Version"],
    ["HV01", "CLU01", "Intel Xeon", 2, 32, 10, 393216, "Microsoft Windows Server 2019 Datacenter"],
    ["HV02", "CLU01", "Intel Xeon", 2, 32, 12, 393216, "10.0.17763"],
]
TOOLSX_VINFO: Rows = [
    ["Name", "VM Id", "Host Name", "Cluster Name", "CPU Usage", "Memory Assigned (GB)", "Memory Demand (GB)", "Version",
     "State", "Dynamic Memory Enabled", "Memory Startup (GB)", "Processor Count", "Is Clustered",
     "Configuration Location"],
    ["'=web", "t1", "HV01", "CLU01", 2, 8, 6.5, "10.0", "Running", "True", 4, 4, "True", r"C:\ClusterStorage\V\web"],
    ["app", "t2", "HV02", "CLU01", 1, 16.5, 12, "10.0", "Saved", "True", 4, 4, "True", r"C:\ClusterStorage\V\app"],
]  # fmt: skip
TOOLSX_VHOST: Rows = [
    ["Host Name", "Fqdn", "Cluster Name", "Is Cluster Node", "Hyper V Version", "Logical Processor Count",
     "Total Memory Bytes (GB)", "Operating System", "OS Version", "OS Build Number",
     "Maximum Virtual Machine Migrations", "Virtual Machine Migration Performance Option"],
    ["HV01", "HV01.contoso.example", "CLU01", "True", "10.0", 48, 255.5, "Microsoft Windows Server 2025 Datacenter",
     "10.0.26100", "26100", 1, "Compression"],
]  # fmt: skip
LIVE_OPTICS_VMS: Rows = [
    ["VM Name", "Power State", "Template", "Virtual CPU", "Provisioned Memory (MiB)", "Used Memory (active) (MiB)",
     "Consumed Memory (MiB)", "Virtual Disk Size (MiB)", "Virtual Disk Used (MiB)", "VM OS", "Host", "Cluster", "UUID"],
    ["lo1", "poweredOn", "False", 4, 16384, 2000, 8000, 102400, 51200, "Windows", "esx1", "prod", "l1"],
    ["lo2", "poweredOff", "False", 4, 16384, 0, 0, 102400, 51200, "Windows", "esx1", "prod", "l2"],
]  # fmt: skip
LIVE_OPTICS_HOSTS: Rows = [
    ["Host Name", "Cluster", "CPU Sockets", "CPU Cores", "CPU Clock Speed (GHz)", "Memory (KiB)", "Number of NICs"],
    ["esx1", "prod", 2, 32, 2.4, 268435456, 4],
]
LIVE_OPTICS_NICS: Rows = [
    ["Server Name", "PNIC Name", "Speed (Mbps)", "PNIC Vendor", "PNIC Device Name"],
    ["esx1", "vmnic0", 25000, "Mellanox", "MT27800"],
    ["esx1", "vmnic1", 25000, "Mellanox", "MT27800"],
]
AZURE_MIGRATE: Rows = [
    ["*Server name", "IP addresses", "*Cores", "*Memory (In MB)", "*OS name", "OS version", "OS architecture",
     "CPU utilization percentage", "Network adapters", "Boot type", "Number of disks", "Storage in use (In GB)",
     "Disk 1 size (In GB)", "Disk 1 read throughput (MB per second)"],
    ["srv1", "10.0.0.1", 4, 16384, "Windows Server 2019", "", "x64", 20, 1, "BIOS", 1, 40, 100, 1],
    ["srv2", "10.0.0.2", 8, 262144, "Windows Server 2019", "", "x64", 20, 1, "BIOS", 1, 40, 100, 1],
    ["srv3", "10.0.0.3", 8, 4194304, "Linux", "", "x64", 20, 1, "UEFI", 1, 40, 100, 1],
]  # fmt: skip

Files = dict[str, bytes]
EXPORTS: dict[str, Files] = {
    "own": {
        "vms.csv": csv_bytes(OWN_VMS),
        "hosts.csv": csv_bytes(OWN_HOSTS),
        "clusters.csv": csv_bytes(OWN_CLUSTERS),
    },
    "own, semicolons": {"vms.csv": csv_bytes(OWN_VMS, ";"), "hosts.csv": csv_bytes(OWN_HOSTS, ";", "utf-16")},
    "Hyper-V as CSV": {
        "Get-VM.csv": csv_bytes(GET_VM, encoding="utf-8-sig", quoted=True),
        "Get-VMHost.csv": csv_bytes(GET_VMHOST, quoted=True),
        "Get-NetAdapter.csv": csv_bytes(GET_NETADAPTER, quoted=True),
        "Get-NetAdapterRdma.csv": csv_bytes(GET_NETADAPTERRDMA, quoted=True),
        "Get-ClusterNode.csv": csv_bytes(GET_CLUSTERNODE, quoted=True),
        "Get-ClusterGroup.csv": csv_bytes(GET_CLUSTERGROUP, quoted=True),
        "Get-Cluster.csv": csv_bytes(GET_CLUSTER, quoted=True),
    },
    "Hyper-V as JSON": {
        "Get-VM.json": json_bytes(GET_VM_JSON),
        "Get-VMHost.json": json_bytes(GET_VMHOST),
        "Get-NetAdapter.json": json_bytes(GET_NETADAPTER),
        "Get-ClusterNode.json": json_bytes(GET_CLUSTERNODE),
        "Get-ClusterGroup.json": json_bytes(GET_CLUSTERGROUP),
    },
    "RVTools 4 as xlsx": {
        "rvtools.xlsx": xlsx_bytes({"vInfo": VINFO_4, "vMemory": VMEMORY, "vHost": VHOST, "vNIC": VNIC}),
    },
    "RVTools 4 as CSV": {
        "RVTools_tabvInfo.csv": csv_bytes(VINFO_4),
        "RVTools_tabvHost.csv": csv_bytes(VHOST),
        "RVTools_tabvNIC.csv": csv_bytes(VNIC),
        "RVTools_tabvMemory.csv": csv_bytes(VMEMORY),
    },
    "RVTools 3 as CSV": {"RVTools_tabvInfo.csv": csv_bytes(VINFO_3)},
    "Hyper-V in RVTools' tabs": {
        "inventory.xlsx": xlsx_bytes({"vInfo": HYPERV_VINFO, "vHost": HYPERV_VHOST, "vNIC": VNIC[:1]}, inline=False),
    },
    "HyperVToolsX": {
        "report.xlsx": xlsx_bytes(
            {"vInfo": TOOLSX_VINFO, "vHost": TOOLSX_VHOST, "vCluster": [["Name", "S2D Enabled"]]}
        ),
    },
    "Live Optics": {
        "liveoptics.xlsx": xlsx_bytes(
            {"VMs": LIVE_OPTICS_VMS, "ESX Hosts": LIVE_OPTICS_HOSTS, "Host Network Adapters": LIVE_OPTICS_NICS}
        ),
    },
    "Azure Migrate": {"AzureMigrate.csv": csv_bytes(AZURE_MIGRATE)},
}  # fmt: skip
"""Every format that is read, as the files of one inventory."""


def column(rows: Sequence[Sequence[Any]], name: str) -> int:
    """Position of a column."""
    return list(rows[0]).index(name)
