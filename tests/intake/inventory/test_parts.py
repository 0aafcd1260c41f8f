"""The parts that join an inventory: names of hosts, NICs, servers without hosts, defaults, what import shows."""

import json

import numpy as np
import pytest

from advisor.domain.defaults import default_columns, default_values, load_defaults, parse_defaults, problems_of
from advisor.domain.estate import Default
from advisor.errors import InputError, InventoryError
from advisor.intake.inventory import read_defaults, read_inventory, survey_inventory
from advisor.intake.inventory.roster import Roster, short_name
from advisor.intake.inventory.target import NOWHERE, Target
from advisor.shipped import shipped_path
from tests.intake.inventory.exports import AZURE_MIGRATE, EXPORTS, GET_NETADAPTER, GET_VM, csv_bytes

FIRST = "column,low,middle,high,source\n"


def test_addresses_are_no_names_with_a_domain():
    assert short_name("10.1.2.3") != short_name("10.1.2.4")
    assert short_name("FE80::1") == "fe80::1"
    assert short_name(".") == "."


def test_the_first_table_that_says_something_is_believed():
    roster = Roster()
    roster.say("hv1", None, {"cores": 8})
    roster.say("HV1.contoso.example", "c", {"cores": 16, "memory_gib": 64})
    roster.say_cluster("", {"storage": "nodes"})
    roster.close()
    (host,) = roster.hosts
    assert (host.host, host.cluster, host.cores, host.memory_gib) == ("hv1", "c", 8, 64)
    assert roster.clusters[0].storage == "nodes"
    assert roster.position("hv1.other.example", "c") == 0  # one full name alone is known of it
    assert roster.position("", None) == 0
    assert roster.position("hv2", "c") is None


def nic(name, speed, status="Up", description="Intel(R) X550", mtu=1500, host="HV01"):
    return [name, description, 1, status, "", speed, mtu, host]


@pytest.mark.parametrize(
    ("nics", "expected"),
    [
        ([nic("a", "1 Gbps"), nic("b", "1 Gbps")], (1, 2, 1500)),
        ([nic("a", "1 Gbps"), nic("b", "10 Gbps"), nic("c", "10 Gbps", "Disconnected")], (10, 1, 1500)),
        ([nic("a", "10 Gbps", mtu=9000), nic("b", "10 Gbps")], (10, 2, 1500)),
        ([nic("a", "10 Gbps"), nic("vEthernet (x)", "100 Gbps"), nic("t", "50 Gbps", description="Multiplexor Driver")],
         (10, 1, 1500)),
        ([nic("a", "0 bps"), nic("b", "", "Not Present")], (None, None, None)),
    ],
)  # fmt: skip
def test_the_fastest_ports_that_are_up_count(nics, expected, read):
    vms = [GET_VM[0], GET_VM[1]]
    host = read({"Get-VM.csv": csv_bytes(vms), "n.csv": csv_bytes([GET_NETADAPTER[0], *nics])}).host("HV01")
    assert (host.nic_gbps, host.nic_count, host.mtu_bytes) == expected


@pytest.mark.parametrize(
    ("column", "value", "is_up"),
    [
        ("Status", "Up", True), ("Status", "Disconnected", False), ("Status", "Not Present", False),
        ("Status", "", True), ("MediaConnectionState", 0, True), ("MediaConnectionState", 1, True),
        ("MediaConnectionState", 2, False), ("MediaConnectionState", "Disconnected", False),
        ("InterfaceOperationalStatus", 1, True), ("InterfaceOperationalStatus", 2, False),
        ("InterfaceOperationalStatus", 4, True), ("InterfaceOperationalStatus", 7, False),
        ("ifOperStatus", "Up", True), ("ifOperStatus", "LowerLayerDown", False), ("AdminStatus", 1, True),
        ("AdminStatus", "Down", False),
    ],
)  # fmt: skip
def test_each_column_says_in_its_own_numbers_that_a_link_is_down(column, value, is_up, read):
    ports = [
        {"Name": name, "SystemName": "HV01", "InterfaceDescription": "Mellanox", "LinkSpeed": "25 Gbps", column: said}
        for name, said in (("a", value), ("b", "Up" if column == "Status" else 1))
    ]
    found = read({"Get-VM.csv": csv_bytes(GET_VM[:2]), "n.json": json.dumps(ports)})
    assert found.host("HV01").nic_count == 1 + is_up


def test_one_column_that_says_a_link_is_down_is_believed(read):
    port = {"Name": "a", "SystemName": "HV01", "InterfaceDescription": "Mellanox", "LinkSpeed": "25 Gbps"}
    ports = [port, port | {"Name": "b", "AdminStatus": 1, "Status": "Up", "MediaConnectionState": 2}]
    found = read({"Get-VM.csv": csv_bytes(GET_VM[:2]), "n.json": json.dumps(ports)})
    assert found.host("HV01").nic_count == 1


