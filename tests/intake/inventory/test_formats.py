"""Every format that is read: what it says of VMs, hosts, NICs and clusters."""

import json

import pytest

from advisor.domain.estate import CLUSTER_COLUMNS, HOST_COLUMNS, VM_COLUMNS
from advisor.domain.fleet import BATCH_TABLES
from advisor.errors import InventoryError
from advisor.intake.inventory import read_inventory
from advisor.shipped import shipped_path
from tests.intake.inventory import exports
from tests.intake.inventory.conftest import read_all
from tests.intake.inventory.exports import EXPORTS, GIB, csv_bytes, json_bytes, xlsx_bytes

# By export: hosts, clusters, VMs answered, rows set aside.
COUNTS = {
    "own": (3, 1, 3, 1),
    "own, semicolons": (3, 1, 3, 1),
    "Hyper-V as CSV": (2, 1, 2, 1),
    "Hyper-V as JSON": (2, 1, 2, 1),
    "RVTools 4 as xlsx": (3, 1, 2, 3),
    "RVTools 4 as CSV": (3, 1, 2, 3),
    "RVTools 3 as CSV": (1, 1, 1, 0),
    "Hyper-V in RVTools' tabs": (2, 1, 2, 1),
    "HyperVToolsX": (2, 1, 1, 1),
    "Live Optics": (1, 1, 1, 1),
    "Azure Migrate": (2, 1, 2, 1),
}
NOTED = {"RVTools 4 as xlsx", "RVTools 4 as CSV", "RVTools 3 as CSV", "Live Optics", "Azure Migrate"}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_export_is_understood(name, read):
    inventory = read(EXPORTS[name]).inventory
    answered = int(inventory.vms_of_host.sum())
    found = (len(inventory.hosts), len(inventory.clusters), answered, inventory.rows_set_aside)
    assert found == COUNTS[name]
    assert bool(inventory.note) == (name in NOTED)
    assert not inventory.unread
    assert len(inventory.files) == len(EXPORTS[name])
    assert len(inventory.mapped) >= len(EXPORTS[name])


def test_our_own_tables_may_have_every_documented_column(read):
    values = {
        "vm": "a", "vm_id": "1", "host": "h", "cluster": "c", "state": "running", "memory_gib": "8", "startup_gib": "4",
        "vcpus": "2", "cpu_use": "0.1", "workload": "web", "dirty_rate_mib_s": "50", "working_set_gib": "1",
        "nonzero_gib": "6", "compression_ratio": "2", "config_version": "10.0", "processor_compatibility": "true",
        "move": "shared_nothing", "disk_gib": "100", "disk_used_gib": "40", "disk_write_mib_s": "3", "priority": "high",
        "possible_owners": "h;g", "preferred_owners": "h", "anti_affinity": "x;y", "passthrough_disk": "no",
        "device_assigned": "false", "local_iso": "0",
    }  # fmt: skip
    host = {
        "host": "h", "cluster": "c", "state": "up", "os": "2022", "updated": "2026-10", "cores": "16", "cpu_busy": "0",
        "cpu_vendor": "amd", "cpu_features": "EPYC", "memory_gib": "512", "nic_gbps": "25", "nic_count": "2",
        "mtu_bytes": "9000", "rdma": "roce", "rdma_enabled": "true", "team": "set",
        "balancing": "dynamic", "vnics": "1", "power_plan": "balanced", "performance_option": "SMB",
        "simultaneous": "2", "storage_simultaneous": "2", "smb_limit_mib_s": "750", "storage_mib_s": "900",
    }  # fmt: skip
    cluster = {
        "cluster": "c", "kind": "workgroup", "max_parallel_migrations": "2", "smb_limit_enabled": "true",
        "smb_limit_factor": "3000", "network_atc": "false", "storage": "nodes", "move_type_threshold": "1000",
        "background_gbps": "1.5", "migration_share": "0.5",
    }  # fmt: skip
    assert (tuple(values), tuple(host), tuple(cluster)) == (VM_COLUMNS, HOST_COLUMNS, CLUSTER_COLUMNS)
    found = read(
        {
            "vms.csv": [list(values), list(values.values())],
            "hosts.csv": [list(host), list(host.values())],
            "clusters.csv": [list(cluster), list(cluster.values())],
        }
    )
    (vm,) = found.vms.values()
    assert vm["possible_owners"] == ("h", "g")
    assert vm["anti_affinity"] == ("x", "y")
    assert (vm["processor_compatibility"], vm["passthrough_disk"], vm["local_iso"]) == (1.0, 0.0, 0.0)
    assert vm["memory_gib"] == 8
    assert vm["move"] == "shared_nothing"
    assert len(vm) == len(VM_COLUMNS) - 3  # all but its name, its cluster and its state, which say where it stands
    assert None not in found.inventory.hosts[0].model_dump().values()
    assert None not in found.inventory.clusters[0].model_dump().values()
    assert all(not one.ignored for one in found.inventory.mapped)


