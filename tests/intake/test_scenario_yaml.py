"""A scenario written as YAML is the scenario that the command line reads from it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.intake.document import parse_document, read_document
from advisor.intake.scenario import read_scenario
from advisor.intake.scenario_yaml import yaml_of
from advisor.shipped import shipped_path

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30) | st.sampled_from(
    [
        "no",
        "null",
        "~",
        "1e3",
        "0x10",
        "2012",
        "2026-11",
        "9.10",
        "10.0",
        "- a",
        "a: b",
        "#",
        "'",
        '"',
        "yes",
        "[",
        "{}",
    ]
)


@settings(max_examples=50)
@given(st.dictionaries(TEXT, TEXT | st.lists(st.dictionaries(TEXT, TEXT, min_size=1), min_size=1), min_size=1))
def test_any_text_comes_back_as_it_was(content):
    assert parse_document(yaml_of(content), "written").content == content


@pytest.mark.parametrize("file", sorted(shipped_path("data", "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_is_the_same_scenario_again(file, tmp_path):
    written = tmp_path / "scenario.yaml"
    written.write_text(yaml_of(read_document(file).content, "A heading\nof two lines"), encoding="utf-8")
    assert read_scenario(written) == read_scenario(file)
    assert written.read_text(encoding="utf-8").startswith("# A heading\n# of two lines\n")


def test_numbers_and_switches_are_written_bare():
    text = yaml_of({"source": {"os": "2022", "cores": "16", "cpu_busy": "0.4", "tls": "true", "name": "null"}})
    assert text.splitlines()[1:] == ["  os: 2022", "  cores: 16", "  cpu_busy: 0.4", "  tls: true", "  name: 'null'"]


def test_entries_that_are_the_same_object_are_written_out():
    nic = {"speed_gbps": "10"}
    content = {"source": {"nics": [nic, nic]}}
    assert "&" not in yaml_of(content)
    assert parse_document(yaml_of(content), "written").content == content