@pytest.mark.parametrize("group", ["WEB01", "SCVMM WEB01 Resources", "SCVMM WEB01 Resources (1)"])
def test_groups_of_system_center_belong_to_their_vm(group, read):
    groups = [["Name", "OwnerNode", "Cluster", "Priority", "GroupType"], [group, "HV01", "c", 1000, 111]]
    found = read({"Get-VM.csv": csv_bytes(GET_VM[:2]), "Get-ClusterGroup.csv": csv_bytes(groups)})
    assert found.vms["WEB01"]["priority"] == "low"


def test_nics_without_a_host_are_those_of_the_only_one(read):
    header = GET_NETADAPTER[0][:-1]
    rows = [header, nic("a", "10 Gbps")[:-1]]
    assert read({"Get-VM.csv": csv_bytes(GET_VM[:2]), "n.csv": csv_bytes(rows)}).host("HV01").nic_gbps == 10
    found = read({"Get-VM.csv": csv_bytes(GET_VM), "n.csv": csv_bytes(rows)})
    assert found.host("HV01").nic_gbps is None
    assert [row.reason for row in found.inventory.set_aside] == ["names no host"]


@pytest.mark.parametrize(
    ("description", "listed", "rdma"),
    [
        ("Mellanox ConnectX-4 Lx Ethernet Adapter", "True", ("roce", True)),
        ("Chelsio T62100-LP-CR", "False", ("iwarp", False)),
        ("Intel(R) E810-C", "True", (None, True)),
        ("Intel(R) X550", None, ("none", None)),
    ],
)
def test_rdma_is_known_where_the_make_speaks_one_protocol(description, listed, rdma, read):
    nics = [GET_NETADAPTER[0], nic("a", "25 Gbps", description=description)]
    listing = [["Name", "InterfaceDescription", "Enabled", "SystemName"], ["other", "x", "True", "HV01"]]
    if listed:
        listing.append(["a", description, listed, "HV01"])
    files = {"Get-VM.csv": csv_bytes(GET_VM[:2]), "n.csv": csv_bytes(nics), "r.csv": csv_bytes(listing)}
    host = read(files).host("HV01")
    assert (host.rdma, host.rdma_enabled) == rdma


@pytest.mark.parametrize("memory", [64.0, 500.0, 2048.0])
def test_servers_leave_room_and_a_host_to_spare(memory):
    draw = np.random.default_rng(1)
    sizes = draw.choice([4.0, 16.0, 48.0, 300.0], 2000, p=[0.5, 0.3, 0.15, 0.05])
    roster = Roster()
    size = f"{memory:g}"
    target = Target((Default(column="host.memory_gib", low=size, middle=size, high=size, source="x"),))
    hosts = target.spread(sizes, np.ones(2000, np.bool_), roster)
    fits = sizes <= 0.8 * memory
    assert ((hosts != NOWHERE) == fits).all()
    loads = np.bincount(hosts[fits], sizes[fits], minlength=target.hosts)
    assert loads.max() <= 0.8 * memory
    assert loads.sum() <= 0.8 * memory * (target.hosts - 1)  # one host could go
    roster.close()
    assert sorted(target.positions(roster)[:-1].tolist()) == list(range(target.hosts))


def test_hosts_to_be_are_as_large_as_the_default_says(read):
    defaults = read_defaults(flags=["host.memory_gib=6000"])
    found = read({"a.csv": csv_bytes(AZURE_MIGRATE)}, defaults=defaults)
    assert {host.memory_gib for host in found.inventory.hosts} == {6000}
    assert not found.aside


def test_shipped_defaults_hold_and_name_their_sources():
    rows = load_defaults()
    assert rows is load_defaults()
    assert {row.column for row in rows} <= set(default_columns())
    for row in rows:
        assert "http" in row.source or "assumption" in row.source or "by default" in row.source, row.column
    values = {row.column: default_values(row) for row in rows}
    assert values["host.os"][1] == "2022"
    assert values["host.cpu_busy"] == (0, 0.1, 0.4)
    assert values["host.nic_gbps"] == (10, 10, 25)
    assert values["host.nic_count"] == (1, 2, 2)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("host.nic_gbps,10,fast,25,x\n", "middle cannot be taken"),
        ("host.nic_gbps,10,5,25,x\n", "must rise"),
        ("host.nic_gbps,10,,25,x\n", "middle is empty"),
        ("host.cores,0,1,2,x\n", "low cannot be taken"),
        ("vm.memory_gib,1,2,4,x\n", "no column that has a default"),
        ("vm.workload,typical,typing,typical,x\n", "no workload class"),
        ("rack.size,1,1,1,x\n", "no column that has a default"),
        ("host.cores,1,1,1,\n", "source"),
        ("host.cores,1,1,1,x\nhost.cores,1,1,1,x\n", "stands more than once"),
    ],
)
def test_defaults_that_do_not_hold_are_named(row, words, tmp_path):
    with pytest.raises(InputError, match=words) as caught:
        parse_defaults(FIRST + row, "mine.csv")
    assert any(
        words in str(problem) and problem.file == "mine.csv" and problem.line for problem in caught.value.problems
    )
    (tmp_path / "mine.csv").write_text(FIRST + row)
    with pytest.raises(InventoryError, match=words):
        read_defaults(tmp_path / "mine.csv")


