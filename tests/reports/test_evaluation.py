"""What is shown of an evaluation: a table that fits, JSON that its model reads back, the README's section."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from advisor.calibration.evaluation import BatchEnd, Evaluation, PlatformScore, RowScore
from advisor.calibration.transport_scores import transport_score
from advisor.domain.answers import Basis, Interval
from advisor.domain.options import Transport
from advisor.domain.runs import MeasuredRun
from advisor.errors import InputError
from advisor.reports import EVALUATION_FORMATS, render_evaluation
from advisor.reports.evaluation_md import BEGIN, END, placed
from advisor.reports.evaluation_words import judged
from advisor.shipped import shipped_path


def score_row(i: int, transport: str, *, dark: bool) -> RowScore:
    hashed = i % 5 == 0
    return RowScore(
        run_id=f"{transport}-{i}",
        study=f"study-{i % 30}",
        transport=transport,
        measured_s=10.0 + i % 7,
        total_s=Interval(p05=9 + i % 7, p50=10.4 + i % 7, p95=12 + i % 7),
        measured_blackout_ms=20.0 + 3 * (i % 40) if dark else None,
        blackout_ms=Interval(p05=5, p50=90, p95=280),
        measured_converges=bool(i % 4),
        converges=True,
        hashed=hashed,
        forced=i % 4 == 0,
        training_blackout_ms=Interval(p05=10, p50=120, p95=290) if i % 4 else None,
        basis=Basis.PUBLISHED,
        gb_times_8_over_gbps_s=8.0,
        ram_over_bandwidth_s=9.0,
        analytic_s=10.0,
    )


def platform_score(name: str, transports: dict[str, int], *, dark: bool) -> PlatformScore:
    rows = [score_row(i, transport, dark=dark) for transport, n in transports.items() for i in range(n)]
    runs = [
        MeasuredRun(
            run_id=row.run_id,
            study=row.study,
            platform=name,
            transport=Transport(row.transport),
            total_s=row.measured_s,
        )
        for row in rows
    ]
    ends = [
        BatchEnd(batch_id=row.run_id, study=row.study, transport=row.transport, moves=2, measured_s=row.measured_s,
                 total_s=row.total_s)
        for row in rows[::9] if dark
    ]  # fmt: skip

    def of(transport: str) -> list[int]:
        return [i for i, row in enumerate(rows) if row.transport == transport]

    return PlatformScore(
        platform=name,
        n=len(rows),
        studies=len({row.study for row in rows}),
        overall=transport_score("all", rows, ends, runs),
        transports=tuple(
            transport_score(
                one,
                [rows[i] for i in of(one)],
                [end for end in ends if end.transport == one],
                [runs[i] for i in of(one)],
            )
            for one in transports
        ),
        rows=tuple(rows),
        batches=tuple(ends),
    )


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return Evaluation(
        how="held out by study",
        runs=1450,
        not_scored=8,
        platforms=(
            platform_score("hyperv", {"tcpip": 11, "multichannel": 2, "compression": 1}, dark=False),
            platform_score("qemu", {"tcpip": 600, "compression": 580, "multichannel": 248}, dark=True),
        ),
    )


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_table_fits_the_page(evaluation: Evaluation, width: int, encoding: str) -> None:
    text = render_evaluation(evaluation, "table", width, encoding=encoding)
    assert max(map(cell_len, text.splitlines())) <= width
    assert text.encode(encoding)


def test_the_table_keeps_its_numbers_whole_and_says_what_is_judged(evaluation: Evaluation) -> None:
    text = render_evaluation(evaluation)
    assert re.search(r"^all +1428 of 30 ", text, re.MULTILINE)
    flat = " ".join(text.split())
    for label, said in judged(evaluation.platforms[1]):
        assert f"{label}: {said}" in flat
    labels = [label for label, _ in judged(evaluation.platforms[1])]
    assert labels == [
        "Paths without hash luck",
        "Hashed teams",
        "90 % intervals",
        "Blackout where passes converge",
        "Blackout of forced switchovers",
        "Simultaneous moves",
        "Noise floor",
    ]


def test_what_was_not_measured_is_not_spoken_of(evaluation: Evaluation) -> None:
    labels = [label for label, _ in judged(evaluation.platforms[0])]
    assert labels == ["Paths without hash luck", "Hashed teams", "90 % intervals"]
    hyperv = render_evaluation(evaluation).partition("qemu:")[0]
    assert "Blackout: none was measured." in hyperv
    assert "Batches" not in hyperv
    assert "They are too few to compare" in " ".join(hyperv.split())


def test_json_is_as_its_schema_says_and_its_model_reads_it_back(evaluation: Evaluation) -> None:
    text = render_evaluation(evaluation, "json")
    Draft202012Validator(Evaluation.model_json_schema()).validate(json.loads(text))
    again = Evaluation.model_validate_json(text)
    assert render_evaluation(again, "json") == text
    whole = json.loads(text)["platforms"][1]["overall"]
    assert {"coverage_90_range", "without_luck", "hashed", "batches", "noise"} <= set(whole)
    assert {"converged", "forced", "coverage_90_range"} <= set(whole["blackout"])
    assert len(json.loads(text)["platforms"][1]["batches"]) == whole["batches"]["n"]


def test_csv_has_a_row_a_run_whether_or_not_it_has_training_quantiles(evaluation: Evaluation) -> None:
    rows = list(csv.DictReader(io.StringIO(render_evaluation(evaluation, "csv"))))
    assert len(rows) == 14 + 1428
    assert {row["training_blackout_ms_p50"] for row in rows} == {"", "120.0"}
    assert {row["hashed"] for row in rows} == {"true", "false"}


def sections(text: str) -> dict[str, str]:
    """Blocks of Markdown by their heading, what stands before the first under none."""
    first, *rest = re.split(r"^### ", text, flags=re.MULTILINE)
    return {"": first, **{block.partition("\n")[0]: block.partition("\n")[2] for block in rest}}


def tables(block: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines() if line[:1] == "|"]


def test_markdown_has_a_table_for_each_platform_and_never_mixes_them(evaluation: Evaluation) -> None:
    found = sections(render_evaluation(evaluation, "md"))
    assert list(found) == [
        "", "Hyper-V: 14 runs of 11 studies", "QEMU/KVM: 1428 runs of 30 studies", "Published by others",
    ]  # fmt: skip
    for block, platform in zip(list(found.values())[1:3], evaluation.platforms, strict=True):
        header, rule, *rows = tables(block)
        assert {len(row) for row in (header, rule, *rows)} == {10}
        assert header[-3:] == ["GB x 8 / Gbps", "RAM / bandwidth", "physics, priors only"]
        assert [row[:2] for row in rows] == [
            [one.transport, str(one.n)] for one in (*platform.transports, platform.overall)
        ]
        assert [line[2:] for line in block.splitlines() if line.startswith("- ")] == [
            f"{label}: {said}" for label, said in judged(platform)
        ]
    assert "not comparable one to one" in found["Published by others"]


def test_the_published_figures_have_their_sources() -> None:
    text = shipped_path("data", "accuracy_published.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["source", "year", "system", "what", "figure", "read", "citation"]
    for row in rows:
        assert None not in row
        assert all(row[name] for name in ("source", "what", "figure", "citation"))
        assert 2000 < int(row["year"]) <= 2026
        assert row["read"] in {"in full", "abstract"}


def test_the_readmes_section_has_the_shape_that_the_command_makes(checkout: Path, evaluation: Evaluation) -> None:
    readme = (checkout / "README.md").read_text("utf-8")
    between = readme.split(BEGIN)[1].split(END)[0].partition("-->\n")[2].strip("\n") + "\n"
    assert placed(readme, between, "README.md") == readme
    found, made = sections(between), sections(render_evaluation(evaluation, "md"))
    assert found.pop("") == made.pop("")
    assert found.pop("Published by others").strip() == made.pop("Published by others").strip()
    forms = {re.sub(r"\d+", "#", heading): tables(block)[:2] for heading, block in made.items()}
    assert found
    for heading, block in found.items():
        header, rule, *rows = tables(block)
        assert forms[re.sub(r"\d+", "#", heading)] == [header, rule]
        assert {row[0] for row in rows} <= {"all", *Transport}
        labels = [line[2:].partition(":")[0] for line in block.splitlines() if line.startswith("- ")]
        known = [label for label, _ in judged(evaluation.platforms[1])]
        assert labels == [label for label in known if label in labels]
        assert {"Paths without hash luck", "90 % intervals"} <= set(labels)


def test_a_section_is_written_again_in_its_place() -> None:
    document = f"above\n{BEGIN}; written by a command -->\nold\n\nold\n{END}\nbelow\n"
    once = placed(document, "new\n", "README.md")
    assert once == f"above\n{BEGIN}; written by a command -->\n\nnew\n\n{END}\nbelow\n"
    assert placed(once, "new\n", "README.md") == once


@pytest.mark.parametrize(
    "document",
    ["nothing", f"{BEGIN} -->\n", f"{END}\n{BEGIN} -->\n", f"{BEGIN} -->\n{END}\n{BEGIN} -->\n{END}\n"],
)
def test_a_document_without_one_place_for_it_is_refused(document: str) -> None:
    with pytest.raises(InputError, match=r"README\.md: has no place for the section.*mend: add the two lines"):
        placed(document, "new\n", "README.md")


def test_every_format_writes_an_evaluation(evaluation: Evaluation) -> None:
    for format in EVALUATION_FORMATS:
        assert render_evaluation(evaluation, format).endswith("\n")
