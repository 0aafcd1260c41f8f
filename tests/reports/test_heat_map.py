"""The heat map and what goes with it: colours, signs, lines, words and the table."""

import csv
import io
import json

import pytest

from advisor.domain.answers import Interval, Measurement, Verdict
from advisor.domain.options import Transport
from advisor.domain.sensitivity import Axis, Cell, Measure, Sensitivity, State, Uncertainty
from advisor.reports.drawing import svg
from advisor.reports.heat_colours import INKS, cell_colours, contrast
from advisor.reports.heat_map import build_heat_map, build_uncertainty_chart
from advisor.reports.heat_map_words import (
    heat_map_finding,
    heat_map_legend,
    letters,
    reasons_told,
    uncertainty_finding,
)
from advisor.reports.palette import DARK_PALETTE, PALETTE
from advisor.reports.sensitivity_csv import sensitivity_csv


def cell(across, up, p50=10.0, label="TCP/IP", *, converges=True, blackout_s=0.5):
    def around(value):
        return Interval(p05=value * 0.5, p50=value, p95=value * 2)

    return Cell(
        across=across,
        up=up,
        state=State.ANSWERED,
        label=label,
        transport=Transport.TCPIP,
        verdict=Verdict.READY,
        simultaneous=2,
        vm_total_s=around(p50 / 2),
        drain_s=around(p50),
        blackout_s=around(blackout_s),
        converges=converges,
        endless=False,
    )


def grid(*cells, across=(10, 25), up=(8, 64), today=(10, 8)):
    return Sensitivity(
        across=Axis(input="nics.speed_gbps", values=across),
        up=Axis(input="vms.memory_gib", values=up),
        cells=cells,
        across_today=today[0],
        up_today=today[1],
        card="card",
    )


def four(**changes):
    """Two options; one cell that does not converge, one that is not possible."""
    refused = Cell(across=25, up=64, state=State.IMPOSSIBLE, reason="working_set_gib is larger than memory_gib")
    cells = {
        "first": cell(10, 8, 75.0),
        "second": cell(25, 8, 20.0),
        "third": cell(10, 64, 7200.0, "SMB + jumbo", converges=False),
        "fourth": refused,
    }
    return grid(*(cells | changes).values())


def layers(chart, mark):
    return [layer for layer in chart.to_dict()["layer"] if layer["mark"]["type"] == mark]


def values(layer, chart):
    data = layer["data"]
    return data["values"] if "values" in data else chart.to_dict()["datasets"][data["name"]]


def test_a_cell_has_its_time_in_words_and_as_colour():
    chart = build_heat_map(four(), Measure.DRAIN)
    rows = values(layers(chart, "text")[1], chart)
    assert [row["value"] for row in rows] == ["1 min\n15 s", "20 s", "2 h"]
    assert rows[1]["fill"] == "#ffffd9"
    assert rows[2]["fill"] == "#081d58"
    assert (rows[2]["left"], rows[2]["right"], rows[2]["bottom"], rows[2]["top"]) == (0, 1, 1, 2)


@pytest.mark.parametrize(
    ("measure", "quantile", "value"),
    [
        (Measure.TOTAL, "p50", "38 s"),
        (Measure.DRAIN, "p95", "2 min\n30 s"),
        (Measure.DRAIN, "p05", "38 s"),
        (Measure.BLACKOUT, "p50", "0.5 s"),
    ],
)
def test_each_time_and_end_of_its_interval_can_be_drawn(measure, quantile, value):
    chart = build_heat_map(four(), measure, quantile)
    assert values(layers(chart, "text")[1], chart)[0]["value"] == value


def test_whatever_the_times_what_is_written_on_a_cell_reads_well():
    """Contrast AA (4.5) of every colour that a cell may have."""
    times = [10 ** (i / 40) for i in range(200)]
    for fill, ink in cell_colours(times):
        assert contrast(INKS[ink], fill) >= 4.5


def test_wide_ranges_are_coloured_by_logarithm_narrow_ones_evenly():
    wide = [fill for fill, _ in cell_colours([1.0, 10.0, 100.0])]
    assert wide[1] == "#41b6c4"
    narrow = [fill for fill, _ in cell_colours([1.0, 2.0, 3.0])]
    assert narrow == wide
    assert len({fill for fill, _ in cell_colours([5.0, 5.0])}) == 1
    assert cell_colours([]) == []
    assert cell_colours([0.0, 1.0])[0][0] == "#ffffd9"


