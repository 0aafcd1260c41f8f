"""What an evaluation found, serialised as it stands."""

from __future__ import annotations

from advisor.domain.answers import SCHEMA_VERSION, Basis, Interval
from advisor.domain.word import Word, field


class ShareRange(Word):
    """Where a share might have lain, had other studies been made: a cluster bootstrap over studies."""

    low: float = field(..., "2.5 % point over draws of studies")
    high: float = field(..., "97.5 % point over draws of studies")


class NoiseFloor(Word):
    """What even a model would miss that knows the truth of each move: how far its repeats lie apart."""

    cells: int = field(..., "Moves that were repeated")
    runs: int = field(..., "Their rows")
    median_percent: float = field(..., "Median deviation of total time", unit="%")
    p90_percent: float = field(..., "90th percentile of the deviation of total time", unit="%")


class TimeScore(Word):
    """Errors of the median total time, and how good its interval is; studies weigh equally."""

    median_ape: float = field(..., "Median absolute error", unit="%")
    mean_ape: float = field(..., "Mean absolute error", unit="%")
    p90_ape: float = field(..., "90th percentile of the absolute error", unit="%")
    median_abs_s: float = field(..., "Median absolute error", unit="s")
    mean_abs_s: float = field(..., "Mean absolute error", unit="s")
    p90_abs_s: float = field(..., "90th percentile of the absolute error", unit="s")
    interval_score: float = field(..., "Mean interval score of the 90 % interval, smaller is better", unit="s")


class TimeError(Word):
    """Errors of the median total time of one kind of move."""

    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    median_ape: float = field(..., "Median absolute error", unit="%")
    p90_ape: float = field(..., "90th percentile of the absolute error", unit="%")
    noise: NoiseFloor | None = field(None, "What no model goes below, where moves were repeated")


class PathScore(Word):
    """Total time over paths that leave nothing to luck: one link, one stream, multipath."""

    n: int = field(..., "Rows")
    uncompressed: TimeError | None = field(None, "Moves that send memory as it is")
    compressed: TimeError | None = field(None, "Moves that compress it")
    bad_share: float = field(..., "Share missed by 25 % or more, or wrong about convergence")


class HashedScore(Word):
    """Total time over teams that hash flows onto links, beside an interval that knows nothing of modes."""

    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    median_ape: float = field(..., "Median absolute error", unit="%")
    p90_ape: float = field(..., "90th percentile of the absolute error", unit="%")
    coverage_90: float = field(..., "Share of rows inside the 90 % interval")
    interval_score: float = field(..., "Mean interval score of the 90 % interval, smaller is better", unit="s")
    constant_width_score: float | None = field(
        None,
        "The same of an interval as wide for every row in the logarithm, of the same coverage; null for few rows",
        unit="s",
    )
    gain_percent: float | None = field(None, "How much smaller the interval score is", unit="%")
    log_gain_percent: float | None = field(None, "The same with both scored in the logarithm", unit="%")


class ConvergedBlackout(Word):
    """Blackout of moves that the stop rule ended, beside quantiles of the other studies' moves of the same limit."""

    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    coverage_90: float = field(..., "Share of rows inside the 90 % interval")
    interval_score: float = field(..., "Mean interval score of the 90 % interval, smaller is better", unit="ms")
    median_abs_ms: float = field(..., "Median absolute error", unit="ms")
    training_interval_score: float | None = field(None, "Interval score of the other studies' quantiles", unit="ms")
    training_median_abs_ms: float | None = field(None, "Median absolute error of the other studies' median", unit="ms")
    gain_percent: float | None = field(None, "How much smaller the interval score is", unit="%")


class ForcedBlackout(Word):
    """Blackout of moves that the pass limit ended."""

    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    median_ape: float = field(..., "Median absolute error", unit="%")
    median_abs_log: float = field(
        ..., "Median of |log((measured + 20 ms) / (predicted + 20 ms))|: 20 ms is what a measurement resolves"
    )


class BatchScore(Word):
    """The end of batches whose moves were timed one by one."""

    n: int = field(..., "Batches")
    studies: int = field(..., "Studies")
    median_ape: float = field(..., "Median absolute error of the last move's end", unit="%")
    p90_ape: float = field(..., "90th percentile of the absolute error", unit="%")


