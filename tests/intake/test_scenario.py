"""Scenario files: what reads as meant, what is refused, and with which words."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.domain.describe import written_path
from advisor.domain.hosts import Balancing, Os, Power, PowerPlan
from advisor.errors import AdvisorError, ScenarioError
from advisor.intake.document import MOST_BYTES, Document
from advisor.intake.scenario import read_scenario
from advisor.shipped import shipped_path

EXAMPLES = sorted(shipped_path("data", "examples").glob("*.yaml"))
LEAST = """\
source:
  os: 2012R2
  nics:
    - speed_gbps: 10
vms:
  - memory_gib: 55
"""


@pytest.fixture
def read(tmp_path):
    def write_and_read(text, name="scenario.yaml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_scenario(path)

    return write_and_read


@pytest.fixture
def problems(read):
    def read_wrong(text, name="scenario.yaml"):
        with pytest.raises(ScenarioError) as caught:
            read(text, name)
        return caught.value.problems

    return read_wrong


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_loads(path):
    scenario = read_scenario(path)
    assert scenario.title
    assert scenario.pairs


def test_the_examples_promised_are_there():
    promised = {"seed_lab", "seed_compression_team", "azure_local", "branch_1gbe", "cluster_4_nodes", "qemu_pair"}
    assert promised <= {path.stem for path in EXAMPLES}


def test_the_seeds_lab_is_as_its_first_test_found_it():
    scenario = read_scenario(shipped_path("data", "examples", "seed_lab.yaml"))
    host = scenario.hosts[0]
    assert host.os is Os.WS2012R2
    assert [(nic.speed_gbps, nic.mtu_bytes, nic.rdma_on) for nic in host.migration_nics] == [(10, 1500, False)] * 2
    assert host.power.sleeping == 1.0
    assert (scenario.vms[0].memory_gib, scenario.vms[0].vcpus) == (55, 4)


# ------------------------------------------------------------------ what reads as meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2012", Os.WS2012),
        ("2012R2", Os.WS2012R2),
        ("2012 r2", Os.WS2012R2),
        ("Windows Server 2019", Os.WS2019),
        ("WS2022", Os.WS2022),
        ("'2016'", Os.WS2016),
        ("azure local", Os.AZURE_LOCAL),
        ("Azure Stack HCI", Os.AZURE_LOCAL),
    ],
)
def test_an_operating_system_may_be_written_as_people_write_it(read, written, meant):
    assert read(LEAST.replace("2012R2", written)).hosts[0].os is meant


@pytest.mark.parametrize("name", ["no", "on", "yes", "1e3", "0x10", "12:30", "2012", "null-vm", "2026-10-01"])
def test_a_name_stays_the_text_it_is(read, name):
    assert read(LEAST + f"    name: {name}\n").vms[0].name == name


@pytest.mark.parametrize(
    ("written", "meant"),
    [("yes", True), ("on", True), ("true", True), ("no", False), ("Off", False)],
)
def test_a_switch_may_be_yes_or_on(read, written, meant):
    assert read(LEAST.replace("speed_gbps: 10", f"speed_gbps: 10\n      rss: {written}")).hosts[0].nics[0].rss is meant


def test_values_may_be_spelled_as_windows_spells_them(read):
    text = LEAST.replace(
        "  nics:",
        "  team: {kind: LBFO, mode: SwitchIndependent, balancing: TransportPorts}\n"
        "  power: {plan: High performance}\n"
        "  nics:",
    )
    host = read(text).hosts[0]
    assert host.team is not None
    assert host.team.balancing is Balancing.TRANSPORT_PORTS
    assert host.power.plan is PowerPlan.HIGH_PERFORMANCE


def test_a_key_without_a_value_counts_as_not_given(read):
    scenario = read(LEAST + "    nonzero_gib:\n    workload: ~\ngoals:\nnetwork: null\n")
    assert scenario == read(LEAST)
    assert "goals" not in scenario.model_fields_set


def test_given_is_told_from_default(read):
    host = read(LEAST.replace("  nics:", "  cores: 16\n  nics:")).hosts[0]
    assert "cores" in host.model_fields_set
    assert "cpu_busy" not in host.model_fields_set
    assert host.power == Power()


@pytest.mark.parametrize("written", ["1s", "1000ms", "'1 s'"])
def test_a_blackout_may_be_a_time(read, written):
    goals = read(LEAST + f"goals: {{max_blackout: {written}, window: 1h30m}}\n").goals
    assert (goals.max_blackout_s, goals.max_blackout_name, goals.window_s) == (1, None, 5400)


@pytest.mark.parametrize("written", ["guest_cluster_2012R2", "Guest cluster 2012 R2", "guest-cluster-2012r2"])
def test_a_blackout_may_be_what_must_survive_it(read, written):
    goals = read(LEAST + f"goals: {{max_blackout: {written}}}\n").goals
    assert (goals.max_blackout_s, goals.max_blackout_name) == (5, "guest_cluster_2012R2")


def test_json_reads_like_yaml(read):
    content = {
        "source": {"os": 2012, "nics": [{"speed_gbps": 10, "rss": True, "rdma_enabled": None}]},
        "vms": [{"memory_gib": 5.5e1, "name": "\u00fc\U0001f600\ttab/"}],
        "goals": {"max_blackout": "2s"},
    }
    scenario = read(json.dumps(content, indent="\t"), "scenario.json")
    assert scenario.hosts[0].os is Os.WS2012
    assert scenario.hosts[0].nics[0].rss is True
    assert scenario.vms[0].memory_gib == 55
    assert scenario.goals.max_blackout_s == 2


def test_a_scenario_written_as_json_reads_back_the_same(read):
    for path in EXAMPLES:
        scenario = read_scenario(path)
        assert read(scenario.model_dump_json(exclude_unset=True), "again.json") == scenario


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_encodings_of_windows_editors_are_read(read, encoding):
    text = "\ufeff" + LEAST if encoding == "utf-16-be" else LEAST
    assert read(text.encode(encoding)) == read(LEAST)


# ------------------------------------------------------------------ what is refused, and with which words


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "words"),
    [
        ("os: 2012R2", "os: 2013", 2, "source.os", "not a value it can take"),
        ("speed_gbps: 10", "speed: 10", 4, "source.nics[0].speed", "write speed_gbps, in Gbit/s"),
        ("speed_gbps: 10", "speed_gbps: 10Gbps", 4, "source.nics[0].speed_gbps", "write speed_gbps: 10, without"),
        ("speed_gbps: 10", "speed_gbps: 10MB", 4, "source.nics[0].speed_gbps", "write the number alone, in Gbit/s"),
        ("speed_gbps: 10", "speed_gbps: 10,5", 4, "source.nics[0].speed_gbps", "write 10.5, with a point"),
        ("speed_gbps: 10", "speed_gbps: fast", 4, "source.nics[0].speed_gbps", "is not a number"),
        ("speed_gbps: 10", "speed_gbps: .inf", 4, "source.nics[0].speed_gbps", "is not a number"),
        ("speed_gbps: 10", "speed_gbps: nan", 4, "source.nics[0].speed_gbps", "is not a number"),
        ("speed_gbps: 10", "speed_gbps: [10]", 4, "source.nics[0].speed_gbps", "should be one value"),
        ("- speed_gbps: 10", "- ten", 4, "source.nics[0]", "should hold keys and values"),
        ("memory_gib: 55", "memory_gb: 55", 6, "vms[0].memory_gb", "write memory_gib, in GiB"),
        ("memory_gib: 55", "memory: 55GB", 6, "vms[0].memory", "write memory_gib, in GiB"),
        ("memory_gib: 55", "memory_gib: -55", 6, "vms[0].memory_gib", "too small"),
        ("memory_gib: 55", "memory_gib: 0", 6, "vms[0].memory_gib", "above 0"),
        ("memory_gib: 55", "memory_gib: 59055800320", 6, "vms[0].memory_gib", "check the unit: it is GiB"),
        ("memory_gib: 55", "memory_gib: 55\n    count: 1.5", 7, "vms[0].count", "is not a whole number"),
        ("memory_gib: 55", "memory_gib: 55\n    workload: idel", 7, "vms[0].workload", "did you mean idle?"),
        ("memory_gib: 55", "memory_gib: 55\n    workload: [idle]", 7, "vms[0].workload", "should be one value"),
        ("memory_gib: 55", "name: x", 6, "vms[0].memory_gib", "is missing"),
        ("memory_gib: 55", "memory_gib: 55\n    wrkload: idle", 7, "vms[0].wrkload", "did you mean workload?"),
        ("memory_gib: 55", "memory_gib: 55\n    speed_gbps: 10", 7, "vms[0].speed_gbps", "belongs under source.nics"),
        ("memory_gib: 55", "memory_gib: 55\n    xyzzy: 1", 7, "vms[0].xyzzy", "is not a known key"),
        ("memory_gib: 55", "memory_gib: 55\n    dynamic_compatibility: maybe", 7, None, "neither true nor false"),
        ("memory_gib: 55", "memory_gib: 55\n    name: " + "n" * 300, 7, "vms[0].name", "at most 256 characters"),
        ("memory_gib: 55", "memory_gib: 55\n    memory_gib: 56", 7, "vms[0].memory_gib", "stands twice"),
        ("  - memory_gib: 55", "  memory_gib: 55", 5, "vms", "should be a list"),
        ("  - memory_gib: 55", "  []", 5, "vms", "too few entries"),
        ("  nics:\n    - speed_gbps: 10\n", "  nics: []\n", 3, "source.nics", "too few entries"),
        ("  os:", "  cpu_busy: 30\n  os:", 2, "source.cpu_busy", "write a share, 0.3 for 30 %"),
        ("  os:", "  cores: -4\n  os:", 2, "source.cores", "from 1 to 2,048"),
        ("  os:", "  updated: May\n  os:", 2, "source.updated", "text of the form"),
    ],
)
def test_a_wrong_value_is_named_with_line_place_and_cure(problems, old, new, line, column, words):
    found = problems(LEAST.replace(old, new))
    assert len(found) == 1, found
    assert found[0].line == line
    assert column is None or found[0].column == column
    assert words in str(found[0])
    assert found[0].file is not None


def test_a_destination_without_nics_is_named(problems):
    (found,) = problems(LEAST + "destination:\n  os: 2012R2\n  nics: []\n")
    assert (found.line, found.column) == (9, "destination.nics")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("    host: hv9\n", "only be named where nodes"),
        ("    working_set_gib: 3\n", "needs dirty_rate_mib_s"),
        ("nodes: [{os: 2022, nics: [{speed_gbps: 1}]}, {os: 2022, nics: [{speed_gbps: 1}]}]\n", "either source"),
        ("    dirty_curve: [{seconds: 2, dirty_mib: 1}, {seconds: 1, dirty_mib: 2}]\n", "must rise"),
    ],
)
def test_what_contradicts_itself_is_refused(problems, extra, words):
    (found,) = problems(LEAST + extra)
    assert words in found.message
    assert found.line is not None


@pytest.mark.parametrize(
    ("goals", "words"),
    [
        ("{max_blackout: 1}", "say in what: 1s, 1min or 1h"),
        ("{window: soon}", "500ms, 2s or 1h30m"),
        ("{window: [1h]}", "should be one value"),
        ("{max_blackout: guest_cluster_2015}", "did you mean guest_cluster_20"),
        ("{max_blackout: 1s, max_blackout_s: 2}", "stands beside max_blackout_s"),
        ("{window: 9999999d}", "is too large"),
        ("{risk: balancd}", "did you mean balanced?"),
        ("fast", "should hold keys and values"),
    ],
)
def test_wrong_goals_are_named(problems, goals, words):
    (found,) = problems(LEAST + f"goals: {goals}\n")
    assert words in str(found)
    assert found.line == 7


def test_all_problems_come_at_once_in_the_order_of_the_file(problems):
    text = """\
