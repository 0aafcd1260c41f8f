"""What an evaluation found, serialised as it stands."""

from __future__ import annotations

from advisor.domain.answers import SCHEMA_VERSION, Basis, Interval
from advisor.domain.word import Word, field


class TimeScore(Word):
    """Errors of the median total time, and how good its interval is; studies weigh equally."""

    median_ape: float = field(..., "Median absolute error", unit="%")
    mean_ape: float = field(..., "Mean absolute error", unit="%")
    p90_ape: float = field(..., "90th percentile of the absolute error", unit="%")
    median_abs_s: float = field(..., "Median absolute error", unit="s")
    mean_abs_s: float = field(..., "Mean absolute error", unit="s")
    p90_abs_s: float = field(..., "90th percentile of the absolute error", unit="s")
    interval_score: float = field(..., "Mean interval score of the 90 % interval, smaller is better", unit="s")


class BlackoutScore(Word):
    """The same for blackout, over the rows that measured it; null where none did."""

    n: int = field(..., "Rows with a measured blackout")
    median_ape: float | None = field(None, "Median absolute error", unit="%")
    median_abs_ms: float | None = field(None, "Median absolute error", unit="ms")
    mean_abs_ms: float | None = field(None, "Mean absolute error", unit="ms")
    p90_abs_ms: float | None = field(None, "90th percentile of the absolute error", unit="ms")
    interval_score: float | None = field(None, "Mean interval score of the 90 % interval", unit="ms")
    coverage_90: float | None = field(None, "Share of rows inside the 90 % interval")


class TransportScore(Word):
    """Scores of one transport, or of all together."""

    transport: str = field(..., "Transport, or all")
    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    time: TimeScore = field(..., "Total time")
    blackout: BlackoutScore = field(..., "Blackout")
    bad_share: float = field(..., "Share missed by 25 % or more, or wrong about convergence")
    coverage_90: float = field(..., "Share of rows inside the 90 % interval")
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
    basis: Basis = field(..., "What the prediction rests on")
    gb_times_8_over_gbps_s: float = field(..., "GB x 8 / Gbps", unit="s")
    ram_over_bandwidth_s: float = field(..., "RAM / bandwidth", unit="s")
    analytic_s: float = field(..., "Physics with priors alone", unit="s")

    @property
    def error_percent(self) -> float:
        """Signed error of the median [%]."""
        return 100 * (self.total_s.p50 / self.measured_s - 1)


class PlatformScore(Word):
    """Scores of one platform; platforms are never mixed in one figure."""

    platform: str = field(..., "Hypervisor")
    n: int = field(..., "Rows")
    studies: int = field(..., "Studies")
    overall: TransportScore = field(..., "All transports")
    transports: tuple[TransportScore, ...] = field(..., "Transport by transport")
    rows: tuple[RowScore, ...] = field(..., "Every row")


class Evaluation(Word):
    """A whole evaluation."""

    schema_version: str = field(SCHEMA_VERSION, "Version of this schema")
    how: str = field(..., "Which rows the card had seen")
    runs: int = field(..., "Rows read")
    not_scored: int = field(..., "Rows that say too little to be predicted, failed, or are of another platform")
    platforms: tuple[PlatformScore, ...] = field(..., "Platform by platform")