class BlackoutScore(Word):
    """The same for blackout, over the rows that measured it; null where none did."""

    n: int = field(..., "Rows with a measured blackout")
    median_ape: float | None = field(None, "Median absolute error", unit="%")
    median_abs_ms: float | None = field(None, "Median absolute error", unit="ms")
    mean_abs_ms: float | None = field(None, "Mean absolute error", unit="ms")
    p90_abs_ms: float | None = field(None, "90th percentile of the absolute error", unit="ms")
    interval_score: float | None = field(None, "Mean interval score of the 90 % interval", unit="ms")
    coverage_90: float | None = field(None, "Share of rows inside the 90 % interval")
    coverage_90_range: ShareRange | None = field(None, "95 % range of that share over draws of studies")
    converged: ConvergedBlackout | None = field(None, "Moves that the stop rule ended")
    forced: ForcedBlackout | None = field(None, "Moves that the pass limit ended")


class TransportScore(Word):
    """Scores of one transport, or of all together."""

    transport: str = field(..., "Transport, or all")
    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    time: TimeScore = field(..., "Total time")
    blackout: BlackoutScore = field(..., "Blackout")
    bad_share: float = field(..., "Share missed by 25 % or more, or wrong about convergence")
    coverage_90: float = field(..., "Share of rows inside the 90 % interval")
    coverage_90_range: ShareRange | None = field(
        None, "95 % range of that share over draws of studies; null where there is one study"
    )
    without_luck: PathScore | None = field(None, "Paths that leave nothing to luck; null where there is none")
    hashed: HashedScore | None = field(None, "Hashed teams with several outcomes; null where there is none")
    batches: BatchScore | None = field(None, "Simultaneous moves timed one by one; null where there are none")
    noise: NoiseFloor | None = field(None, "What no model goes below, where moves were repeated")
    baselines: dict[str, float] = field(
        ..., "Median absolute error of naive rules and of physics with priors alone", unit="%"
    )


class RowScore(Word):
    """One measured run and what was predicted for it."""

    run_id: str = field(..., "Run")
    study: str = field(..., "Study")
    transport: str = field(..., "Transport")
    measured_s: float = field(..., "Measured total time", unit="s")
    total_s: Interval = field(..., "Predicted total time", unit="s")
    measured_blackout_ms: float | None = field(None, "Measured blackout", unit="ms")
    blackout_ms: Interval = field(..., "Predicted blackout", unit="ms")
    measured_converges: bool | None = field(None, "Whether it converged")
    converges: bool = field(..., "Whether it was predicted to")
    hashed: bool = field(..., "Whether luck decides how its flows hash onto links")
    forced: bool | None = field(None, "Whether the pass limit, and not the stop rule, ended it")
    training_blackout_ms: Interval | None = field(
        None, "Blackout of the other studies' moves that the stop rule ended, of the same limit", unit="ms"
    )
    basis: Basis = field(..., "What the prediction rests on")
    gb_times_8_over_gbps_s: float = field(..., "GB x 8 / Gbps", unit="s")
    ram_over_bandwidth_s: float = field(..., "RAM / bandwidth", unit="s")
    analytic_s: float = field(..., "Physics with priors alone", unit="s")

    @property
    def error_percent(self) -> float:
        """Signed error of the median [%]."""
        return 100 * (self.total_s.p50 / self.measured_s - 1)


class BatchEnd(Word):
    """The end of one batch whose moves were timed one by one."""

    batch_id: str = field(..., "Batch")
    study: str = field(..., "Study")
    transport: str = field(..., "Transport")
    moves: int = field(..., "Moves")
    measured_s: float = field(..., "Measured end of the last move", unit="s")
    total_s: Interval = field(..., "Predicted end of the last move", unit="s")


class PlatformScore(Word):
    """Scores of one platform; platforms are never mixed in one figure."""

    platform: str = field(..., "Hypervisor")
    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    overall: TransportScore = field(..., "All transports")
    transports: tuple[TransportScore, ...] = field(..., "Transport by transport")
    rows: tuple[RowScore, ...] = field(..., "Every row")
    batches: tuple[BatchEnd, ...] = field((), "Every batch whose moves were timed one by one")


class Evaluation(Word):
    """A whole evaluation."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    how: str = field(..., "Which rows the card had seen")
    runs: int = field(..., "Rows read")
    not_scored: int = field(..., "Rows that say too little to be predicted, failed, or are of another platform")
    platforms: tuple[PlatformScore, ...] = field(..., "Platform by platform")
