"""The learned part of a card's file, checked value by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final

from advisor.residual.features import BLACKOUT_FEATURES, TIME_FEATURES
from advisor.residual.learned import ALL_MOVES, KINDS, LARGEST_LOG, QUANTILES, Learned, Margin

_LARGEST_WEIGHT: Final = 1e4
_LARGEST_SECONDS: Final = 100.0


def learned_from(body: Mapping[str, Any]) -> Learned:
    """The learned part from its checked JSON."""
    return Learned(
        time_weights=tuple(float(weight) for weight in body["time_weights"]),
        margins={kind: Margin(**one) for kind, one in body["margins"].items()},
        blackout_weights=tuple(tuple(float(weight) for weight in line) for line in body["blackout_weights"]),
        forced_logs=tuple(float(log) for log in body["forced_logs"]),
        blackout_rows=tuple(body["blackout_rows"]),
    )


def check_learned(body: Mapping[str, Any], wrong: Callable[..., None]) -> None:
    """Tell everything wrong with the learned part."""
    if set(body) != {one.name for one in fields(Learned)}:
        wrong("learned", "needs " + ", ".join(one.name for one in fields(Learned)))
        return
    if not _is_line(body["time_weights"], len(TIME_FEATURES), _LARGEST_WEIGHT):
        features = ", ".join(TIME_FEATURES)
        wrong("learned.time_weights", "needs a number for each feature", body["time_weights"], features)
    _check_margins(body["margins"], wrong)
    _check_blackouts(body, wrong)


def _check_margins(margins: Any, wrong: Callable[..., None]) -> None:
    if not isinstance(margins, dict) or ALL_MOVES not in margins:
        wrong("learned.margins", f"needs a margin for {ALL_MOVES}")
        return
    for kind, one in margins.items():
        if kind not in KINDS:
            wrong(f"learned.margins.{kind}", "no move is of this kind", kind, f"{ALL_MOVES}, or such as {KINDS[-1]!r}")
        elif not _is_margin(one):
            wrong(f"learned.margins.{kind}", "needs rows, relative, seconds, low and high", one, "numbers of 0 or more")


def _is_margin(one: object) -> bool:
    largest = {"relative": LARGEST_LOG, "seconds": _LARGEST_SECONDS, "low": _LARGEST_SECONDS, "high": _LARGEST_SECONDS}
    return (
        isinstance(one, dict)
        and set(one) == {own.name for own in fields(Margin)}
        and all(_is_number(one[name], most) and one[name] >= 0 for name, most in largest.items())
        and _is_count(one["rows"])
    )


def _check_blackouts(body: Mapping[str, Any], wrong: Callable[..., None]) -> None:
    lines, logs, rows = body["blackout_weights"], body["forced_logs"], body["blackout_rows"]
    good = isinstance(lines, list) and len(lines) == len(QUANTILES)
    if not good or not all(_is_line(line, len(BLACKOUT_FEATURES), _LARGEST_WEIGHT) for line in lines):
        features = ", ".join(BLACKOUT_FEATURES)
        wrong("learned.blackout_weights", "needs a number for each feature and quantile", allowed=features)
    if not _is_line(logs, len(QUANTILES), LARGEST_LOG):
        wrong("learned.forced_logs", "needs a logarithm for each quantile", logs)
    if not isinstance(rows, list) or len(rows) != 2 or not all(_is_count(one) for one in rows):
        wrong("learned.blackout_rows", "needs two counts: moves that converged, and that were forced", rows)


def _is_line(value: object, length: int, largest: float) -> bool:
    return isinstance(value, list) and len(value) == length and all(_is_number(one, largest) for one in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object, largest: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= largest