def test_no_colour_of_a_cell_is_one_that_a_dark_page_would_swap():
    swapped = {getattr(PALETTE, name) for name in PALETTE.__slots__}
    assert not swapped & {part for pair in cell_colours([10 ** (i / 10) for i in range(50)]) for part in pair}


def test_what_does_not_converge_is_hatched_and_the_others_are_not():
    chart = build_heat_map(four(), Measure.DRAIN)
    hatches = values(layers(chart, "rule")[0], chart)
    assert len(hatches) >= 5
    assert all(0 <= row["x"] < row["x2"] <= 1 <= row["y"] < row["y2"] <= 2 for row in hatches)
    assert "Hatched: some VM does not converge, the pass limit forces the switchover." in heat_map_legend(four())
    endless = cell(10, 64, converges=False).model_copy(update={"endless": True})
    assert "it goes on until somebody ends it" in " ".join(heat_map_legend(four(third=endless)))
    calm = build_heat_map(four(third=cell(10, 64)), Measure.DRAIN)
    assert values(layers(calm, "rule")[0], calm) == []


def test_lines_part_neighbours_whose_recommendation_differs():
    chart = build_heat_map(four(), Measure.DRAIN)
    rim, line = layers(chart, "rule")[1:]
    expected = [
        {"x": 1, "x2": 1, "y": 1, "y2": 2},
        {"x": 0, "x2": 1, "y": 1, "y2": 1},
        {"x": 1, "x2": 2, "y": 1, "y2": 1},
    ]
    assert values(line, chart) == expected == values(rim, chart)
    assert (line["mark"]["color"], rim["mark"]["color"]) == (PALETTE.second, PALETTE.page)
    for palette in (PALETTE, DARK_PALETTE):
        assert contrast(palette.second, palette.page) >= 4.5
    same = grid(*(cell(x, y) for y in (8, 64) for x in (10, 25)))
    chart = build_heat_map(same, Measure.DRAIN)
    assert values(layers(chart, "rule")[1], chart) == []


def test_each_recommendation_has_a_letter_a_for_most_cells():
    assert letters(four()) == {"TCP/IP": "A", "SMB + jumbo": "B"}
    chart = build_heat_map(four(), Measure.DRAIN)
    assert [row["letter"] for row in values(layers(chart, "text")[-1], chart)] == ["A", "A", "B"]
    many = grid(*(cell(i, 8, label=f"option {i:02}") for i in range(1, 26)), across=tuple(range(1, 26)), up=(8,))
    more = grid(*many.cells, *(cell(i, 64, label=f"also {i:02}") for i in range(1, 26)), across=many.across.values)
    assert list(letters(more).values())[24:29] == ["Y", "Z", "AA", "AB", "AC"]


def test_today_s_cell_is_framed_where_it_is_on_the_grid():
    chart = build_heat_map(four(), Measure.DRAIN)
    framed = values(layers(chart, "point")[0], chart)
    assert [(row["left"], row["bottom"]) for row in framed] == [(0, 0)]
    off = build_heat_map(four().model_copy(update={"up_today": None}), Measure.DRAIN)
    assert values(layers(off, "point")[0], off) == []
    assert "today" not in " ".join(heat_map_legend(four().model_copy(update={"up_today": None})))


def test_cells_without_an_answer_have_a_sign_and_a_reason():
    forbidden = Cell(across=25, up=8, state=State.FORBIDDEN, reason="R01: no")
    found = four(second=forbidden)
    chart = build_heat_map(found, Measure.DRAIN)
    assert [row["value"] for row in values(layers(chart, "text")[2], chart)] == ["–", "×"]
    assert reasons_told(found) == (
        "Nothing is allowed in 1 cell: R01: no",
        "Not possible in 1 cell: working_set_gib is larger than memory_gib",
    )
    legend = " ".join(heat_map_legend(found))
    assert "×: the values contradict each other." in legend
    assert "–: rules forbid every option." in legend


