"""What is taken where nobody measured or said: constants, classes of workload, tolerances, defaults, costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from advisor.domain.costs import load_costs
from advisor.domain.defaults import load_defaults
from advisor.domain.search import found
from advisor.domain.shipped_tables import load_tolerances, load_workloads
from advisor.platforms import platforms
from advisor.reports.constant_rows import ConstantRow, constant_rows
from advisor.reports.wording import number
from advisor.residual.card_files import shipped_card
from advisor.ui import session
from advisor.ui.evidence.listing import count, show_list
from advisor.ui.plain import plain
from advisor.ui.sources import BASIS, source_told
from advisor.units import format_duration

PLATFORM: Final = "platform"
"""The link's part that says whose constants are shown."""


def show_constants(wanted: str) -> None:
    """The constants of the card in use that mention what is wanted."""
    known = {one.name: one.title for one in platforms()}
    own = session.card()
    names = list(known)
    platform = st.selectbox(
        "Platform",
        names,
        index=names.index(own.platform) if own is not None and own.platform in names else 0,
        format_func=lambda name: known[name],
        key=PLATFORM,
        bind="query-params",
    )
    own = session.card_for(platform)
    card = shipped_card(platform) if own is None else own
    rows = constant_rows(card)
    shown = found(wanted, rows, lambda one: (one.name, one.meaning, one.rests_on, one.source))
    st.markdown(
        f"Constants of the model card in use: **{plain(card.name)}**, {'shipped' if own is None else 'of your own'}. "
        "Middle and 90 % interval; fitted: measured runs moved it from its source."
    )
    if own is None:
        st.caption(
            "A card of your own is in use in the tab of the browser where you chose it, and nowhere else: there, its "
            "constants stand here, and on the page Measured runs under Card in use."
        )
    count(len(shown), len(rows))
    constants_table(shown)


def constants_table(rows: Sequence[ConstantRow]) -> None:
    """Constants with their ranges and sources."""
    if rows:
        st.table(
            [
                {
                    "Constant": f"**{plain(one.name)}**: {plain(one.meaning)}",
                    "Value": f"{plain(one.amount)}; {plain(one.rests_on)}",
                    "Source": source_told(one.source),
                }
                for one in rows
            ]
        )


def show_workloads(wanted: str) -> None:
    """The classes of workload that mention what is wanted."""
    show_list(
        "Classes of VMs by what they do to their memory, for VMs of which nobody measured it. Middle and 90 % "
        "interval.",
        list(load_workloads().values()),
        wanted,
        lambda one: (one.name, one.title, one.source),
        lambda one: (
            f"**{plain(one.name)}**: {plain(one.title)}. Rewrites {_triple(one.hot_set_mib)} MiB at "
            f"{_triple(one.hot_rate_mib_s)} MiB/s, and {_triple(one.cold_set_mib)} MiB at "
            f"{_triple(one.cold_rate_mib_s)} MiB/s; {_triple(one.nonzero_share)} of its memory is not zero, and "
            f"compresses by {_triple(one.compression_ratio)}. Source: {source_told(one.source)}"
        ),
    )


def show_tolerances(wanted: str) -> None:
    """What survives which blackout, where it mentions what is wanted."""
    show_list(
        "What survives which blackout; the names can be given as the longest blackout.",
        list(load_tolerances().values()),
        wanted,
        lambda one: (one.name, one.title, one.source),
        lambda one: (
            f"**{plain(one.name)}**, {format_duration(one.limit_s)}: {plain(one.title)}. "
            f"Source: {source_told(one.source)}"
        ),
    )


def show_defaults(wanted: str) -> None:
    """What is taken where an inventory does not say, where it mentions what is wanted."""
    show_list(
        "What is taken where an inventory does not say: the middle, and an interval from low to high.",
        load_defaults(),
        wanted,
        lambda one: (one.column, one.source),
        lambda one: (
            f"**{plain(one.column)}**: {plain(_span(one.low, one.middle, one.high))}. Source: {source_told(one.source)}"
        ),
    )


def show_costs(wanted: str) -> None:
    """What changes cost, where it mentions what is wanted."""
    show_list(
        "What changes cost against each other, which is the order in which they are tried for hosts that miss their "
        "window. Assumptions, each of them; a table of your own stands in for these.",
        load_costs(),
        wanted,
        lambda one: (one.change, one.title),
        lambda one: f"**{plain(one.change)}**, {number(one.cost)}: {plain(one.title)}",
    )


def show_basis(wanted: str) -> None:
    """What each basis of a number means, where it mentions what is wanted."""
    show_list(
        "Every number names what it rests on, best first.",
        list(BASIS.items()),
        wanted,
        lambda one: (one[0].value, one[1]),
        lambda one: f"**{one[0].value}**: {plain(one[1])}",
    )


def _triple(values: Sequence[float]) -> str:
    low, middle, high = (number(value) for value in values)
    return plain(f"{middle} [{low}-{high}]")


def _span(low: str, middle: str, high: str) -> str:
    return middle if low == middle == high else f"{middle} [{low} to {high}]"
