"""What is wrong is told in words: every problem on a line of its own, exit 2, nothing on stdout, never a traceback."""

import json
import re

import pytest

from advisor.cli import recommend as recommend_command
from advisor.errors import CalibrationError
from tests.cli.conftest import LEAST, SEED_LAB

HOST = "source:\n  os: 2019\n  nics:\n    - speed_gbps: 10\n"
VMS = "vms:\n  - memory_gib: 16\n"


def refused(done, lines=None):
    """The lines of a refusal."""
    assert done.out == ""
    assert done.code == 2, done.err
    found = done.err.splitlines()
    assert found
    assert all(line.startswith("error: ") for line in found), done.err
    assert "Traceback" not in done.err
    assert lines is None or len(found) == lines, done.err
    return found


FILES = {
    "an unknown key": (HOST + VMS + "vmz: 3\n", 7, "vmz"),
    "a key with the wrong unit": (HOST + "vms:\n  - memory_gb: 16\n", 6, "memory_gib"),
    "a unit behind the number": (HOST + "vms:\n  - memory_gib: 16 GB\n", 6, "without the unit"),
    "a negative size": (HOST + "vms:\n  - memory_gib: -4\n", 6, "above 0"),
    "an absurd size": (HOST + "vms:\n  - memory_gib: 1e12\n", 6, "65,536"),
    "a share above one": ("source:\n  os: 2019\n  cpu_busy: 30\n  nics:\n    - speed_gbps: 10\n" + VMS, 3, "0.3"),
    "no NIC on one side": (HOST + "destination:\n  os: 2019\n  nics: []\n" + VMS, 7, "destination.nics"),
    "no NICs named on one side": (HOST + "destination:\n  os: 2019\n" + VMS, 5, "destination.nics"),
    "no VMs": (HOST + "vms: []\n", 5, "vms"),
    "no key for VMs": (HOST, 1, "vms"),
    "an unknown workload": (HOST + "vms:\n  - memory_gib: 16\n    workload: sqlserver2\n", 7, "sql_server"),
    "a dirty curve beside a rate": (
        HOST + "vms:\n  - memory_gib: 16\n    dirty_rate_mib_s: 5\n    dirty_curve: [{seconds: 1, dirty_mib: 5}]\n",
        6,
        "not both",
    ),
    "a tab": ("source:\n\tos: 2019\n", 2, "spaces"),
    "no YAML": ("source: [unclosed\n", 2, "YAML"),
    "a list": ("- source\n", 1, "keys"),
    "a second document": (HOST + VMS + "---\nmore: 1\n", 7, "---"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_scenario_names_file_line_and_cure(advisor, tmp_path, name):
    text, line, word = FILES[name]
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    for command in ("recommend", "estimate"):
        (told,) = refused(advisor(command, file), 1)
        assert told.startswith(f"error: {file}:{line}:"), told
        assert word in told


def test_all_problems_of_a_file_are_told_at_once(advisor, tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text("source:\n  os: 2018\n  cores: 0\n  nics:\n    - speed_gbps: ten\nvms:\n  - memory_gb: 4\n")
    lines = refused(advisor("recommend", file), 4)
    assert [re.search(r"yaml:(\d+):", line)[1] for line in lines] == ["2", "3", "5", "7"]


CONTENTS = {
    "empty": b"",
    "binary junk": bytes(range(256)) * 20,
    "UTF-16 without a mark": "source: 1\n".encode("utf-16-le"),
    "nothing but a comment": b"# nothing\n",
    "deeper than deep": b"[" * 5000,
    "a YAML bomb": b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
    "an object": b"!!python/object/apply:os.system [true]\n",
}


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_a_file_that_is_no_scenario_is_refused_in_words(advisor, tmp_path, name, ending):
    file = tmp_path / f"scenario.{ending}"
    file.write_bytes(CONTENTS[name])
    (told,) = refused(advisor("recommend", file), 1)
    assert str(file) in told
    assert told.isprintable()


def test_a_missing_file_and_a_directory(advisor, tmp_path):
    (told,) = refused(advisor("recommend", tmp_path / "nope.yaml"), 1)
    assert "no such file" in told
    (told,) = refused(advisor("estimate", tmp_path), 1)
    assert "is a directory" in told


FLAGS = {
    "no VMs": (("--os", "2019", "--nics", "1x10"), "--vms: is missing"),
    "no NICs": (("--os", "2019", "--vms", "1x10"), "--nics: is missing"),
    "no version": (("--vms", "1x10", "--nics", "1x10"), "--os: is missing"),
    "a version that is none": (("--os", "2018", *LEAST[2:]), "--os: is not a value"),
    "a unit": (("--os", "2019", "--vms", "1x10GB", "--nics", "1x10"), "without a unit"),
    "a negative size": (("--os", "2019", "--vms", "1x-10", "--nics", "1x10"), "--vms: is too small"),
    "a negative count": (("--os", "2019", "--vms", "-1x10", "--nics", "1x10"), "--vms: is not COUNTxSIZE"),
    "an absurd speed": (("--os", "2019", "--vms", "1x10", "--nics", "1x1e9"), "--nics: is too large"),
    "jumbo on more NICs than there are": ((*LEAST, "--jumbo", "3"), "--jumbo: is more than"),
    "a working set alone": ((*LEAST, "--working-set", "3"), "--working-set: needs --dirty-rate"),
    "a working set beyond memory": ((*LEAST, "--working-set", "99", "--dirty-rate", "5"), "--working-set is larger"),
    "an unknown survivor": ((*LEAST, "--max-blackout", "my_app"), "--max-blackout: is neither"),
    "a window without a unit": ((*LEAST, "--window", "2"), "say in what"),
    "an unknown platform": ((*LEAST, "--platform", "vmware"), "no platform is called 'vmware'"),
    "an unknown format": ((*LEAST, "-f", "telegram"), "--format: is not a format (got telegram); allowed: table"),
    "an empty value": (("--os", "", *LEAST[2:]), "--os: is not a value"),
    "too many VMs": (("--os", "2019", "--vms", "4096x1,4096x1", "--nics", "1x10"), "too many VMs"),
}


@pytest.mark.parametrize("name", FLAGS)
def test_bad_flags_are_named_with_what_is_allowed(advisor, name):
    arguments, words = FLAGS[name]
    for command in ("recommend", "estimate"):
        (told,) = refused(advisor(command, *arguments), 1)
        assert words in told, told


def test_everything_wrong_with_a_command_line_is_told_at_once(advisor, tmp_path):
    done = advisor(
        *("estimate", "--os", "2018", "--vms", "3x", "--rdma", "wifi", "--power", "max", "--transport", "smb4"),
        *("-f", "xml", "-o", tmp_path, "--card", tmp_path / "none.json"),
    )
    told = "\n".join(refused(done, 9))
    named = ("--os", "--vms", "--nics", "--rdma", "--power", "--transport", "--format", "--output", "none.json")
    assert all(name in told for name in named)


def test_flags_of_hosts_and_vms_contradict_a_file(advisor):
    lines = refused(advisor("recommend", SEED_LAB, "--os", "2022", "--vms", "2x4", "--goal", "cpu"), 2)
    assert "--os: stands beside a scenario file" in lines[0]
    assert "--vms: stands beside a scenario file" in lines[1]


def test_goals_that_cannot_be_read_are_refused_beside_a_file_too(advisor):
    refused(advisor("recommend", SEED_LAB, "--goal", "speed", "--risk", "none", "--window", "soon"), 3)


def test_nothing_to_go_by_shows_how_to_begin(advisor):
    for command in ("recommend", "estimate"):
        (told,) = refused(advisor(command), 1)
        assert "neither a scenario file nor flags" in told
        assert "--os 2022 --vms 6x16 --nics 2x25" in told


CARDS = {
    "not JSON": "{",
    "another JSON": "[]",
    "an empty file": "",
    "an older format": '{"format": "advisor-card/0"}',
    "half a card": '{"format": "advisor-card/2", "platform": "hyperv"}',
}


@pytest.mark.parametrize("name", CARDS)
def test_a_corrupt_card_is_refused(advisor, tmp_path, name):
    card = tmp_path / "card.json"
    card.write_text(CARDS[name])
    for told in refused(advisor("recommend", *LEAST, "--card", card)):
        assert str(card) in told
        assert "advisor calibrate" in told


def test_a_card_of_bytes_a_missing_one_and_a_directory(advisor, tmp_path):
    card = tmp_path / "card.json"
    card.write_bytes(bytes(range(256)))
    refused(advisor("recommend", *LEAST, "--card", card), 1)
    refused(advisor("recommend", *LEAST, "--card", tmp_path / "none.json"), 1)
    refused(advisor("recommend", *LEAST, "--card", tmp_path), 1)


def edited(checkout, tmp_path, edit):
    body = json.loads((checkout / "models" / "hyperv.json").read_text("utf-8"))
    edit(body)
    card = tmp_path / "edited.json"
    card.write_text(json.dumps(body))
    return card


def test_a_card_edited_by_hand_is_noticed(advisor, checkout, tmp_path):
    def faster(body):
        body["constants"]["host_limit_bytes_s"]["p95"] *= 1.01

    (told,) = refused(advisor("recommend", *LEAST, "--card", edited(checkout, tmp_path, faster)), 1)
    assert "changed after it was made" in told


def test_a_card_out_of_order_says_where(advisor, checkout, tmp_path):
    def reverse(body):
        body["constants"]["set_up_s"]["p05"] = 1e6
        body["constants"]["per_vm_s"]["p50"] = "fast"
        del body["constants"]["stream_bytes_s"]

    lines = refused(advisor("recommend", *LEAST, "--card", edited(checkout, tmp_path, reverse)), 3)
    assert all(any(name in line for line in lines) for name in ("set_up_s", "per_vm_s", "stream_bytes_s"))


USAGE = {
    "an unknown command": (("recomend",), "no command is called 'recomend'"),
    "an unknown flag": (("recommend", "--oss", "3"), "--oss"),
    "a flag without its value": (("recommend", "--os"), "--os"),
    "two files": (("recommend", "a.yaml", "b.yaml"), "b.yaml"),
    "an unknown rule": (("rules", "R99"), "no rule is called 'R99'"),
    "a format rules do not have": (("rules", "-f", "html"), "allowed: table, json, csv"),
    "an unknown schema": (("schema", "vmm"), "known: scenario, recommendation"),
    "no schema": (("schema",), "NAME"),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_exits_2_with_a_line(advisor, name):
    arguments, words = USAGE[name]
    (told,) = refused(advisor(*arguments), 1)
    assert words in told


def test_values_cannot_steer_the_terminal(advisor, tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(HOST + 'vms:\n  - memory_gib: "\\e[31m4"\n    workload: "\\e]0;x\\a"\n')
    for told in refused(advisor("recommend", file)):
        assert told.isprintable()


def failing(error):
    def recommended(*_):
        raise error

    return recommended


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CalibrationError("too few runs"), 1, "error: too few runs"),
        (FileNotFoundError(2, "No such file", "data/x.csv"), 1, "error: data/x.csv: No such file"),
        (MemoryError(), 1, "error: there is not enough memory"),
        (KeyError("x"), 1, "error: a bug in advisor (KeyError: 'x'); please report it"),
        (AssertionError(), 1, "error: a bug in advisor (AssertionError"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_fails_within_ends_in_one_line(advisor, monkeypatch, error, code, words):
    monkeypatch.setattr(recommend_command, "recommended", failing(error))
    monkeypatch.delenv("ADVISOR_TRACEBACK", raising=False)
    done = advisor("recommend", *LEAST)
    assert done.code == code
    assert done.out == ""
    assert done.err.startswith(words)
    assert len(done.err.splitlines()) == (1 if words else 0)


def test_a_developer_can_ask_where_a_bug_is(advisor, monkeypatch):
    monkeypatch.setattr(recommend_command, "recommended", failing(KeyError("x")))
    monkeypatch.setenv("ADVISOR_TRACEBACK", "1")
    done = advisor("recommend", *LEAST)
    assert done.code == 1
    assert "Traceback" in done.err
    assert "in recommended" in done.err
