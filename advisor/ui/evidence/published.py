"""What others published: timed runs, claims, and how well they predict."""

from __future__ import annotations

import streamlit as st

from advisor.domain.claims import Claim, load_accuracies, load_claims
from advisor.domain.search import found
from advisor.intake.runs import read_runs
from advisor.reports.run_rows import run_rows
from advisor.reports.wording import number
from advisor.shipped import shipped_path
from advisor.ui.evidence.listing import count, show_list
from advisor.ui.plain import plain
from advisor.ui.sources import source_told


def show_runs(wanted: str) -> None:
    """The published runs that mention what is wanted."""
    runs = read_runs(shipped_path("data", "measured", "hyperv_published.csv")).runs
    rows = found(wanted, run_rows(runs), lambda row: [str(value) for value in row.values() if value is not None])
    st.markdown(
        "The timed runs that anybody published of Hyper-V. Its shipped model card is made from them; those that show "
        "more memory in their time than the wire carries are scored and not fitted."
    )
    count(len(rows), len(runs))
    if rows:
        first = ("run_id", "transport", "total_s", "source", "note")
        st.dataframe(
            rows,
            hide_index=True,
            column_order=[*first, *(name for name in rows[0] if name not in first)],
            column_config={
                "source": st.column_config.LinkColumn("source"),
                "note": st.column_config.TextColumn(width="large"),
            },
        )


def show_claims(wanted: str) -> None:
    """The published claims that mention what is wanted."""
    show_list(
        "Published statements that are no timed runs. They gave priors, rules and checks; none is fitted.",
        load_claims(),
        wanted,
        _texts,
        _claim,
    )


def show_accuracies(wanted: str) -> None:
    """What others published of their errors, where it mentions what is wanted."""
    show_list(
        "How well others predict. These figures are of other hypervisors, hosts, workloads and kinds of error: they "
        "say what such models reach, and are not comparable one to one.",
        load_accuracies(),
        wanted,
        lambda one: (one.source, str(one.year), one.system, one.what, one.where),
        lambda one: (
            f"**{plain(one.source)}**, {one.year}: {plain(one.figure)}, {plain(one.what)}"
            + (f" ({plain(one.system)})" if one.system else "")
            + f". Source: {source_told(one.where)}"
        ),
    )


def _texts(claim: Claim) -> tuple[str, ...]:
    return (f"claim {claim.published_id}", *_about(claim), claim.statement, claim.source_url, claim.used_for)


def _claim(claim: Claim) -> str:
    value = "" if claim.value is None else f" {number(claim.value)} {plain(claim.unit)}."
    return (
        f"**claim {claim.published_id}** ({plain(', '.join(_about(claim)))}):{value} {plain(claim.statement)}. Used "
        f"for: {plain(claim.used_for)}. Source: {source_told(claim.source_url)}"
    )


def _about(claim: Claim) -> list[str]:
    transport = [] if claim.transport is None else [claim.transport.value]
    return [claim.platform, claim.quantity.replace("_", " "), *transport]
