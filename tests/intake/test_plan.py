"""Lab plans from files: what reads as meant, what is refused, and with which words."""

import pytest

from advisor.domain.options import Transport
from advisor.domain.plan import LabPlan
from advisor.errors import LabError
from advisor.intake.plan import read_plan
from advisor.shipped import shipped_path

PLANS = sorted(shipped_path("data", "examples", "plans").glob("*.yaml"))
LEAST = "studies:\n  - name: a\n    moves:\n      - transport: tcpip\n"


@pytest.fixture
def read(tmp_path):
    def write_and_read(text, name="plan.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_plan(path)

    return write_and_read


@pytest.fixture
def problems(read):
    def read_wrong(text):
        with pytest.raises(LabError) as caught:
            read(text)
        return caught.value.problems

    return read_wrong


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_example_reads(path):
    assert read_plan(path).studies


def test_there_is_an_example():
    assert PLANS


def test_the_least_a_plan_says(read):
    plan = read(LEAST)
    assert plan == LabPlan.model_validate({"studies": [{"name": "a", "moves": [{}]}]})
    assert (plan.repeats, plan.studies[0].moves[0].transport) == (3, Transport.TCPIP)


def test_a_plan_reads_back_from_its_own_json(read):
    plan = read(LEAST)
    assert read(plan.model_dump_json(), "plan.json") == plan


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tcpip", "rdma", "the lab has no RDMA adapters"),
        ("tcpip", "tcpip\n        streams: 4", "tcpip has one stream"),
        ("tcpip", "compression", "compression needs compressor zlib or zstd"),
        ("tcpip", "tcpip\n        compressor: zstd", "only compression has one"),
        ("tcpip", "smoke", "is not a value it can take"),
        ("name: a", "name: a b", "name"),
        ("name: a", "name: a\n    simultaneous: 5", "is too large"),
        ("name: a", "name: a\n    vm: {fill_mib: 200}", "do not fit into memory_mib"),
        ("name: a", "name: a\n    vm: {working_set_mib: 100}", "larger than fill_mib"),
        ("name: a", "name: a\n    links: {count: 2}", "several have address_hash or multipath"),
        ("name: a", "name: a\n    links: {gbps: 1, teaming: multipath}", "one link has teaming none"),
        ("name: a", "name: a\n    background_gbps: 0.96", "leave at least 5 %"),
        ("name: a", "name: a\n    links: {speed: 1}", "is not a known key"),
        ("studies:", "repeat: 3\nstudies:", "did you mean repeats?"),
        ("studies:", "repeats: 0\nstudies:", "is too small"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_line(problems, old, new, words):
    found = problems(LEAST.replace(old, new, 1))
    assert words in str(found[0]), found
    assert found[0].line is not None


def test_names_tell_studies_apart(problems):
    twice = LEAST + LEAST.removeprefix("studies:\n")
    assert "two studies are called 'a'" in str(problems(twice)[0])


def test_every_problem_is_told_at_once(problems):
    found = problems(LEAST.replace("name: a", "name: a\n    simultaneous: 9\n    busy_source_cores: -1"))
    assert len(found) == 2


def test_a_file_that_says_nothing_is_told_how_to_begin(problems):
    assert "repeats: and studies:" in str(problems("- tcpip\n")[0])


def test_names_that_would_give_two_runs_one_name_are_refused(problems):
    second = LEAST.removeprefix("studies:\n").replace("name: a", "name: a-0")
    assert "runs would share names" in str(problems(LEAST + second)[0])
