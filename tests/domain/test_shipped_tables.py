"""The tables that come with advisor hold together, and an edited one says what no longer does."""

import csv
import math

import pytest

from advisor.domain.goals import Tolerance
from advisor.domain.shipped_tables import (
    TOLERANCES_FILE,
    WORKLOADS_FILE,
    load_tolerances,
    load_workloads,
    parse_rows,
)
from advisor.domain.vms import Workload
from advisor.errors import InputError
from advisor.shipped import shipped_path

MB = 1e6 / 2**20


def tolerances_in(text):
    return parse_rows(text, Tolerance, TOLERANCES_FILE)


def workloads_in(text):
    return parse_rows(text, Workload, WORKLOADS_FILE)


def dirty_mib(workload, seconds, quantile):
    sets = ((workload.hot_rate_mib_s, workload.hot_set_mib), (workload.cold_rate_mib_s, workload.cold_set_mib))
    return sum(size[quantile] * (1 - math.exp(-rate[quantile] * seconds / size[quantile])) for rate, size in sets)


@pytest.mark.parametrize(
    ("name", "quantile", "points"),
    [
        ("database_oltp", 0, {0.4: 44 * MB, 1.9: 84 * MB, 14: 289 * MB}),
        (
            "database_oltp",
            1,
            {0.2: 64 * MB, 1: 127 * MB, 1.9: 208 * MB, 3.5: 296 * MB, 8: 494 * MB, 24: 1140 * MB},
        ),
        ("database_read", 1, {1.4: 219 * MB, 1.6: 221 * MB, 29: 311 * MB}),
        ("memcached", 1, {0.125: 66, 1: 472, 10: 1796, 60: 5916}),
        ("stress", 1, {2: 96 * MB}),
        ("write_heavy", 1, {3.15: 5418}),
    ],
)
def test_the_fitted_curves_meet_what_was_published(name, quantile, points):
    for seconds, published in points.items():
        assert dirty_mib(load_workloads()[name], seconds, quantile) == pytest.approx(published, rel=0.08)


def test_an_idle_vm_dirties_least_and_compresses_best_at_the_median():
    workloads = load_workloads()
    idle = workloads["idle"]
    for other in workloads.values():
        assert dirty_mib(idle, 10, 1) <= dirty_mib(other, 10, 1)
        assert idle.compression_ratio[1] >= other.compression_ratio[1]


def test_workloads_without_public_numbers_say_assumption():
    named = {"database_oltp", "database_read", "memcached", "stress", "kubernetes_node", "write_heavy"}
    for name, workload in load_workloads().items():
        assert name in named or workload.source.startswith("assumption"), name


def test_tolerances_the_user_is_promised_are_there():
    limits = {name: tolerance.limit_s for name, tolerance in load_tolerances().items()}
    assert limits["guest_cluster_2012"] == limits["guest_cluster_2012R2"] == 5
    assert limits["guest_cluster_2016"] == 10
    assert limits["tcp_session"] == 20
    assert limits["sql_ag_lease"] <= 20


def test_every_tolerance_names_a_source():
    for tolerance in load_tolerances().values():
        assert "http" in tolerance.source or "assumption" in tolerance.source, tolerance.name


def test_tables_are_read_once_per_process():
    assert load_workloads() is load_workloads()
    assert load_tolerances() is load_tolerances()


@pytest.mark.parametrize(
    ("old", "new", "column", "words"),
    [
        (",5,5 missed", ",-5,5 missed", "limit_s", "greater than 0"),
        ("guest_cluster_2012R2,", "guest_cluster_2012,", "name", "more than once"),
    ],
)
def test_a_broken_tolerance_is_named_with_its_line(old, new, column, words):
    text = shipped_path("data", "tolerances.csv").read_text(encoding="utf-8")
    with pytest.raises(InputError) as caught:
        tolerances_in(text.replace(old, new, 1))
    problem = caught.value.problems[0]
    assert problem.line is not None
    assert problem.column == column
    assert words in problem.message


def test_a_source_is_mandatory():
    with pytest.raises(InputError, match="source"):
        tolerances_in("name,title,limit_s,source\nping,Ping,1,\n")


def test_a_missing_column_and_an_empty_table_are_named():
    with pytest.raises(InputError, match="limit_s"):
        tolerances_in("name,title,source\n")
    with pytest.raises(InputError, match="no rows"):
        tolerances_in("name,title,limit_s,source\n")


def changed_workload(column, value):
    rows = list(csv.reader(shipped_path("data", "workloads.csv").read_text(encoding="utf-8").splitlines()))
    rows[1][rows[0].index(column)] = value
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows[:2])


@pytest.mark.parametrize("value", ["much", "-1", "nan", ""])
def test_a_broken_workload_cell_is_named_with_its_quantile(value):
    with pytest.raises(InputError) as caught:
        workloads_in(changed_workload("hot_rate_mib_s_p05", value))
    assert caught.value.problems[0].column == "hot_rate_mib_s_p05"
    assert caught.value.problems[0].line == 2


def test_quantiles_must_rise():
    with pytest.raises(InputError, match="nonzero_share must rise"):
        workloads_in(changed_workload("nonzero_share_p05", "0.9"))


def test_claims_are_kept_with_their_sources_and_are_no_runs():
    with shipped_path("data", "claims.csv").open(encoding="utf-8", newline="") as stream:
        claims = list(csv.DictReader(stream))
    with shipped_path("data", "measured", "hyperv_published.csv").open(encoding="utf-8", newline="") as stream:
        runs = {row["published_id"] for row in csv.DictReader(stream)}
    assert len(claims) > 40
    assert not runs & {claim["published_id"] for claim in claims}
    for claim in claims:
        assert claim["statement"]
        assert claim["source_url"]
        assert claim["used_for"]
        assert not claim["value"] or math.isfinite(float(claim["value"]))
        assert bool(claim["value"]) == bool(claim["unit"])
