"""Fit: a few bounded constants, pulled towards their priors; what is left becomes the spread.

Maximum a posteriori: log(measured / predicted) = study effect + noise, noise heavy-tailed, study
effects shrunk to zero, each constant log-normal around its prior. With fourteen published rows of
three authors the priors lead; with dozens of a user's own runs the runs do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import t as student_t

from advisor.calibration.rows import Row, log_times
from advisor.platforms import Constants, Range

Floats = NDArray[np.float64]

# The physical constants that published times can speak of, at most five.
FITTED_TIME = ("set_up_s", "per_vm_s", "host_limit_bytes_s", "packet_limit_per_s", "compression_core_bytes_s")
# Fitted too where blackouts were measured.
FITTED_BLACKOUT = ("blackout_fixed_s",)

# Ninety per cent of a normal distribution, from p05 to p95, in standard deviations.
_NINETY = 3.29
# How far apart two labs' logs lie for one set-up, and how many rows that belief counts as. In print one stream on
# 10 GbE carried 4 to 9 Gbit/s. Of 0.1 to 0.7, held-out error of the published rows falls up to 0.3 and is flat
# beyond: more noise believed means a stronger pull to the priors, the simpler model.
_NOISE_LOG, _NOISE_ROWS = 0.30, 14.0
_STUDY_LOG = 0.10
_BLACKOUT_NOISE_LOG = 0.30
# Added to both blackouts before the logarithm: what a measurement resolves (HOUSE: 20 ms).
_BLACKOUT_FLOOR_S = 0.020
_STEP = 1e-3
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    constants : with the fitted ones' ranges narrowed.
    time_log_spread, blackout_log_spread : 90 % half-widths of what no constant explains (Student-t).
    rows, unfitted : rows used, and rows left out because the wire could not have carried them.
    """

    constants: Constants[Range]
    time_log_spread: float
    blackout_log_spread: float
    rows: tuple[Row, ...]
    unfitted: tuple[Row, ...]


def fit_constants(rows: Sequence[Row], prior: Constants[Range]) -> Fit:
    """Fit the constants to rows.

    Parameters
    ----------
    rows : see `rows_of`; those above line rate are set aside.
    prior : ranges to start from and to be pulled towards.
    """
    used = [row for row in rows if row.fits_the_wire]
    left = tuple(row for row in rows if not row.fits_the_wire)
    if not used:
        return Fit(prior, _NOISE_LOG * 1.645, _BLACKOUT_NOISE_LOG * 1.645, (), left)
    names = _identifiable(used, prior)
    model = _Model(used, prior, names)
    noise, answer = _NOISE_LOG, np.zeros(model.size)
    for _ in range(_ROUNDS):
        answer = model.solve(noise, answer)
        noise = model.noise(answer)
    ranges = model.ranges(answer, noise)
    return Fit(prior.with_values(**ranges), model.spread(answer), model.blackout_spread(answer), tuple(used), left)


def _identifiable(rows: Sequence[Row], prior: Constants[Range]) -> tuple[str, ...]:
    """The constants that may be fitted: bounded ones that are not known exactly."""
    wanted = FITTED_TIME + (FITTED_BLACKOUT if any(row.blackout_s is not None for row in rows) else ())
    named = prior.named()
    return tuple(name for name in wanted if named[name].p05 < named[name].p95)


