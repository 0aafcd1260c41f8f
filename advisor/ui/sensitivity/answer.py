"""What a sensitivity shows: the heat map with its legend, the cells as a table, and what makes the interval wide."""

from __future__ import annotations

from typing import Final

import streamlit as st

from advisor.domain.sensitivity import Measure, Quantile, Sensitivity, Uncertainty
from advisor.reports.heat_map import build_heat_map, build_uncertainty_chart
from advisor.reports.heat_map_words import (
    MEASURE_TITLES,
    QUANTILE_TITLES,
    heat_map_legend,
    letters,
    reasons_told,
    worth_drawing,
)
from advisor.reports.sensitivity_csv import row_of, sensitivity_csv
from advisor.reports.wording import number, plural
from advisor.ui.drawing import show
from advisor.ui.plain import plain

_MEASURES: Final = (Measure.DRAIN, Measure.TOTAL, Measure.BLACKOUT)


def show_sensitivity(found: Sensitivity) -> None:
    """Show a grid that was worked out."""
    left, right = st.columns(2)
    measure = left.selectbox(
        "Time shown", _MEASURES, format_func=MEASURE_TITLES.__getitem__, key="measure", bind="query-params"
    )
    quantile: Quantile = right.selectbox(
        "Of its interval", list(QUANTILE_TITLES), format_func=QUANTILE_TITLES.__getitem__, key="of", bind="query-params"
    )
    show(f"{MEASURE_TITLES[measure]}, {QUANTILE_TITLES[quantile]}", build_heat_map(found, measure, quantile))
    st.caption(plain(" ".join(heat_map_legend(found))))
    _recommendations(found)
    for reason in reasons_told(found):
        st.markdown(f"- {plain(reason)}")
    with st.expander(f"{plural(len(found.cells), 'cell')} as a table", icon=":material/table:"):
        st.dataframe([row_of(found, cell) for cell in found.cells], hide_index=True)
    st.download_button(
        "Cells, CSV",
        data=lambda: sensitivity_csv(found),
        file_name="sensitivity.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _recommendations(found: Sensitivity) -> None:
    """Which option each letter stands for."""
    names = letters(found)
    if names:
        st.markdown("**Recommended**")
        st.markdown(
            "\n".join(
                f"- **{letter}**: {plain(label)} ({plural(sum(cell.label == label for cell in found.cells), 'cell')})"
                for label, letter in names.items()
            )
        )


def show_uncertainty(found: Uncertainty) -> None:
    """Show what widens the interval, and how each is learned."""
    shown = worth_drawing(found.factors)
    show("Interval of the total time of all moves, now and once a factor is known", build_uncertainty_chart(found))
    if shown:
        st.markdown(
            "\n".join(
                f"- **{plain(one.what)}**: {plain(one.how)} (p95/p05 from {number(one.width_before)} "
                f"to {number(one.width_after)})"
                for one in shown
            )
        )
    st.caption(plain(f"Model card {found.card}."))
