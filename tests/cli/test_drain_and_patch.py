"""`advisor drain` and `advisor patch` from the command line: formats, exit codes, what is wrong in words."""

import json

import pytest

from advisor.shipped import shipped_path

SMALL = str(shipped_path("data", "examples", "inventories", "small"))
ISO = ("vm,host,cluster,memory_gib,local_iso", "a,h1,c1,8,true", "b,h1,c1,8,false", "c,h2,c1,8,")


@pytest.fixture
def own(tmp_path):
    """A cluster of two hosts, one VM of which has an image in its drive."""
    (tmp_path / "vms.csv").write_text("\n".join(ISO) + "\n", encoding="utf-8")
    rows = ["host,cluster,state,os,memory_gib,nic_gbps", *(f"h{i},c1,up,2022,128,10" for i in (1, 2))]
    (tmp_path / "hosts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(tmp_path)


def answer(done):
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_drain_says_which_vms_go_where(advisor):
    found = answer(advisor("drain", "hvb01", "-i", SMALL, "--reserve", "0", "-f", "json"))
    assert found["host"] == "hvb01"
    assert {move["source"] for move in found["moves"]} == {"hvb01"}
    assert "hvb01" not in {move["destination"] for move in found["moves"]}


def test_native_and_planned_are_told_apart(advisor):
    by_plan = {
        plan: answer(advisor("drain", "hva01", "-i", SMALL, "--plan", plan, "-f", "json"))
        for plan in ("planned", "native")
    }
    assert {plan: one["mode"] for plan, one in by_plan.items()} == {"planned": "planned", "native": "native"}
    assert {move["way"] for move in by_plan["native"]["moves"]} == {"live", "quick"}


@pytest.mark.parametrize("ending", ["md", "html", "json"])
def test_a_runbook_is_written_by_its_ending(advisor, tmp_path, ending):
    file = tmp_path / f"runbook.{ending}"
    done = advisor("drain", "hva01", "-i", SMALL, "-o", str(file))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert "hva01" in file.read_text("utf-8")


def test_the_setting_can_be_chosen(advisor):
    flags = ("--transport", "tcpip", "--simultaneous", "3")
    found = answer(advisor("drain", "hva01", "-i", SMALL, *flags, "-f", "json"))
    assert found["setting"].startswith("TCP/IP")
    recommended = answer(advisor("drain", "hva01", "-i", SMALL, "--recommended", "-f", "json"))
    assert recommended["setting"]


def test_a_default_fills_what_the_inventory_does_not_say(advisor, own):
    slow, fast = (
        answer(
            advisor("drain", "h2", "-i", own, "--reserve", "0", "--default", f"host.nic_count={count}", "-f", "json")
        )
        for count in (1, 4)
    )
    assert any("nic_count" in one["what"] and one["value"] == "4" for one in fast["assumptions"])
    assert slow["end_s"]["p50"] > 0


@pytest.mark.parametrize("command", [("drain", "h1"), ("patch", "c1")])
def test_a_column_that_is_to_be_ignored_says_nothing(advisor, own, command):
    asked = (*command, "-i", own, "--reserve", "0")
    blocked = answer(advisor(*asked, "-f", "json"))["blockers"]
    said = answer(advisor(*asked, "--column", "vms.csv:local_iso=ignore", "-f", "json"))["blockers"]
    assert ([one["why"] for one in blocked], said) == (["local_iso"], [])
    assert "did you mean local_iso?" in advisor(*asked, "--column", "vms.csv:localiso=ignore").err


def test_strict_exits_3_where_there_is_no_plan_or_the_window_is_missed(advisor, own):
    flags = ("-i", own, "--reserve", "0", "--strict", "-f", "json")
    blocked = advisor("drain", "h1", *flags)
    assert blocked.code == 3
    assert json.loads(blocked.out)["blockers"][0]["why"] == "local_iso"
    assert advisor("drain", "h2", *flags).code == 0
    assert advisor("drain", "h2", *flags, "--window", "1s").code == 3
    assert advisor("patch", "c1", *flags).code == 3


def test_a_running_vm_whose_row_cannot_be_read_is_no_go(advisor, own, tmp_path):
    with (tmp_path / "vms.csv").open("a", encoding="utf-8") as file:
        file.write("z,h2,c1,,\ny,h2,c1,eight,\n")
    flags = ("-i", own, "--reserve", "0", "-f", "json")
    found = answer(advisor("drain", "h2", *flags))
    assert (found["feasible"], [move["vm"] for move in found["moves"]]) == (False, ["c"])
    assert {(one["vm"], one["why"]) for one in found["blockers"]} == {("z", "unread"), ("y", "unread")}
    assert advisor("drain", "h2", *flags, "--strict").code == 3
    other = answer(advisor("drain", "h1", *flags))
    assert [one["vm"] for one in other["blockers"]] == ["a"]
    assert any("there is room beside z, y" in check["text"] for check in other["checks"])
    night = answer(advisor("patch", "c1", *flags))
    assert {(one["vm"], one["node"]) for one in night["blockers"]} == {("a", "h1"), ("z", "h2"), ("y", "h2")}


def test_a_night_takes_the_times_it_is_given(advisor, own):
    flags = ("-i", own, "--reserve", "0", "--update", "20min", "--health", "1min", "--no-fail-back", "-f", "json")
    found = answer(advisor("patch", "c1", *flags))
    assert {step["step"] for step in found["steps"]} == {"drain", "update", "health"}
    assert found["steps"][1]["time_s"]["p95"] == pytest.approx(1200.0)
    spread = answer(advisor("patch", "c1", "-i", own, "--reserve", "0", "--resync", "10min,20min,1h", "-f", "json"))
    own_steps = [step["time_s"] for step in spread["steps"] if step["step"] == "resync"]
    assert own_steps[0] == pytest.approx({"p05": 600.0, "p50": 1200.0, "p95": 3600.0})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("drain", "hva1", "-i", SMALL), "HOST: no host of the inventory is called so (got hva1); mend: did you mean"),
        (("patch", "prod-x", "-i", SMALL), "CLUSTER: no cluster of the inventory is called so (got prod-x)"),
        (("drain", "hva01", "-i", SMALL, "--window", "2"), "--window: is not a time"),
        (("drain", "hva01", "-i", SMALL, "--risk", "brave"), "--risk"),
        (("drain", "hva01", "-i", SMALL, "--transport", "pigeon"), "--transport: is not a transport"),
        (("patch", "prod-b", "-i", SMALL, "--update", "1h,30min,20min"), "--update: does not rise from low to high"),
        (("patch", "prod-b", "-i", SMALL, "--update", "soon"), "--update: is not a time"),
        (("patch", "prod-b", "-i", SMALL, "--resync", "1h,2h"), "--resync: is neither one time nor three"),
        (("drain", "hva01", "-i", SMALL, "-f", "telegram"), "--format: is not a format"),
    ],
)
def test_what_is_wrong_is_told_in_words(advisor, arguments, words):
    done = advisor(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize("command", [("drain", "h2"), ("patch", "c1")])
def test_a_transport_that_a_rule_forbids_is_bad_input(advisor, own, command):
    flags = ("-i", own, "--reserve", "0", "--transport", "rdma")
    done = advisor(*command, *flags)
    assert (done.code, done.out) == (2, "")
    assert "--transport: is forbidden by R01 (" in done.err
    assert "on h1, h2 (got rdma)" in done.err
    assert advisor(*command, *flags, "--default", "host.rdma=iwarp").code == 0
