"""Charts of the reports on a page: in the colours of the visitor's theme, with their finding in words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import altair as alt
import streamlit as st

from advisor.reports.palette import DARK_PALETTE, PALETTE
from advisor.ui.plain import plain

_DATA: Final = frozenset({"values", "datasets"})
# Rows of a chart that go inside its layers: up to so many they weigh less than making tables of them takes.
_FEW_ROWS: Final = 500


def show(title: str, chart: alt.LayerChart) -> None:
    """Show a chart below its title and finding."""
    spec = _with_few_rows_inside(chart.to_dict(validate=False))
    finding = str(spec.pop("description"))
    # As wide as the page gives it, but never lower than it was drawn.
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    # Its marks have no names of their own: what they show is said by the chart's alternative text.
    spec.setdefault("config", {}).setdefault("mark", {})["aria"] = False
    with st.container(border=True):
        st.markdown(f"**{plain(title)}**")
        st.vega_lite_chart(spec=_for_theme(spec), theme=None, width="stretch", alt=f"{title}. {finding}")
        st.caption(plain(finding))


def _with_few_rows_inside(spec: dict[str, Any]) -> dict[str, Any]:
    """The chart with its rows in its layers where they are few; many stay beside it, and travel as tables."""
    rows = spec.get("datasets", {})
    layers = [part for part in (spec, *spec.get("layer", ())) if part.get("data", {}).get("name") in rows]
    if sum(len(rows[part["data"]["name"]]) for part in layers) > _FEW_ROWS:
        return spec
    for part in layers:
        part["data"] = {"values": rows[part["data"]["name"]]}
    spec.pop("datasets", None)
    return spec


def _for_theme(spec: dict[str, Any]) -> dict[str, Any]:
    """The chart in the colours of the dark page, where the visitor has it."""
    if st.context.theme.type != "dark":
        return spec
    dark = {getattr(PALETTE, one.name): getattr(DARK_PALETTE, one.name) for one in fields(PALETTE)}

    def swapped(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: value if key in _DATA else swapped(value) for key, value in part.items()}
        if isinstance(part, list):
            return [swapped(one) for one in part]
        return dark.get(part, part) if isinstance(part, str) else part

    found: dict[str, Any] = swapped(spec)
    return found
