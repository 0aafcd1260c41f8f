"""The list of rules, and one explained."""

import csv
import io
import json
from types import SimpleNamespace

import pytest

from advisor.domain.answers import SCHEMA_VERSION
from advisor.domain.hosts import WINDOWS, Os
from advisor.reports import render_rule, render_rules

R01 = SimpleNamespace(
    rule_id="R01",
    family="rdma",
    verdict="forbid",
    versions=frozenset(WINDOWS) - {Os.WS2012},
    platform="hyperv",
    title="SMB Direct is used only when both ends have RDMA enabled; otherwise SMB falls back to TCP.",
    remedy="Enable RDMA on the migration NICs of both hosts, or take Multichannel.",
    source="official: MicrosoftDocs/windowsserverdocs:smb-direct.md",
)
T01 = SimpleNamespace(
    rule_id="T01",
    family="transport",
    verdict="advise",
    versions=frozenset({Os.WS2012}),
    platform="hyperv",
    title="=Windows Server 2012 has no performance option",
    remedy="Take TCP/IP.",
    source="official",
)
ANY = SimpleNamespace(
    rule_id="X01",
    family="toy",
    verdict="curious",
    versions=frozenset(),
    platform="toy",
    title="A toy",
    remedy="Play.",
    source="assumption",
)
B05 = SimpleNamespace(**(vars(R01) | {"platform": "qemu", "versions": frozenset({Os.QEMU_10_0, Os.QEMU_10_1})}))
RULES = (R01, T01, ANY)


def test_the_list_has_id_verdict_versions_and_title():
    text = render_rules(RULES)
    lines = text.splitlines()
    assert lines[0].split() == ["Id", "Verdict", "Versions", "Title"]
    assert lines[1].split()[:5] == ["R01", "forbid", "2012R2", "and", "later"]
    assert any(line.split()[:3] == ["T01", "advise", "2012"] for line in lines)
    assert any(line.split()[:3] == ["X01", "curious", "every"] for line in lines)
    assert max(map(len, lines)) <= 80
    assert "3 rules" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_one_rule_is_explained_whole(width):
    text = render_rule(R01, width)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    assert flat.startswith(f"R01: {R01.title} Verdict: forbid (removes an option where it holds)")
    assert f"Do: {R01.remedy}" in flat
    assert f"Source: {R01.source}" in flat


@pytest.mark.parametrize(("one", "called"), [(R01, "Windows versions:"), (B05, "QEMU versions:"), (ANY, "Versions:")])
def test_versions_are_called_what_the_platform_calls_them(one, called):
    assert called in render_rule(one)


def test_a_rule_of_qemu_lists_qemus_versions():
    (found,) = json.loads(render_rules([B05], "json"))["rules"]
    assert found["versions"] == ["10.0", "10.1"]


def test_a_verdict_of_another_kind_is_shown_as_it_is():
    assert "Verdict: curious\n" in render_rule(ANY)


def test_rules_as_json_and_csv():
    answer = json.loads(render_rules(RULES, "json"))
    assert answer["schema_version"] == SCHEMA_VERSION
    found = answer["rules"]
    assert [one["id"] for one in found] == ["R01", "T01", "X01"]
    assert found[1]["versions"] == ["2012"]
    assert found[2]["versions"] == []  # nobody lists the versions of a platform that does not exist
    rows = list(csv.DictReader(io.StringIO(render_rules(RULES, "csv"))))
    assert rows[0]["versions"] == "2012R2; 2016; 2019; 2022; 2025; AzureLocal"
    assert rows[1]["title"] == "'=Windows Server 2012 has no performance option"


def test_colours_only_where_asked_for():
    assert "\x1b" not in render_rules(RULES)
    assert "\x1b[31m" in render_rules(RULES, colour=True)
