"""`advisor import`: what it shows, in a table and as JSON, and what it refuses."""

import json

import pytest

from advisor.shipped import shipped_path

SMALL = str(shipped_path("data", "examples", "inventories", "small"))
HYPERV = str(shipped_path("data", "examples", "inventories", "hyperv"))


def test_it_shows_what_was_understood(advisor):
    done = advisor("import", HYPERV)
    assert done.code == 0
    assert done.out.startswith("1 cluster, 3 hosts, 16 VMs with")
    assert "cores from LogicalProcessorCount / 2" in " ".join(done.out.split())
    assert "is off: there is no memory to move" in done.out
    assert "Get-VM.csv, line 6, FS05: Off" in done.out
    assert "host.power_plan 3 of 3 balanced, balanced, high_performance" in " ".join(done.out.split())
    assert max(map(len, done.out.splitlines())) <= 80


def test_hosts_are_told_by_kind_with_the_nics_that_were_taken(advisor, tmp_path):
    text = " ".join(advisor("import", SMALL).out.split())
    assert "4 hosts (hva01, hva02, hva03 and 1 more): 2 × 25 Gbit/s; MTU 9000; RDMA RoCE, on; team SET by " in text
    assert "2 hosts (hvc01, hvc02): 4 × 1 Gbit/s; MTU 1500; no RDMA; team LBFO by Dynamic; Windows Server 2016" in text
    assert text.index("4 hosts (") < text.index("3 hosts (") < text.index("1 host (")
    (tmp_path / "vms.csv").write_text("vm,host,memory_gib\na,h1,4\nb,h2,4\n")
    bare = " ".join(advisor("import", str(tmp_path)).out.split())
    assert "2 hosts (h1, h2): not known: NICs, MTU, RDMA, team, Windows version" in bare
    kinds = json.loads(advisor("import", SMALL, "-f", "json").out)["host_kinds"]
    assert [kind["hosts"] for kind in kinds] == [4, 3, 2, 1]


def test_the_limit_of_clusters_that_counts_unsaid_is_among_the_defaults(advisor, tmp_path):
    (tmp_path / "vms.csv").write_text("vm,host,cluster,memory_gib\na,h1,new,4\nb,h2,old,4\nc,h3,said,4\n")
    (tmp_path / "hosts.csv").write_text("host,cluster,os,cores\nh1,new,2022,8\nh2,old,2019,8\nh3,said,2025,8\n")
    (tmp_path / "clusters.csv").write_text("cluster,max_parallel_migrations\nnew,\nold,\nsaid,3\n")
    done = advisor("import", str(tmp_path), "-f", "json")
    (limit,) = (one for one in json.loads(done.out)["defaults"] if one["column"] == "cluster.max_parallel_migrations")
    assert (limit["missing"], limit["of"], limit["middle"]) == (1, 3, "1")
    given = advisor("import", str(tmp_path), "--default", "cluster.max_parallel_migrations=4", "-f", "json")
    (limit,) = (one for one in json.loads(given.out)["defaults"] if one["column"] == "cluster.max_parallel_migrations")
    assert (limit["missing"], limit["middle"]) == (2, "4")
    assert "cluster.max_parallel_migrations" not in {
        one["column"] for one in json.loads(advisor("import", HYPERV, "-f", "json").out)["defaults"]
    }


def test_whoever_watches_is_told_where_it_went(advisor, tmp_path, monkeypatch):
    out = tmp_path / "survey.json"
    assert advisor("import", SMALL, "-o", str(out)).err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert advisor("import", SMALL, "-o", str(out)).err == f"note: written to {out}\n"


def test_json_says_the_same(advisor, tmp_path):
    out = tmp_path / "survey.json"
    assert advisor("import", SMALL, "-o", str(out)).code == 0
    survey = json.loads(out.read_text())
    assert survey["schema_version"]
    assert (survey["hosts"], survey["vms"], survey["rows_read"], survey["rows_set_aside"]) == (10, 116, 120, 4)
    assert [table["holds"] for table in survey["tables"]] == ["clusters", "hosts", "vms"]
    assert {group["reason"] for group in survey["set_aside"]} >= {"is off: there is no memory to move"}


def test_defaults_are_shown_with_their_origin(advisor, tmp_path):
    (tmp_path / "d.yaml").write_text("host.cpu_busy: [0.2, 0.3, 0.5]\n")
    done = advisor("import", HYPERV, "--defaults", str(tmp_path / "d.yaml"), "--default", "host.power_plan=balanced")
    assert "0.2, 0.3, 0.5" in done.out
    assert "given in d.yaml" in done.out
    assert "given with --default" in done.out


def test_several_files_belong_together(advisor):
    done = advisor("import", f"{SMALL}/vms.csv", f"{SMALL}/hosts.csv", "-f", "json")
    survey = json.loads(done.out)
    assert len(survey["files"]) == 2
    assert "cluster.kind" in {one["column"] for one in survey["defaults"]}


def test_columns_are_corrected(advisor, tmp_path):
    (tmp_path / "list.csv").write_text("server,Node,RAM (MB)\na,h1,4096\n")
    named = ("list.csv:server=vm", "list.csv:Node=host", "list.csv:RAM (MB)=memory_gib")
    said = [part for one in named for part in ("--column", one)]
    assert advisor("import", str(tmp_path)).code == 2
    done = advisor("import", str(tmp_path), *said)
    assert "vm from server; host from Node; memory_gib from RAM (MB)" in " ".join(done.out.split())
    assert "1 VM with 4 GiB" in done.out


def test_a_note_says_what_an_inventory_cannot_say(advisor, tmp_path):
    (tmp_path / "servers.csv").write_text("*Server name,*Cores,*Memory (In MB),*OS name\na,4,16384,x\n")
    (tmp_path / "list.csv").write_text("apples,pears\n1,2\n")
    done = advisor("import", str(tmp_path))
    assert "servers to be moved and knows no Hyper-V hosts" in " ".join(done.out.split())
    assert "not read: list.csv" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.csv",), "none.csv: no such file"),
        ((SMALL, "--default", "host.nic_gbps=wide"), "--default host.nic_gbps: cannot be taken"),
        ((SMALL, "--defaults", "none.yaml"), "none.yaml: no such file"),
        ((f"{SMALL}/hosts.csv",), "no table lists VMs"),
        ((SMALL, "--column", "vms.csv"), "--column: is no correction of a column (got vms.csv); allowed: FILE:HEADER="),
        ((SMALL, "--column", "vm.csv:vm=vm"), "did you mean vms.csv?"),
        ((SMALL, "--column", "vms.csv:vcpu=vcpus"), "vms.csv: --column: has no such column (got vcpu); allowed: vm, "),
        ((SMALL, "--column", "vms.csv:vcpus=vcpu"), "--column vms.csv:vcpus: is no column of an estate (got vcpu)"),
        ((SMALL, "-f", "html"), "--format: is not a format"),
    ],
)
def test_bad_input_is_told_in_words(arguments, words, advisor):
    done = advisor("import", *arguments)
    assert done.code == 2
    assert words in done.err
    assert not done.out
    assert "Traceback" not in done.err