def test_hyperv_tables_are_joined(read):
    found = read(EXPORTS["Hyper-V as CSV"])
    one, two = found.host("HV01"), found.host("HV02")
    assert (one.cluster, one.os, one.cores, one.memory_gib) == ("CLU01", "2022", 32, 384)
    assert (one.nic_gbps, one.nic_count, one.mtu_bytes, one.rdma, one.rdma_enabled) == (25, 2, 9000, "roce", True)
    assert (two.nic_count, two.state, two.performance_option, two.simultaneous) == (1, "paused", "Compression", 4)
    (cluster,) = found.inventory.clusters
    assert (cluster.max_parallel_migrations, cluster.smb_limit_enabled, cluster.storage) == (1, True, "nodes")
    web, sql = found.vms["WEB01"], found.vms["SQL01"]
    assert (web["memory_gib"], web["startup_gib"], web["vcpus"], web["cpu_use"]) == (8, 4, 4, 0.03)
    assert (web["priority"], sql["priority"]) == ("high", "low")
    assert web["preferred_owners"] == ("HV02", "HV01")  # as the hosts are called, whatever the table wrote
    assert web["anti_affinity"] == ("web", "front")
    assert "anti_affinity" not in sql  # the name of a collection's type says nothing
    assert found.aside["OLD01"].reason.startswith("is off")


def test_numbers_stand_for_words_in_json(read):
    found = read(EXPORTS["Hyper-V as JSON"])
    assert set(found.vms) == {"WEB01", "SQL01"}
    assert found.aside["OLD01"].value == "3"
    assert found.aside["OLD01"].line is not None


@pytest.mark.parametrize(
    "shape",
    [
        lambda rows: rows[0],
        lambda rows: {"value": rows, "Count": 3},
        lambda rows: {"Get-VM": rows, "Get-VMHost": [{"ComputerName": "HV01", "LogicalProcessorCount": 8}]},
    ],
)
def test_json_comes_in_several_shapes(read, shape):
    import json

    rows = json.loads(json_bytes(exports.GET_VM_JSON))
    assert "WEB01" in read({"export.json": json.dumps(shape(rows))}).vms


def test_json_objects_in_cells_stand_for_their_names(read):
    rows = [
        ["Name", "State", "MemoryAssigned", "VMHost", "ComputerName"],
        ["a", {"value": 2, "Value": "Running"}, 8 * GIB, {"Name": "x"}, {"Name": "HV07", "Id": 4}],
    ]
    assert read({"vms.json": json_bytes(rows)}).vms["a"]["host"] == "HV07"


def test_settings_of_a_cluster_without_its_name_are_those_of_the_only_one(read):
    found = read(
        EXPORTS["Hyper-V as JSON"] | {"cluster.csv": "MaximumParallelMigrations,SMBBandwidthLimitFactor\n3,5000\n"}
    )
    assert found.inventory.clusters[0].smb_limit_factor == 5000


