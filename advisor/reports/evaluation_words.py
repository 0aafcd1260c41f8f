"""What an evaluation judges beside errors by transport, in sentences: the table and the Markdown section share them."""

from __future__ import annotations

from advisor.calibration.evaluation import (
    BatchScore,
    ConvergedBlackout,
    ForcedBlackout,
    HashedScore,
    NoiseFloor,
    PathScore,
    PlatformScore,
    ShareRange,
    TimeError,
    TransportScore,
)
from advisor.reports.wording import number, plural
from advisor.units import format_duration, ms_to_seconds

BASELINES = {
    "gb_times_8_over_gbps": "GB x 8 / Gbps",
    "ram_over_bandwidth": "RAM / bandwidth",
    "analytic": "physics, priors only",
}


def percent(value: float) -> str:
    """A figure in per cent.

    Examples
    --------
    >>> percent(12.345)
    '12.3 %'
    """
    return f"{number(value, 3)} %"


def share(value: float, spread: ShareRange | None = None) -> str:
    """A share, with its range over draws of studies.

    Examples
    --------
    >>> share(0.893), share(0.893, ShareRange(low=0.85, high=0.931))
    ('89 %', '89 % [85-93 %]')
    """
    return f"{100 * value:.0f} %" + ("" if spread is None else f" [{share_span(spread)}]")


def share_span(spread: ShareRange) -> str:
    """A range of a share.

    Examples
    --------
    >>> share_span(ShareRange(low=0.85, high=0.931)), share_span(ShareRange(low=1.0, high=1.0))
    ('85-93 %', '100 %')
    """
    low, high = (f"{100 * end:.0f}" for end in (spread.low, spread.high))
    return f"{low} %" if low == high else f"{low}-{high} %"


def gain(value: float | None) -> str:
    """How much smaller a score is than another.

    Examples
    --------
    >>> gain(21.3), gain(-4.0), gain(None)
    ('21 % better', '4 % worse', 'not comparable')
    """
    if value is None:
        return "not comparable"
    return f"{abs(value):.0f} % {'better' if value >= 0 else 'worse'}"


def judged(platform: PlatformScore) -> list[tuple[str, str]]:
    """What is judged of one platform beside its transports: labels and sentences; what was not measured is left out."""
    whole, dark = platform.overall, platform.overall.blackout
    said = [
        ("Paths without hash luck", None if whole.without_luck is None else _paths(whole.without_luck)),
        ("Hashed teams", None if whole.hashed is None else _hashed(whole.hashed)),
        ("90 % intervals", _coverage(whole)),
        ("Blackout where passes converge", None if dark.converged is None else _converged(dark.converged)),
        ("Blackout of forced switchovers", None if dark.forced is None else _forced(dark.forced)),
        ("Simultaneous moves", None if whole.batches is None else _batches(whole.batches)),
        ("Noise floor", None if whole.noise is None else _noise(whole.noise, platform.transports)),
    ]
    return [(label, text) for label, text in said if text is not None]


def _paths(score: PathScore) -> str:
    kinds = {"uncompressed": score.uncompressed, "compressed": score.compressed}
    errors = "; ".join(f"{name} {_error(one)}" for name, one in kinds.items() if one is not None)
    return f"{errors}; {share(score.bad_share)} of {score.n} badly wrong."


def _error(error: TimeError) -> str:
    floor = error.noise
    repeats = ""
    if floor is not None:
        repeats = f", repeats lie {percent(floor.median_percent)} apart, P90 {percent(floor.p90_percent)}"
    return f"median {percent(error.median_ape)}, P90 {percent(error.p90_ape)} ({plural(error.n, 'move')}{repeats})"


def _hashed(score: HashedScore) -> str:
    text = (
        f"median {percent(score.median_ape)}, P90 {percent(score.p90_ape)} ({plural(score.n, 'move')}), "
        f"{share(score.coverage_90)} inside; interval score {number(score.interval_score)} s"
    )
    if score.constant_width_score is None:
        return f"{text}. They are too few to compare with an interval of one width."
    return (
        f"{text}, of one width for all with the same coverage {number(score.constant_width_score)} s: "
        f"{gain(score.gain_percent)} (in logarithms {gain(score.log_gain_percent)})."
    )


def _coverage(whole: TransportScore) -> str:
    dark = whole.blackout
    text = f"{share(whole.coverage_90, whole.coverage_90_range)} of total times inside"
    if dark.n:
        text += f", {share(dark.coverage_90 or 0.0, dark.coverage_90_range)} of blackouts"
    drawn = "; in brackets the 95 % range when studies are drawn again" if whole.coverage_90_range else ""
    return f"{text}{drawn}."


def _converged(score: ConvergedBlackout) -> str:
    text = (
        f"median absolute error {_ms(score.median_abs_ms)} ({plural(score.n, 'move')}), {share(score.coverage_90)} "
        f"inside; interval score {number(score.interval_score)} ms"
    )
    if score.training_interval_score is None or score.training_median_abs_ms is None:
        return f"{text}. The other studies hold too few moves to compare with."
    return (
        f"{text}. Quantiles of the other studies' moves of the same limit: {_ms(score.training_median_abs_ms)}, "
        f"{number(score.training_interval_score)} ms; the interval is {gain(score.gain_percent)}."
    )


def _forced(score: ForcedBlackout) -> str:
    return (
        f"median error {percent(score.median_ape)} ({plural(score.n, 'move')}); with 20 ms added to both, "
        f"{number(score.median_abs_log, 2)} in the logarithm."
    )


def _batches(score: BatchScore) -> str:
    return (
        f"the end of the last move, median error {percent(score.median_ape)}, P90 {percent(score.p90_ape)} "
        f"({score.n} {'batch' if score.n == 1 else 'batches'})."
    )


def _noise(floor: NoiseFloor, transports: tuple[TransportScore, ...]) -> str:
    each = [f"{one.transport} {_apart(one.noise)}" for one in transports if one.noise is not None]
    apart = f": {'; '.join(each)}" if len(each) > 1 else ""
    return (
        f"repeats of one move lie {_apart(floor)} apart{apart}. No model errs less. {plural(floor.cells, 'move')} "
        f"repeated, {plural(floor.runs, 'run')}."
    )


def _apart(floor: NoiseFloor) -> str:
    return f"{percent(floor.median_percent)} (P90 {percent(floor.p90_percent)})"


def _ms(milliseconds: float) -> str:
    return format_duration(ms_to_seconds(milliseconds))
