"""How good the predictions are on measured runs: asked, worked out as a job, shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import streamlit as st

from advisor.calibration.evaluation import Evaluation, PlatformScore, ShareRange
from advisor.calibration.pace import evaluation_s
from advisor.domain.runs import MeasuredRun
from advisor.platforms import get_platform
from advisor.reports import render_evaluation
from advisor.reports.evaluation_md import SCORE_COLUMNS, scores
from advisor.reports.evaluation_words import judged, percent, share, share_span
from advisor.reports.run_charts import build_errors_chart, build_runs_chart
from advisor.reports.wording import number, plural
from advisor.ui import session
from advisor.ui.drawing import show
from advisor.ui.job import Job
from advisor.ui.measured.tasks import begin, expected, is_running, outcome
from advisor.ui.measured.work import evaluated
from advisor.ui.plain import plain
from advisor.units import format_duration

_KIND: Final = "evaluation"
_HOW: Final = {
    "study": "each study, by a card made from the others",
    "row": "each row, by a card made from the others",
    "in-sample": "all rows, by one card made from all",
    "applied": "all rows, by a card as it is; nothing is fitted",
}
_TITLES: Final = {how: "Evaluating, cards made" if how in {"study", "row"} else "Evaluating" for how in _HOW}
_CARD_SHIPPED: Final = "the shipped one"
_CARD_OWN: Final = "the one in use on the other pages"


def show_evaluation(source: str, runs: Sequence[MeasuredRun]) -> None:
    """Ask how to evaluate, and show what came of it.

    Parameters
    ----------
    source : tells the file apart from others.
    """
    how = st.radio("Predict", list(_HOW), format_func=_HOW.__getitem__, key=f"{source} held out")
    card = None
    if how == "applied" and session.card() is not None:
        which = st.radio("Card", [_CARD_OWN, _CARD_SHIPPED], key=f"{source} card applied", horizontal=True)
        card = session.card() if which == _CARD_OWN else None
    st.caption(f"Takes {expected(evaluation_s(runs, how))} on two cores; it can be stopped.")
    st.button(
        "Evaluate",
        key=f"evaluate {source}",
        disabled=is_running(_KIND, source),
        on_click=lambda: begin(_KIND, source, lambda: Job(_TITLES[how], evaluated, runs, how, card)),
    )
    found: Evaluation | None = outcome(_KIND, source)
    if found is not None:
        _evaluation(found)


def _evaluation(found: Evaluation) -> None:
    skipped = f" {plural(found.not_scored, 'run')} could not be scored." if found.not_scored else ""
    st.markdown(f"{plain(found.how[:1].upper() + found.how[1:])}.{skipped} Every study weighs the same.")
    for platform in found.platforms:
        _platform(platform)
    places = st.columns(3)
    for place, (format, kind) in zip(
        places, {"md": "text/markdown", "json": "application/json", "csv": "text/csv"}.items(), strict=True
    ):
        place.download_button(
            f"Evaluation, {format.upper()}",
            data=partial(render_evaluation, found, format),
            file_name=f"evaluation.{format}",
            mime=kind,
            on_click="ignore",
            icon=":material/download:",
            width="stretch",
        )


def _platform(platform: PlatformScore) -> None:
    whole = platform.overall
    st.subheader(
        f"{plain(get_platform(platform.platform).title)}: {plural(platform.n, 'run')} of {platform.studies} "
        f"stud{'y' if platform.studies == 1 else 'ies'}",
        anchor=False,
    )
    numbers = (
        ("Median error", percent(whole.time.median_ape), f"P90 {percent(whole.time.p90_ape)}"),
        ("Inside the 90 % interval", share(whole.coverage_90), _range(whole.coverage_90_range)),
        ("Badly wrong", share(whole.bad_share), "missed by 25 % or more, or wrong about convergence"),
        ("GB x 8 / Gbps", percent(whole.baselines["gb_times_8_over_gbps"]), "median error of the usual rule"),
    )
    for place, (label, value, more) in zip(st.columns(len(numbers)), numbers, strict=True):
        with place:
            st.metric(label, value)
            st.caption(plain(more))
    left, right = st.columns(2)
    with left:
        show("Predicted against measured", build_runs_chart(platform.rows))
    with right:
        show("Median error by transport", build_errors_chart(platform))
    several = len(platform.transports) > 1
    st.table(
        [
            dict(zip(SCORE_COLUMNS, (plain(cell) for cell in scores(one)), strict=True))
            for one in (*platform.transports, *((whole,) if several else ()))
        ]
    )
    st.markdown("\n".join(f"- **{plain(label)}**: {plain(text)}" for label, text in judged(platform)))
    with st.expander("Every run"):
        st.dataframe(
            [
                {
                    "run": row.run_id,
                    "study": row.study,
                    "transport": row.transport,
                    "measured": format_duration(row.measured_s),
                    "predicted": format_duration(row.total_s.p50),
                    "p05": format_duration(row.total_s.p05),
                    "p95": format_duration(row.total_s.p95),
                    "error, %": float(number(row.error_percent)),
                    "inside": "yes" if row.total_s.p05 <= row.measured_s <= row.total_s.p95 else "no",
                    "basis": row.basis.value,
                }
                for row in platform.rows
            ],
            hide_index=True,
        )


def _range(spread: ShareRange | None) -> str:
    if spread is None:
        return "of one study: how far another would lie is not known"
    return f"95 % range when studies are drawn again: {share_span(spread)}"