titel: x
source:
  os: 2021
  cores: 0
  nics:
    - speed_gbps: ten
      count: 1
      count: 2
vms:
  - memory_gb: 9
    workload: idel
  - memory_gib: 1e9
goals: {max_blackout: 1, risk: bold}
"""
    found = problems(text)
    assert [problem.line for problem in found] == [1, 3, 4, 6, 8, 10, 11, 12, 13, 13]
    assert all(problem.file for problem in found)


def test_no_value_floods_the_message(problems):
    (found,) = problems(LEAST.replace("memory_gib: 55", "memory_gib: " + "9" * 5000 + "x"))
    assert len(str(found)) < 400


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("  \n\n", "the file is empty"),
        ("# only a comment\n", "holds no keys and values"),
        ("just words", "holds no keys and values"),
        ("- a\n- b\n", "holds no keys and values"),
        ("source:\n\tos: 2019\n", "indent with spaces"),
        ("source: {os: 2019\nvms: []\n", "is not YAML"),
        ("source: 'open\n", "is not YAML"),
        ("a: 1\n---\na: 2\n", "a second document"),
        ("? [a, b]\n: 1\n", "cannot be a key"),
        ("a: !!python/object/apply:os.system [ls]\n", "tags"),
        ("a: !!str 1\n", "tags"),
        ("a: &x 1\nb: *x\n", "anchors and aliases"),
        ("a: \x01\n", "is not YAML"),
        (b"\xff\xfe\x00", "is not text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not text"),
        ("[" * 100_000, "nested deeper"),
        ("a: " + "{b: " * 30 + "}" * 30, "nested deeper"),
    ],
)
def test_what_is_no_scenario_file_is_told_in_words(problems, text, words):
    found = problems(text)
    assert any(words in str(problem) for problem in found), found


def test_a_billion_laughs_are_refused_unread(problems):
    bomb = "a: &a [x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    (found,) = problems(bomb)
    assert "anchors and aliases" in found.message
    assert found.line == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"source": }', "is not JSON"),
        ("[1]", "holds no keys and values"),
        ("[" * 100_000, "nested deeper"),
        ('{"a":' * 30 + "1" + "}" * 30, "nested deeper"),
        ('{"vms": [{"memory_gib": NaN}]}', "is not a number"),
        ('{"vms": [{"memory_gib": ' + "9" * 5000 + "}]}", "is not a number"),
        ('{"vms": [{"memory_gib": 1, "memory_gib": 2}]}', "stands twice"),
        ('{"vms": [{"memory_gib": 1, "memory_gib"\n: 2}]}', "stands twice"),
    ],
)
def test_json_has_the_same_limits(problems, text, words):
    found = problems(text, "scenario.json")
    assert any(words in str(problem) for problem in found), found


def test_lines_are_known_in_json_too(problems):
    text = json.dumps({"source": {"os": "2012R2", "nics": [{"speed_gbps": 0}]}, "vms": [{"memory_gib": 1}]}, indent=1)
    (found,) = problems(text, "scenario.json")
    assert found.line == next(n for n, line in enumerate(text.splitlines(), 1) if "speed_gbps" in line)


def test_a_file_too_large_is_refused_unread(problems):
    (found,) = problems(LEAST + "#" * MOST_BYTES)
    assert "too large" in found.message


@pytest.mark.parametrize(
    ("name", "words"), [("none.yaml", "no such file"), (".", "is a directory"), ("a\0b", "cannot be read")]
)
def test_what_cannot_be_opened_is_told_in_words(tmp_path, name, words):
    with pytest.raises(ScenarioError, match=words):
        read_scenario(tmp_path / name)


def test_a_path_without_a_line_falls_back_to_none():
    assert Document("f", {}, {}).line_of(("a", 0)) is None
    assert written_path(()) == ""


# ------------------------------------------------------------------ nothing else ever comes out


def outcome(reading):
    """What a user sees; anything but a scenario or words fails the test."""
    try:
        return repr(reading())
    except AdvisorError as error:
        return str(error)


pieces = st.sampled_from(
    [
        "source:",
        "vms:",
        "  - ",
        "memory_gib: ",
        "os: 2012R2",
        "nics:",
        "{",
        "}",
        "[",
        "]",
        "&a",
        "*a",
        "!!x ",
        "'",
        '"',
        "\n",
        "\n  ",
        "\t",
        ": ",
        ", ",
        "- ",
        "? ",
        "|",
        ">",
        "%",
        "---",
        "null",
        "1e999",
        "-",
        "goals: ",
        "max_blackout: ",
    ]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(), st.text().map(str.encode), st.lists(pieces).map(lambda p: "".join(p).encode())))
@pytest.mark.parametrize("name", ["fuzz.yaml", "fuzz.json"])
def test_any_bytes_read_or_fail_in_words(read, name, content):
    assert outcome(lambda: read(content, name))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["os", "nics", "speed_gbps", "count", "memory_gib", "max_blackout"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.dictionaries(st.sampled_from(["source", "destination", "nodes", "vms", "goals", "cluster"]), values))
def test_any_shape_reads_or_fails_in_words(read, content):
    assert not re.search(r"pydantic|Traceback|<class", outcome(lambda: read(json.dumps(content), "fuzz.json")))
