"""Runs as rows: no column that none of them fills, and nothing of the file lost."""

from advisor.domain.runs import MeasuredRun
from advisor.reports.run_rows import run_rows

RUN = MeasuredRun(run_id="a", study="lab", platform="hyperv", transport="tcpip", total_s=54)


def test_a_column_is_shown_where_any_run_fills_it():
    rows = run_rows([RUN, RUN.model_copy(update={"run_id": "b", "nic_gbps": 10.0, "total_s": None})])
    assert list(rows[0]) == ["run_id", "study", "platform", "transport", "nic_gbps", "total_s"]
    assert rows[0]["nic_gbps"] is None
    assert rows[1]["total_s"] is None
    assert run_rows([]) == []


def test_a_column_of_the_file_never_stands_in_for_one_of_the_run():
    rows = run_rows([RUN.model_copy(update={"extra_columns": {"total_s": "1", "room": "3"}})])
    assert rows == [
        {"run_id": "a", "study": "lab", "platform": "hyperv", "transport": "tcpip", "total_s": 54.0, "room": "3"}
    ]
