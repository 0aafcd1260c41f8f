"""What exports really contain: numbers as people write them, states, doubles, names in two spellings, bad cells."""

import numpy as np
import pytest

from advisor.domain.estate import EstateHost, EstateVm
from advisor.intake.inventory import figures
from advisor.intake.inventory import readings as read_as
from advisor.intake.inventory.figures import How
from advisor.intake.inventory.quantities import number
from tests.intake.inventory import exports
from tests.intake.inventory.exports import EXPORTS, GIB, csv_bytes

HEADER = "vm,vm_id,host,cluster,memory_gib,vcpus\n"


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("16384", 16384, 16384),
        ("16,384", 16384, 16.384),
        ("16.384", 16.384, 16384),
        ("1,234,567", 1234567, 1234567),
        ("1.234.567", 1234567, 1234567),
        ("1,5", 1.5, 1.5),
        ("1.5", 1.5, 1.5),
        ("1.234,5", 1234.5, 1234.5),
        ("1,234.5", 1234.5, 1234.5),
        ("16 384", 16384, 16384),
        ("16\u00a0384,25", 16384.25, 16384.25),
        ("16'384", 16384, 16384),
        ("-3", -3, -3),
        ("1.7E+10", 1.7e10, 1.7e10),
        ("1,7E+10", 1.7e10, 1.7e10),
        (".5", 0.5, 0.5),
    ],
)
def test_numbers(text, point, comma):
    assert number(text) == pytest.approx(point)
    assert number(text, decimal_comma=True) == pytest.approx(comma)


@pytest.mark.parametrize(
    "text", ["", "x", "1,2,3", "1.2.3", "1e999", "nan", "inf", "1_000", "٣", "0x10", "1" * 50, "--1"]
)
def test_what_is_no_number(text):
    for decimal_comma in (False, True):
        with pytest.raises(ValueError):  # noqa: PT011 - people are told by the column's field what it allows
            number(text, decimal_comma=decimal_comma)


@pytest.mark.parametrize(
    ("text", "unit", "gib"),
    [("16384", "MB", 16), ("16384", "MiB", 16), ("16", "GB", 16), (str(16 * GIB), "bytes", 16), ("16 GB", "MiB", 16),
     ("16777216", "KiB", 16), ("1 TB", "MiB", 1024), ("1.5TiB", "bytes", 1536)],
)  # fmt: skip
def test_sizes(text, unit, gib):
    assert figures.size(unit)(text, How()) == gib


@pytest.mark.parametrize(
    ("text", "gbps"),
    [
        ("10000", 10),
        ("10000 Full", 10),
        ("10000 Mb/s Full Duplex", 10),
        ("1000 (Auto)", 1),
        ("10 Gbps", 10),
        ("1 Gbps", 1),
        ("100 Mbps", 0.1),
        ("2.5 Gbps", 2.5),
        ("1,000", 1),
    ],
)
def test_speeds(text, gbps):
    assert figures.speed("Mbps")(text, How()) == pytest.approx(gbps)
    with pytest.raises(ValueError, match="speed"):
        figures.speed("furlong")(text.split()[0], How())


@pytest.mark.parametrize(
    "text",
    ["12/31/2023", "10:30", "2024-01-05", "16;32", "16_384", "16×4", "1.2.3", "16GB free of 64GB", "16384 512", "5%5",
     "16 GB 4", "16 half", "10 Gbit", "0x10"],
)  # fmt: skip
def test_what_only_begins_with_a_number_is_no_size(text):
    with pytest.raises(ValueError):  # noqa: PT011 - people are told by the column's field what it allows
        figures.size("GiB")(text, How())
    with pytest.raises(ValueError):  # noqa: PT011
        figures.percent(text, How())


@pytest.mark.parametrize("text", ["10 Gbps down", "10:30", "10/100", "10000 Full 5", "half", "10000 parsec"])
def test_what_only_begins_with_a_number_is_no_speed(text):
    with pytest.raises(ValueError):  # noqa: PT011
        figures.speed("Mbps")(text, How())


@pytest.mark.parametrize("text", ["True", "true", "TRUE", "yes", "1", "on", "Enabled", "wahr", "x"])
def test_yes_in_any_spelling(text):
    assert read_as.flag(text, How()) is True