def test_tables_beside_the_list_of_vms_fill_in(read):
    rows = [["VMName", "ComputerName", "Count", "CompatibilityForMigrationEnabled"], ["WEB01", "HV01", 9, "True"]]
    drives = [
        ["VMName", "ComputerName", "Path", "DiskNumber", "ControllerType"],
        ["SQL01", "HV02", "C:\\a.vhdx", "", "SCSI"],
        ["SQL01", "HV02", "Disk 3", "3", "SCSI"],
        ["WEB01", "HV01", "C:\\b.vhdx", "", "SCSI"],
    ]
    images = [
        ["VMName", "ComputerName", "DvdMediaType", "Path"],
        ["WEB01", "HV01", "ISO", "D:\\iso\\win.iso"],
        ["SQL01", "HV02", "ISO", "C:\\ClusterStorage\\V1\\win.iso"],
    ]
    found = read(
        EXPORTS["Hyper-V as CSV"] | {"p.csv": csv_bytes(rows), "d.csv": csv_bytes(drives), "i.csv": csv_bytes(images)}
    )
    web, sql = found.vms["WEB01"], found.vms["SQL01"]
    assert web["processor_compatibility"] == 1
    assert web["vcpus"] == 4  # the list of VMs is believed first
    assert (web["passthrough_disk"], sql["passthrough_disk"]) == (0, 1)
    assert (web["local_iso"], sql["local_iso"]) == (1, 0)


def test_where_a_vm_lies_says_what_travels(read):
    rows = [
        ["Name", "State", "MemoryAssigned", "ComputerName", "Path"],
        ["local", "Running", GIB, "HV01", r"D:\VMs\a"],
        ["share", "Running", GIB, "HV01", r"\\files\vms"],
        ["csv", "Running", GIB, "HV01", r"C:\ClusterStorage\Volume1\a"],
    ]
    moves = {name: vm["move"] for name, vm in read({"Get-VM.csv": rows}).vms.items()}
    assert moves == {"local": "shared_nothing", "share": "memory", "csv": "memory"}


def test_static_memory_is_assigned_at_the_start(read):
    rows = [
        ["Name", "State", "MemoryStartup", "DynamicMemoryEnabled", "ComputerName"],
        ["static", "Running", 4 * GIB, "False", "HV01"],
        ["dynamic", "Running", 4 * GIB, "True", "HV01"],
    ]
    found = read({"Get-VM.csv": rows})
    assert found.vms["static"]["memory_gib"] == 4
    assert "not known" in found.aside["dynamic"].reason


@pytest.mark.parametrize("name", ["RVTools 4 as xlsx", "RVTools 4 as CSV"])
def test_rvtools_tabs_are_joined(name, read):
    found = read(EXPORTS[name])
    host = found.host("esx1.lab")
    assert (host.cores, host.cpu_busy, host.memory_gib, host.cpu_vendor, host.os) == (32, 0.23, 512, "intel", None)
    assert (host.nic_gbps, host.nic_count) == (10, 2)  # a port that is down and one of 1 Gbit/s do not count
    assert found.host("esx2.lab").cores is None  # only VMs name it
    assert found.host("esx3.lab").nic_gbps == 25  # no VM names it
    assert found.vms["app01"]["disk_gib"] == 100
    assert found.vms["app02"]["memory_gib"] == 8
    reasons = {row.name: row.reason for row in found.aside.values()}
    assert "template" in reasons["tmpl"]
    assert "placeholder" in reasons["srm01"]
    assert "off" in reasons["cold"]
    assert "VMware" in found.inventory.note


def test_rvtools_with_the_tab_before_each_column(read):
    (vm,) = read({"RVTools_tabvInfo.csv": exports.VINFO_PREFIXED}).vms.values()
    assert (vm["memory_gib"], vm["vcpus"], vm["disk_used_gib"], vm["host"]) == (16, 4, 50, "esx1.lab")