def test_axes_name_their_values_and_units():
    encoding = layers(build_heat_map(four(), Measure.DRAIN), "rect")[1]["encoding"]
    assert encoding["x"]["title"] == ["NICs: link speed [Gbit/s]"]
    assert encoding["x"]["axis"]["labelExpr"] == '["10", "25"][indexof([0.5, 1.5], datum.value)]'
    assert encoding["y"]["scale"]["domain"] == [0, 2]


def test_the_finding_says_the_ends_today_and_what_stands_out():
    assert heat_map_finding(four(), Measure.DRAIN, "p50") == (
        "Drain time, all moves (median): from 20 s (25 Gbit/s by 8 GiB) to 2 h (10 Gbit/s by 64 GiB). "
        "Today, 10 Gbit/s by 8 GiB: 1 min 15 s [38 s - 2 min 30 s]. "
        "2 recommendations; most often TCP/IP, in 2 of 4 cells. "
        "1 cell does not converge. In 1 cell it is not possible."
    )
    assert build_heat_map(four(), Measure.DRAIN).description == heat_map_finding(four(), Measure.DRAIN, "p50")


def test_a_grid_without_any_answer_is_told_and_drawn():
    found = grid(Cell(across=10, up=8, state=State.FORBIDDEN, reason="no"), across=(10,), up=(8,))
    chart = build_heat_map(found, Measure.BLACKOUT)
    assert chart.description == "Longest blackout (median): nothing is recommended in any cell."
    assert "<svg" in svg(chart)


def test_it_can_be_rendered_and_hostile_labels_stay_text():
    found = four(first=cell(10, 8, label="<script>\u202e=1+1"))
    assert "<script" not in svg(build_heat_map(found, Measure.DRAIN))
    assert "\u202e" not in heat_map_finding(found, Measure.DRAIN, "p50")


def test_the_table_has_a_row_a_cell_and_no_formula():
    found = four(first=cell(10, 8, label="=1+1"))
    rows = list(csv.DictReader(io.StringIO(sensitivity_csv(found))))
    assert [(row["nics.speed_gbps"], row["vms.memory_gib"]) for row in rows] == [
        ("10.0", "8.0"),
        ("25.0", "8.0"),
        ("10.0", "64.0"),
        ("25.0", "64.0"),
    ]
    assert rows[0]["recommended"] == "'=1+1"
    assert (rows[1]["total_s_p50"], rows[1]["drain_s_p95"], rows[1]["verdict"]) == ("10.0", "40.0", "ready")
    assert (rows[2]["converges"], rows[3]["converges"]) == ("false", "")
    assert (rows[3]["state"], rows[3]["drain_s_p50"]) == ("not possible", "")


def matters(*after, width=4.0):
    factors = tuple(
        Measurement(what=f"factor {i}", how="look", width_before=width, width_after=one) for i, one in enumerate(after)
    )
    return Uncertainty(
        label="TCP/IP", drain_s=Interval(p05=10, p50=20, p95=40), width=width, factors=factors, card="card"
    )


def test_bars_before_and_after_knowing_each_factor_that_matters():
    chart = build_uncertainty_chart(matters(2.0, 3.5, 3.999))
    rows = values(layers(chart, "bar")[0], chart)
    assert [(row["part"], row["width"]) for row in rows] == [
        ("now", 4.0),
        ("once known", 2.0),
        ("now", 4.0),
        ("once known", 3.5),
    ]
    assert (
        uncertainty_finding(matters(2.0, 3.5, 3.999))
        == chart.description
        == (
            "With TCP/IP all moves take 20 s [10-40 s]: p95 is 4 times p05. What widens it most is factor 0; knowing "
            "it leaves 2 times. 1 other factor would narrow it by less than half a percent."
        )
    )
    many = build_uncertainty_chart(matters(*(2.0 + i / 20 for i in range(15))))
    assert len(values(layers(many, "bar")[0], many)) == 2 * 10


def test_where_nothing_matters_or_is_allowed_that_is_said():
    assert "nothing that can be measured narrows that" in uncertainty_finding(matters(3.999))
    nothing = build_uncertainty_chart(Uncertainty(card="card"))
    assert nothing.description == "Nothing is allowed, so there is no interval."
    assert json.dumps(nothing.to_dict())