@pytest.mark.parametrize("text", ["False", "no", "0", "Off", "Falsch", "disabled"])
def test_no_in_any_spelling(text):
    assert read_as.flag(text, How()) is False


@pytest.mark.parametrize("text", ["", "-", "N/A", "null", "unknown", "-1", "#N/A"])
def test_nothing_in_any_spelling(text):
    assert read_as.flag(text, How()) is None
    assert figures.count(text, How()) is None
    assert figures.size("MiB")(text, How()) is None
    assert figures.speed("Mbps")(text, How()) is None


@pytest.mark.parametrize(
    ("text", "state"),
    [("Running", "running"), ("On", "running"), ("poweredOn", "running"), ("2", "running"), ("Off", "off"),
     ("3", "off"),
     ("poweredOff", "off"), ("OffCritical", "off"), ("Saved", "saved"), ("suspended", "saved"), ("6", "saved"),
     ("Paused", "paused"), ("9", "paused"), ("template", "template"), ("", None), ("unknown", None)],
)  # fmt: skip
def test_states(text, state):
    assert read_as.state(text, How()) == state


@pytest.mark.parametrize(
    ("text", "version"),
    [("Microsoft Windows Server 2022 Datacenter", "2022"), ("Windows Server 2012 R2 Standard", "2012R2"),
     ("10.0.17763", "2019"), ("20348", "2022"), ("10.0.26100.1", "2025"), ("Azure Stack HCI", "AzureLocal"),
     ("VMware ESXi 7.0.3 build-20348", None), ("Debian 12", None), ("", None)],
)  # fmt: skip
def test_versions_of_windows(text, version):
    assert read_as.windows(text, How()) == version


@pytest.mark.parametrize(
    ("text", "priority"),
    [("3000", "high"), ("2000", "medium"), ("1000", "low"), ("0", "no_auto_start"), ("High", "high"),
     ("2500", "medium"),
     ("NoAutoStart", "no_auto_start"), ("", None)],
)  # fmt: skip
def test_priorities(text, priority):
    assert read_as.priority(text, How()) == priority


def test_words_in_any_spelling_and_numbers_for_words():
    option = read_as.coded(EstateHost, "performance_option", {"2": "SMB"})
    assert [option(text, How()) for text in ("2", "smb", "SMB", "")] == ["SMB", "SMB", "SMB", None]
    assert read_as.choice(EstateHost, "team")("none", How()) == "none"
    assert read_as.choice(EstateVm, "move")("Shared nothing", How()) == "shared_nothing"
    assert read_as.workload("Database OLTP", How()) == "database_oltp"


def test_good_rows_go_on_and_bad_ones_are_named(read, tmp_path):
    found = read(
        {
            "vms.csv": HEADER
            + "good,1,h,c,8,2\n"
            + "many,2,h,c,8,99999\n"
            + "text,3,h,c,eight,2\n"
            + "\n"
            + "none,4,h,c,,2\n"
            + ",5,h,c,8,2\n"
            + "nowhere,6,,,8,2\n"
            + "half,7,h,c,8,2.5\n"
            + "wide,8,h,c,8,2,left,over\n"
            + "zero,9,h,c,0,2\n"
            + "other,10,g,c,8,\n"
        }
    )
    assert set(found.vms) == {"good", "other"}
    rows = {row.line: row for table in found.inventory.tables() for row in table.set_aside}
    assert sorted(rows) == [3, 4, 6, 7, 8, 9, 10, 11]
    assert {row.file for row in rows.values()} == {str(tmp_path / "vms.csv")}
    assert (rows[3].column, rows[3].value, rows[3].reason) == ("vcpus", "99999", "is too large")
    assert "1 to 4,096" in rows[3].mend
    assert (rows[4].column, rows[4].value, rows[4].reason) == ("memory_gib", "eight", "is not a number")
    assert "not known" in rows[6].reason
    assert "has no name" in rows[7].reason
    assert (rows[8].column, rows[8].reason) == ("host", "names no host")
    assert rows[9].column == "vcpus"
    assert "8 cells for 6 columns" in rows[10].reason
    assert (rows[11].column, rows[11].reason) == ("memory_gib", "is too small")
    assert found.inventory.rows_read == 10