def test_rvtools_of_one_tab_of_memory_alone(read):
    (vm,) = read({"RVTools_tabvMemory.csv": exports.VMEMORY}).vms.values()
    assert vm["memory_gib"] == 16


def test_hyperv_in_rvtools_tabs_is_hyperv(read):
    found = read(EXPORTS["Hyper-V in RVTools' tabs"])
    assert not found.inventory.note
    assert found.host("HV01").os == found.host("HV02").os == "2019"
    assert set(found.vms) == {"app01", "app02"}


def test_hypervtoolsx_parts_property_names_into_words(read):
    found = read(EXPORTS["HyperVToolsX"])
    assert found.vms["=web"]["memory_gib"] == 8
    assert (found.host("HV01").os, found.host("HV01").memory_gib, found.host("HV01").cores) == ("2025", 255.5, 24)


def test_sam_gold_toolkit(read):
    found = read(
        {
            "HyperVExportHV01Basic.csv": "HyperV_Name,EnabledState,Host,GUID\nweb,Enabled,HV01,g1\n",
            "HyperVExportHV01Guests.csv": "Name,GUID,State,MemoryAssigned,Host,IsClustered,ProcessorCount\n"
            "web,g1,Running,8589934592,HV01,True,4\n",
            "HyperVExportHV01Hosts.csv": "Name,LogicalProcessorCount,MemoryCapacity\nHV01,32,274877906944\n",
        }
    )
    assert found.vms["web"]["memory_gib"] == 8
    assert found.vms["web"]["move"] == "memory"
    assert found.host("HV01").cores == 16


def test_scvmm(read):
    rows = [
        ["Name", "VMHost", "CPUCount", "Memory", "Status", "DynamicMemoryEnabled"],
        ["a", "hv1.contoso.example", 2, 8192, "Running", "False"],
        ["b", "hv1.contoso.example", 2, 8192, "PowerOff", "False"],
    ]
    found = read({"Get-SCVirtualMachine.csv": rows})
    assert found.vms["a"]["memory_gib"] == 8
    assert found.aside["b"].reason.startswith("is off")


def test_servers_are_spread_over_hosts_to_be(read):
    found = read(EXPORTS["Azure Migrate"])
    assert [host.host for host in found.inventory.hosts] == ["target-01", "target-02"]
    assert {host.memory_gib for host in found.inventory.hosts} == {512}
    assert found.vms["srv1"]["disk_used_gib"] == 40
    assert "target" in found.aside["srv3"].reason
    assert "2 hosts of 512 GiB" in found.inventory.note


def test_a_team_is_set_or_lbfo(read):
    switch = [
        ["ComputerName", "Name", "NetAdapterInterfaceDescription", "TeamingMode", "LoadBalancingAlgorithm"],
        ["HV01", "s", "System.String[]", "SwitchIndependent", "HyperVPort"],
    ]
    lbfo = [
        ["PSComputerName", "Name", "Members", "TeamNics", "TeamingMode", "LoadBalancingAlgorithm"],
        ["HV02", "t", "System.String[]", "t", 1, 5],
    ]
    found = read(EXPORTS["Hyper-V as CSV"] | {"s.csv": csv_bytes(switch), "t.csv": csv_bytes(lbfo)})
    assert (found.host("HV01").team, found.host("HV01").balancing) == ("set", "hyperv_port")
    assert (found.host("HV02").team, found.host("HV02").balancing) == ("lbfo", "dynamic")


def test_columns_are_found_by_name_whatever_stands_between(read):
    rows = [list(row) for row in exports.VINFO_4]
    for at, row in enumerate(rows):
        row.insert(2, "Owner" if at == 0 else "x, y")
        row.insert(6, "CPU notes" if at == 0 else "99")
    inserted = read({"a.csv": [[row[-1 - at] for at in range(len(row))] for row in rows]})
    assert inserted.vms["app01"]["memory_gib"] == 16
    assert set(inserted.inventory.mapped[0].ignored) >= {"Owner", "CPU notes"}