def test_values_of_a_default_that_does_not_hold_are_refused():
    with pytest.raises(InputError, match="low cannot"):
        default_values(Default(column="host.cores", low="x", middle="1", high="1", source="x"))
    assert not problems_of(Default(column="host.cores", low="1", middle="1", high="1", source="x"))


def taken(rows, column):
    return next((row.low, row.middle, row.high) for row in rows if row.column == column)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.csv", FIRST + "host.nic_gbps,25,40,100,ours\n"),
        ("d.yaml", "host.nic_gbps: [25, 40, 100]\n"),
        ("d.yml", "host:\n  nic_gbps: [25, 40, 100]\n"),
        ("d.yaml", "host.nic_gbps:\n  low: 25\n  middle: 40\n  high: 100\n  source: ours\n"),
        ("d.json", '{"host": {"nic_gbps": [25, 40, 100]}}'),
    ],
)
def test_a_file_of_defaults_lies_over_the_shipped_ones(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    rows = read_defaults(tmp_path / name)
    assert taken(rows, "host.nic_gbps") == ("25", "40", "100")
    assert taken(rows, "host.nic_count") == ("1", "2", "2")
    assert taken(read_defaults(tmp_path / name, ["host.nic_gbps=1"]), "host.nic_gbps") == ("1", "1", "1")


def test_a_flag_of_three_values_is_low_middle_and_high():
    assert taken(read_defaults(flags=["host.nic_gbps = 10, 25, 40"]), "host.nic_gbps") == ("10", "25", "40")
    assert taken(read_defaults(flags=["vm.dirty_rate_mib_s=50"]), "vm.dirty_rate_mib_s") == ("50", "50", "50")


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("host.nic_gbps", "is no default"),
        ("host.nic_gbps=1,2", "gives 2 values"),
        ("host.nic_gbit=10", "did you mean host.nic_gbps"),
        ("host.nic_gbps=wide", "nic_gbps: cannot be taken"),
        ("vm.memory_gib=8", "never guessed"),
        ("host.os=2008", "2012"),
    ],
)
def test_a_flag_that_cannot_be_taken_says_why(flag, words):
    with pytest.raises(InventoryError, match=words):
        read_defaults(flags=[flag])


@pytest.mark.parametrize("text", ["host.nic_gbps: {low: 1}\n", "host: [1]\n", "[1, 2]\n", "host.nic_gbps: [1\n", ""])
def test_a_broken_file_of_defaults_is_refused_in_words(text, tmp_path):
    (tmp_path / "d.yaml").write_text(text)
    with pytest.raises(InventoryError):
        read_defaults(tmp_path / "d.yaml")
    with pytest.raises(InventoryError, match="no such file"):
        read_defaults(tmp_path / "none.yaml")


def test_a_survey_counts_what_is_missing_and_set_aside(read, tmp_path):
    read(EXPORTS["own"])
    survey = survey_inventory(read_inventory(tmp_path))
    assert (survey.clusters, survey.hosts, survey.vms, survey.memory_gib) == (1, 3, 3, 32.5)
    assert (survey.rows_read, survey.rows_set_aside) == (4, 1)
    missing = {one.column: (one.missing, one.of) for one in survey.defaults}
    assert missing["host.os"] == (1, 3)
    assert missing["vm.vcpus"] == (1, 3)
    assert "host.storage_mib_s" in missing
    assert "vm.memory_gib" not in missing
    (group,) = survey.set_aside
    assert (group.rows, group.column, group.examples[0].name) == (1, "state", "old-1")
    assert survey.fingerprint == read_inventory(tmp_path).fingerprint


def test_a_survey_keeps_few_examples_and_few_reasons(read, tmp_path):
    rows = "".join(f"v{number},h,8{',x' * (1 + number % 300)}\n" for number in range(900))
    read({"vms.csv": "vm,host,memory_gib\na,h,8\n" + rows})
    survey = survey_inventory(read_inventory(tmp_path))
    assert len(survey.set_aside) <= 201
    assert sum(group.rows for group in survey.set_aside) == 900
    assert max(len(group.examples) for group in survey.set_aside) == 3


def test_the_examples_stand_in_the_house():
    assert sorted(one.name for one in shipped_path("data", "examples", "inventories").iterdir()) == ["hyperv", "small"]