def test_a_row_is_named_by_the_column_of_its_file(read):
    rows = [[*row] for row in exports.VINFO_4]
    rows[1][exports.column(rows, "Memory")] = "plenty"
    row = read({"RVTools_tabvInfo.csv": rows}).aside["app01"]
    assert (row.column, row.value, row.line) == ("Memory", "plenty", 2)


def test_two_vms_of_a_name_are_two(read):
    found = read(
        {
            "vms.csv": HEADER
            + "a,1,h1,c,8,2\n"
            + "a,2,h1,c,8,2\n"
            + "a,1,h2,c,8,2\n"
            + "a,1,h1,c,8,2\n"
            + "a,,h1,c,8,2\n"
            + "a,1,H1.contoso.example,c,8,2\n"
        }
    )
    assert found.inventory.vms_of_host.tolist() == [3, 1]
    rows = [row for table in found.inventory.tables() for row in table.set_aside]
    assert [(row.line, "stands twice" in row.reason) for row in rows] == [(5, True), (7, True)]


def test_one_host_in_two_spellings_and_two_of_one_short_name(read):
    vms = HEADER + "a,1,HV1.a.example,,8,2\nb,2,hv1,,8,2\nc,3,web1.a.example,,8,2\nd,4,web1.b.example,,8,2\n"
    hosts = "host,cores,memory_gib\nhv1.A.example,16,256\nweb1.b.example,8,128\n"
    found = read({"vms.csv": vms, "hosts.csv": hosts})
    assert found.vms["a"]["host"] == found.vms["b"]["host"] == "hv1.A.example"
    assert found.host("hv1.A.example").cores == 16
    assert found.host("web1.b.example").cores == 8
    assert found.host("web1.a.example").cores is None


def test_hosts_of_one_name_in_two_clusters_are_two(read):
    vms = HEADER + "a,1,n1,east,8,2\nb,2,n1,west,8,2\n"
    hosts = "host,cluster,cores\nn1,east,16\nn1,west,32\nn1,west.contoso.example,64\n,east,1\n"
    found = read({"vms.csv": vms, "hosts.csv": hosts})
    assert [(host.cluster, host.cores) for host in found.inventory.hosts] == [("east", 16), ("west", 32)]
    assert [row.reason for row in found.inventory.set_aside] == ["the host stands twice", "names no host"]


def test_a_cluster_is_known_from_any_table(read):
    found = read({"vms.csv": HEADER + "a,1,h1,c,8,2\nb,2,h1,,8,2\n", "hosts.csv": "host,cores\nh1,8\nh2,8\n"})
    assert [(host.host, host.cluster) for host in found.inventory.hosts] == [("h1", "c"), ("h2", None)]
    assert found.inventory.cluster_names == ("c", "h2")
    assert found.inventory.vms_of_host.tolist() == [2, 0]


def test_a_vm_without_a_host_is_on_the_only_one(read):
    found = read({"vms.csv": "vm,memory_gib\na,8\n", "hosts.csv": "host,cores\nh1,8\n"})
    assert found.vms["a"]["host"] == "h1"


def test_a_bad_row_of_hosts_leaves_its_vms(read):
    found = read({"vms.csv": HEADER + "a,1,h1,c,8,2\n", "hosts.csv": "host,cores,nic_gbps\nh1,many,10\n"})
    assert found.host("h1").nic_gbps is None
    (row,) = found.inventory.set_aside
    assert (row.name, row.column, row.value) == ("h1", "cores", "many")