def test_the_examples_are_read_whole():
    for name, vms in (("small", 116), ("hyperv", 16)):
        found = read_all(read_inventory(shipped_path("data", "examples", "inventories", name)))
        assert len(found.vms) == vms
        assert not found.inventory.set_aside
        assert not found.inventory.unread
        assert all(host.nic_gbps for host in found.inventory.hosts)


def test_files_of_no_known_format_are_named(read, tmp_path):
    found = read(EXPORTS["own"] | {"notes.txt": "just,some\nwords,here\n", "empty.csv": b"", "other.md": b"x"})
    assert found.inventory.unread == (str(tmp_path / "notes.txt"),)


def test_vms_that_may_run_and_cannot_be_read_are_counted_by_host(read):
    vms = [
        ["vm", "host", "memory_gib", "state"],
        ["ok", "h1", "8", "running"],
        ["unreadable", "h1", "abc", "running"],
        ["unknown", "h2", "", "running"],
        ["unsaid", "h2", "", ""],
        ["off", "h1", "", "off"],
        ["odd", "h3", "8", "dancing"],
        ["nowhere", "", "", "running"],
        ["ok", "h1", "8", "running"],
    ]
    inventory = read({"vms.csv": vms}).inventory
    names = [host.host for host in inventory.hosts]
    assert dict(zip(names, inventory.missed_of_host.tolist(), strict=True)) == {"h1": 1, "h2": 2, "h3": 1}
    (table,) = inventory.tables()
    missed = [(names[at], row.name) for at, row in table.missed]
    assert missed == [("h1", "unreadable"), ("h2", "unknown"), ("h2", "unsaid"), ("h3", "odd")]
    assert {row for _, row in table.missed} <= set(table.set_aside)