class _Model:
    """Residuals of all rows as a function of standardised constants and study effects."""

    def __init__(self, rows: Sequence[Row], prior: Constants[Range], names: tuple[str, ...]) -> None:
        self.rows, self.prior, self.names = rows, prior, names
        self.scale = np.array([np.log(getattr(prior, name).p95 / getattr(prior, name).p05) / _NINETY for name in names])
        studies = list(dict.fromkeys(row.run.study for row in rows))
        self.study = np.array([studies.index(row.run.study) for row in rows])
        self.size = len(names) + len(studies)
        self.measured = np.log([row.total_s for row in rows])
        dark = [row.blackout_s for row in rows]
        self.has_blackout = np.array([one is not None for one in dark])
        self.blackout = np.log([_BLACKOUT_FLOOR_S + (one or 0.0) for one in dark])
        # Moves of one batch, timed one by one, saw the same minutes: together they weigh as one.
        batches = [row.run.batch_id or f"row {i}" for i, row in enumerate(rows)]
        self.weight = np.sqrt([1.0 / batches.count(batch) for batch in batches])

    def constants(self, standard: Floats) -> Constants[Range]:
        """The constants at these standardised values."""
        named = self.prior.named()
        moved = {
            name: replace(named[name], p50=named[name].p50 * float(np.exp(value * scale)))
            for name, value, scale in zip(self.names, standard, self.scale, strict=True)
        }
        return self.prior.with_values(**moved)

    def misses(self, answer: Floats) -> tuple[Floats, Floats]:
        """log(measured / predicted) of time and blackout, study effect not taken out, and their slopes by constant."""
        k = len(self.names)
        points = [answer[:k]] + [answer[:k] + _STEP * unit for unit in np.eye(k)]
        times, blackouts = log_times(self.rows, [self.constants(point) for point in points])
        dark = np.log(_BLACKOUT_FLOOR_S + np.exp(blackouts))
        return self.measured[:, None] - times, np.where(self.has_blackout[:, None], self.blackout[:, None] - dark, 0.0)

    def residuals(self, answer: Floats, noise: float) -> tuple[Floats, Floats]:
        """Standardised residuals with their Jacobian: rows, blackouts, priors, study effects."""
        k, n = len(self.names), len(self.rows)
        time, dark = self.misses(answer)
        member = np.zeros((n, self.size))
        member[np.arange(n), k + self.study] = -1.0
        slope = member.copy()
        slope[:, :k] = (time[:, 1:] - time[:, :1]) / _STEP
        raw = (time[:, 0] - answer[k:][self.study]) / noise
        soft, bend = _heavy_tailed(raw)
        dark_slope = np.zeros((n, self.size))
        dark_slope[:, :k] = (dark[:, 1:] - dark[:, :1]) / _STEP
        dark_soft, dark_bend = _heavy_tailed(dark[:, 0] / _BLACKOUT_NOISE_LOG)
        priors = np.concatenate([np.ones(k), np.full(self.size - k, 1.0 / _STUDY_LOG)])
        weight = self.weight
        values = np.concatenate([weight * soft, weight * dark_soft, answer * priors])
        jacobian = np.concatenate([
            (weight * bend / noise)[:, None] * slope,
            (weight * dark_bend / _BLACKOUT_NOISE_LOG)[:, None] * dark_slope,
            np.diag(priors),
        ])
        return values, jacobian

    def solve(self, noise: float, start: Floats) -> Floats:
        """The most probable constants and study effects for this noise."""
        seen: dict[bytes, tuple[Floats, Floats]] = {}

        def at(answer: Floats) -> tuple[Floats, Floats]:
            key = answer.tobytes()
            if key not in seen:
                seen.clear()
                seen[key] = self.residuals(answer, noise)
            return seen[key]

        found = least_squares(lambda x: at(x)[0], start, jac=lambda x: at(x)[1], bounds=(-3.0, 3.0), xtol=1e-10, ftol=1e-12)
        return np.asarray(found.x, dtype=np.float64)

    def noise(self, answer: Floats) -> float:
        """Noise within studies: the rows' own, shrunk to what is believed beforehand."""
        k = len(self.names)
        left = self.misses(answer)[0][:, 0] - answer[k:][self.study]
        # Squares of the heavy-tailed kind: one odd row must not widen all others.
        soft = _heavy_tailed(left / _NOISE_LOG)[0] * _NOISE_LOG
        weight = self.weight**2
        return float(np.sqrt((_NOISE_ROWS * _NOISE_LOG**2 + (weight * soft**2).sum()) / (_NOISE_ROWS + weight.sum())))

    def ranges(self, answer: Floats, noise: float) -> dict[str, Range]:
        """Ranges after the fit: Laplace's approximation, the prior's skew kept."""
        _, jacobian = self.residuals(answer, noise)
        deviation = np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
        found = {}
        for i, name in enumerate(self.names):
            prior = getattr(self.prior, name)
            middle = getattr(self.constants(answer[: len(self.names)]), name).p50
            width = min(float(deviation[i]), 1.0)
            found[name] = Range(
                middle * (prior.p05 / prior.p50) ** width, middle, middle * (prior.p95 / prior.p50) ** width, prior.source, fitted=True
            )
        return found

    def spread(self, answer: Floats) -> float:
        """90 % half-width of a new row's logarithm, from a new study: Student-t on what is left."""
        left = self.misses(answer)[0][:, 0]
        return self._student(left, self.weight**2, len(FITTED_TIME))

    def blackout_spread(self, answer: Floats) -> float:
        """The same for blackout; what is believed beforehand where none was measured."""
        if not self.has_blackout.any():
            return _BLACKOUT_NOISE_LOG * 1.645
        dark = self.misses(answer)[1][:, 0][self.has_blackout]
        return self._student(dark, self.weight[self.has_blackout] ** 2, 1)

    def _student(self, left: Floats, weight: Floats, spent: int) -> float:
        soft = _heavy_tailed(left / _NOISE_LOG)[0] * _NOISE_LOG
        freedom = max(float(weight.sum()) - spent, 2.0)
        deviation = float(np.sqrt((weight * soft**2).sum() / weight.sum()))
        return float(student_t.ppf(0.95, freedom)) * deviation


def _heavy_tailed(residual: Floats) -> tuple[Floats, Floats]:
    """Residuals whose squares grow only linearly (pseudo-Huber), and their slope.

    r' = sign(r) sqrt(2 (sqrt(1 + r^2) - 1)); small residuals stay as they are.
    """
    root = np.sqrt(1.0 + residual**2)
    soft = np.sign(residual) * np.sqrt(2.0 * (root - 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(np.abs(residual) < 1e-6, 1.0, residual / (root * soft))
    return soft, slope