@pytest.mark.parametrize(
    ("cells", "words"),
    [("8,9,,", "nonzero_gib is larger"), ("8,,9,50", "working_set_gib is larger"), ("8,,2,", "needs dirty_rate_mib_s")],
)
def test_sizes_that_contradict_each_other_are_set_aside(cells, words, read):
    header = "vm,host,memory_gib,nonzero_gib,working_set_gib,dirty_rate_mib_s\n"
    found = read({"vms.csv": f"{header}bad,h,{cells}\ngood,h,8,4,2,50\n"})
    assert words in found.aside["bad"].reason
    assert set(found.vms) == {"good"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_as_it_was_saved(encoding, separator, read):
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    text = mark + (HEADER + "größe,1,h,c,8,2\n").replace(",", separator).replace("\n", "\r\n")
    assert set(read({"vms.csv": text.encode(encoding)}).vms) == {"größe"}


def test_a_decimal_comma_is_known_by_its_file(read):
    german = read({"vms.csv": "vm;host;memory_gib\na;h;1,5\nb;h;2,125\nc;h;1.024\n"})
    assert [vm["memory_gib"] for vm in german.vms.values()] == [1.5, 2.125, 1024]
    english = read({"vms.csv": 'vm,host,memory_gib\na,h,1.5\nb,h,"1,024"\n'})
    assert [vm["memory_gib"] for vm in english.vms.values()] == [1.5, 1024]


def test_lines_before_the_header_that_programs_write(read):
    assert read({"a.csv": "#TYPE Microsoft.HyperV.PowerShell.VirtualMachine\r\n" + HEADER + "a,1,h,c,8,2\n"}).vms
    assert read({"a.csv": "sep=;\n\n" + HEADER.replace(",", ";") + "a;1;h;c;8;2\n"}).vms


def test_cells_may_go_over_lines_and_a_lost_quote_costs_one_row(read):
    found = read(
        {
            "vms.csv": "vm,notes,host,memory_gib\n"
            'a,"one\ntwo, and ""three""\n",h,8\n'
            'lost,"never closed,h,8\n'
            "b,plain,h,8\n"
            'c,5" disk,h,8\n'
            'd,"x",h,8\n'
        }
    )
    assert set(found.vms) == {"a", "b", "c", "d"}
    (row,) = found.aside.values()
    assert (row.line, row.reason) == (5, "has a quote that is not closed")


def test_a_file_that_ends_in_a_row_says_so(read):
    found = read({"vms.csv": "vm,host,memory_gib,vcpus\na,h,160,2\nb,h,16"})
    assert set(found.vms) == {"a"}
    (row,) = found.aside.values()
    assert "cut off" in row.reason
    assert set(read({"vms.csv": "vm,host,memory_gib,vcpus\na,h,160,2\nb,h,16\n"}).vms) == {"a", "b"}  # Excel does that


def test_a_name_that_would_be_a_formula_is_read_without_its_guard(read):
    assert set(read({"vms.csv": HEADER + "'=a,1,h,c,8,2\n'plain,2,h,c,8,2\n"}).vms) == {"=a", "'plain"}


def test_nothing_in_a_name_steers_a_terminal(read):
    assert set(read({"vms.csv": HEADER + "a\x1b[31mb,1,h,c,8,2\n"}).vms) == {"a[31mb"}
    assert len(read({"vms.csv": HEADER + "x" * 300 + ",1,h,c,8,2\n"}).aside) == 1


def test_a_preview_of_a_configuration_version_has_no_number(read):
    rows = [[*row] for row in exports.GET_VM]
    rows[1][exports.column(rows, "Version")] = "254.0"
    vm = read({"Get-VM.csv": rows}).vms["WEB01"]
    assert "config_version" not in vm


def test_owners_are_called_as_the_hosts_are(read):
    text = "vm,host,cluster,memory_gib,possible_owners\na,h1.contoso.example,c,8,H1;h2;stranger\nb,h2,c,8,\n"
    found = read({"vms.csv": text})
    assert found.vms["a"]["possible_owners"] == ("h1.contoso.example", "h2", "stranger")


@pytest.mark.no_cover
def test_a_table_is_never_larger_than_agreed(read):
    rows = "".join(f"v{number},{number},h{number % 7},c,8,2\n" for number in range(150_000))
    inventory = read({"vms.csv": HEADER + rows}).inventory
    sizes = [len(table) for table in inventory.tables()]
    assert max(sizes) <= 65_536
    assert sum(sizes) == 150_000
    assert inventory.vms_of_host.sum() == 150_000
    assert np.all(inventory.vms_of_host > 21_000)


def test_the_same_inventory_twice_is_there_once(read, tmp_path):
    found = read(EXPORTS["own"] | {"again.csv": csv_bytes(exports.OWN_VMS)})
    assert len(found.vms) == 3
    assert found.inventory.rows_read == 8
    assert found.inventory.rows_set_aside == 5