@pytest.mark.parametrize(
    ("drives", "iso", "disk"),
    [
        ({"DVDDrives": [{"Path": "D:\\iso\\w.iso"}], "HardDrives": [{"DiskNumber": None}]}, 1, 0),
        ({"DVDDrives": [{"Path": "C:\\ClusterStorage\\V1\\w.iso"}, {"Path": None}]}, 0, None),
        ({"DVDDrives": [], "HardDrives": [{"DiskNumber": None}, {"DiskNumber": 3}]}, 0, 1),
        ({"DVDDrives": {"Path": "D:\\w.iso"}, "HardDrives": {"DiskNumber": 0}}, 1, 1),
        # Cut off by -Depth, or named alone: nothing is known.
        ({"DVDDrives": ["Microsoft.HyperV.PowerShell.DvdDrive"], "HardDrives": [{"Name": "disk"}]}, None, None),
        ({}, None, None),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_drives_within_get_vm_say_what_ties_a_vm_to_its_host(read, drives, iso, disk, alone):
    vm = {"Name": "a", "State": 2, "MemoryAssigned": 2**33, "ComputerName": "h1", **drives}
    found = read({"vms.json": json.dumps(vm if alone else [vm, {**vm, "Name": "b"}])}).vms["a"]
    assert (found.get("local_iso"), found.get("passthrough_disk")) == (iso, disk)


def test_a_scenario_is_no_inventory():
    with pytest.raises(InventoryError, match="a scenario is read by `advisor recommend`"):
        read_inventory(shipped_path("data", "examples", "azure_local.yaml"))


@pytest.mark.parametrize(("cluster", "said"), [("", True), ("c1", False)])
def test_clustered_vms_whose_cluster_nobody_names_are_told(read, cluster, said):
    vms = [["Name", "IsClustered", "MemoryAssigned", "State", "ComputerName"], ["a", "True", "8589934592", "2", "h1"]]
    hosts = [["host", "cluster", "nic_gbps"], ["h1", cluster, "10"]]
    note = read({"vms.csv": vms, "hosts.csv": hosts}).inventory.note
    assert ("no table says which hosts form a cluster" in note) == said


@pytest.mark.parametrize("name", list(BATCH_TABLES))
def test_what_a_batch_answered_is_no_inventory(read, tmp_path, name):
    columns = list(BATCH_TABLES[name].model_fields)
    answer = {f"answer-{name}.csv": csv_bytes([columns, ["1"] * len(columns)])}
    found = read(EXPORTS["own"] | answer)
    assert found.inventory.unread == (str(tmp_path / f"answer-{name}.csv"),)
    assert found.vms == read(EXPORTS["own"]).vms
    for file in EXPORTS["own"]:
        (tmp_path / file).unlink()
    with pytest.raises(InventoryError, match="a batch wrote this: an answer, no inventory"):
        read(answer)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"hosts.csv": csv_bytes(exports.OWN_HOSTS)}, "no table lists VMs"),
        ({"a.csv": b"apples,pears\n1,2\n"}, "no table lists VMs"),
        ({"a.csv": b"   \n"}, "is empty"),
        ({"a.csv": b"Report of May\n\nvm,host,memory_gib\na,h,8\n"}, "take away what stands above its first row"),
        ({"a.csv": b"vm,host,memory_gb\na,h,8\n"}, "rename memory_gb to memory_gib"),
        ({"a.json": b"[1, 2]"}, "holds no objects"),
        ({"a.json": b'[{"Name": 1}'}, "is not JSON"),
        ({"a.json": b"[" * 5000 + b"]" * 5000}, "nested deeper"),
        ({"a.csv": "vm,memory_gib\nMüller,8\n".encode("cp1252")}, "is not text"),
        ({"a.csv": b"\x00\x01\x02"}, "is not text"),
        ({"a.csv": b"\xff\xfev"}, "UTF-16"),
        ({"a.xlsx": b"PK\x03\x04rubbish"}, "damaged xlsx"),
        ({"a.xlsx": b"\xd0\xcf\x11\xe0old"}, "old or encrypted Excel"),
        ({"a.parquet": b"PAR1rubbish"}, "Parquet"),
        ({"a.xlsx": xlsx_bytes({"vInfo": [["a"]]})[:-40]}, "damaged xlsx"),
        ({"a.docx": b"x"}, "holds no file of an inventory"),
        ({"a.csv": b"vm,memory_gib\n" + b"x" * (1 << 23)}, "has a line of more than"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(files, words, read):
    with pytest.raises(InventoryError, match=words) as caught:
        read(files)
    assert all(problem.mend for problem in caught.value.problems)


def test_paths_that_are_not_there_are_all_named(tmp_path):
    with pytest.raises(InventoryError) as caught:
        read_inventory([tmp_path / "a.csv", tmp_path / "b.csv", "nul\0"])
    assert len(caught.value.problems) == 3
    with pytest.raises(InventoryError, match="names no file"):
        read_inventory([])


def test_a_file_that_is_changed_meanwhile_is_noticed(read, tmp_path):
    found = read(EXPORTS["own"])
    with (tmp_path / "vms.csv").open("a") as stream:
        stream.write("more,m,hv1,c1,running,8,4,2,web,high\r\n")
    with pytest.raises(InventoryError, match="changed while"):
        list(found.inventory.tables())
    (tmp_path / "vms.csv").unlink()
    with pytest.raises(InventoryError, match="no such file"):
        list(found.inventory.tables())


def test_the_fingerprint_is_of_the_content(read, tmp_path):
    first = read(EXPORTS["own"]).inventory.fingerprint
    assert read(EXPORTS["own"]).inventory.fingerprint == first
    changed = EXPORTS["own"]["vms.csv"].replace(b"8.5", b"9.5")
    assert read({"vms.csv": changed}).inventory.fingerprint != first
