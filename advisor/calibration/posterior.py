"""What rows and beliefs together say of a platform's constants: residuals, slopes, and the most probable values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import t as student_t

from advisor.calibration.robust import heavy_tailed
from advisor.calibration.rows import Row, log_times
from advisor.platforms import Constants, Range
from advisor.residual.learned import BLACKOUT_FLOOR_S

Floats = NDArray[np.float64]

# Ninety per cent of a normal distribution, from p05 to p95, in standard deviations.
_NINETY = 3.29
ONE_SIDED = _NINETY / 2


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of the noise before any run: its size in the logarithm, and how many rows that counts as."""

    log: float
    rows: float


# Printed rows are other people's labs: in print one stream on 10 GbE carried 4 to 9 Gbit/s. With 0.15, 0.2, 0.3,
# 0.45 and 0.7 the held-out median errors are 6.4, 5.9, 5.7, 5.7 and 5.3 %, with priors alone 5.5 %: three authors
# cannot tell these apart. The strongest pull to the priors is taken, the simplest model.
PRINTED = Belief(0.70, 14.0)
# A user's own hosts repeat themselves to a few per cent (assumption, until their runs say otherwise).
OWN = Belief(0.10, 4.0)
# How far a platform's ratio measured / predicted may lie from one before any run.
_RATIO_LOG = 0.25
_STUDY_LOG = 0.10
BLACKOUT_NOISE_LOG = 0.30
# With more studies than this, rows and folds can be chosen; with fewer every row counts.
MANY_STUDIES = 20
# Step of the slopes, in the priors' standard deviations. Passes that come and go with a constant make steps in the
# time of single runs: over many runs the slope is taken across them.
_STEP, _STEP_OF_MANY = 1e-3, 0.05


class Posterior:
    """Residuals of all rows as a function of standardised constants and study effects."""

    def __init__(self, rows: Sequence[Row], prior: Constants[Range], names: tuple[str, ...], belief: Belief) -> None:
        self.rows, self.prior, self.names, self.belief = rows, prior, names, belief
        self.scale = np.array([np.log(getattr(prior, name).p95 / getattr(prior, name).p05) / _NINETY for name in names])
        studies = list(dict.fromkeys(row.run.study for row in rows))
        self.study = np.array([studies.index(row.run.study) for row in rows])
        # Moves that wait for processors differ more from run to run than those that wait for the link. With few
        # studies nobody can tell.
        kinds = [row.transport if len(studies) > MANY_STUDIES else "all" for row in rows]
        self.kind = np.array([list(dict.fromkeys(kinds)).index(kind) for kind in kinds])
        self.size = len(names) + len(studies)
        self.step = _STEP_OF_MANY if len(studies) > MANY_STUDIES else _STEP
        self.measured = np.log([row.total_s for row in rows])
        dark = [row.blackout_s for row in rows]
        # Of many studies blackouts are learned by themselves: they say less of the constants than times do.
        self.has_blackout = np.array([one is not None and len(studies) <= MANY_STUDIES for one in dark])
        self.blackout = np.log([BLACKOUT_FLOOR_S + (one or 0.0) for one in dark])
        # Moves of one batch, timed one by one, saw the same minutes: together they weigh as one.
        batches = [row.run.batch_id or f"row {i}" for i, row in enumerate(rows)]
        counts = Counter(batches)
        self.weight = np.sqrt([1.0 / counts[batch] for batch in batches])

    def constants(self, standard: Floats) -> Constants[Range]:
        """The constants at these standardised values."""
        named = self.prior.named()
        moved = {
            name: replace(named[name], p50=named[name].p50 * float(np.exp(value * scale)))
            for name, value, scale in zip(self.names, standard, self.scale, strict=True)
        }
        return self.prior.with_values(**moved)

    def standard(self, constants: Constants[Range]) -> Floats:
        """The standardised values of some constants, with no study effects."""
        values = [np.log(getattr(constants, name).p50 / getattr(self.prior, name).p50) for name in self.names]
        return np.append(np.clip(np.array(values) / self.scale, -2.9, 2.9), np.zeros(self.size - len(self.names)))

    def misses(self, answer: Floats) -> tuple[Floats, Floats]:
        """log(measured / predicted) of time and blackout, study effect not taken out, and their slopes by constant."""
        k = len(self.names)
        points = [answer[:k]] + [answer[:k] + self.step * unit for unit in np.eye(k)]
        times, blackouts = log_times(self.rows, [self.constants(point) for point in points])
        dark = np.log(BLACKOUT_FLOOR_S + np.exp(blackouts))
        return self.measured[:, None] - times, np.where(self.has_blackout[:, None], self.blackout[:, None] - dark, 0.0)

    def residuals(self, answer: Floats, noise: Floats) -> tuple[Floats, Floats]:
        """Standardised residuals with their Jacobian: rows, blackouts, priors, study effects."""
        k, n = len(self.names), len(self.rows)
        time, dark = self.misses(answer)
        member = np.zeros((n, self.size))
        member[np.arange(n), k + self.study] = -1.0
        slope = member.copy()
        slope[:, :k] = (time[:, 1:] - time[:, :1]) / self.step
        raw = (time[:, 0] - answer[k:][self.study]) / noise
        soft, bend = heavy_tailed(raw)
        dark_slope = np.zeros((n, self.size))
        dark_slope[:, :k] = (dark[:, 1:] - dark[:, :1]) / self.step
        dark_soft, dark_bend = heavy_tailed(dark[:, 0] / BLACKOUT_NOISE_LOG)
        priors = np.concatenate([np.ones(k), np.full(self.size - k, 1.0 / _STUDY_LOG)])
        weight = self.weight
        values = np.concatenate([weight * soft, weight * dark_soft, answer * priors])
        jacobian = np.concatenate(
            [
                (weight * bend / noise)[:, None] * slope,
                (weight * dark_bend / BLACKOUT_NOISE_LOG)[:, None] * dark_slope,
                np.diag(priors),
            ]
        )
        return values, jacobian

    def solve(self, noise: Floats, start: Floats) -> Floats:
        """The most probable constants and study effects for this noise."""
        seen: dict[bytes, tuple[Floats, Floats]] = {}

        def at(answer: Floats) -> tuple[Floats, Floats]:
            key = answer.tobytes()
            if key not in seen:
                seen.clear()
                seen[key] = self.residuals(answer, noise)
            return seen[key]

        found = least_squares(
            lambda x: at(x)[0], start, jac=lambda x: at(x)[1], bounds=(-3.0, 3.0), xtol=1e-8, ftol=1e-11
        )
        return np.asarray(found.x, dtype=np.float64)

    def noise(self, answer: Floats) -> Floats:
        """(rows,) noise within studies: that of the row's kind, shrunk to what is believed beforehand."""
        k = len(self.names)
        left = self.misses(answer)[0][:, 0] - answer[k:][self.study]
        # Squares of the heavy-tailed kind: one odd row must not widen all others.
        belief, weight = self.belief, self.weight**2
        soft = heavy_tailed(left / belief.log)[0] * belief.log
        square, rows = (np.bincount(self.kind, values)[self.kind] for values in (weight * soft**2, weight))
        return np.asarray(np.sqrt((belief.rows * belief.log**2 + square) / (belief.rows + rows)))

    def ratios(self, misses: Floats, noise: Floats | float, has: NDArray[np.bool_] | None = None) -> dict[str, float]:
        """By transport, the mean of log(measured / predicted), shrunk to zero by how sure it is.

        Mean of the studies' means m, its variance v = noise^2 / rows + between^2 / studies:
        m / (1 + v / s^2), s what a ratio may be before any run (a random-effects estimate).
        """
        found = {}
        transports = np.array([row.transport for row in self.rows])
        for transport in dict.fromkeys(transports.tolist()):
            own = (transports == transport) & (np.ones(len(self.rows), dtype=np.bool_) if has is None else has)
            if not own.any():
                continue
            studies = sorted(set(self.study[own].tolist()))
            means = [
                float(np.average(misses[own & (self.study == s)], weights=self.weight[own & (self.study == s)] ** 2))
                for s in studies
            ]
            between = float(np.var(means, ddof=1)) if len(means) > 1 else _STUDY_LOG**2
            own_noise = float(np.mean(np.broadcast_to(noise, own.shape)[own]))
            variance = own_noise**2 / float((self.weight[own] ** 2).sum()) + between / len(means)
            found[transport] = float(np.mean(means)) / (1.0 + variance / _RATIO_LOG**2)
        return found

    def ranges(self, answer: Floats, noise: Floats) -> dict[str, Range]:
        """Ranges after the fit: Laplace's approximation, the prior's skew kept."""
        _, jacobian = self.residuals(answer, noise)
        deviation = np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian)))
        found = {}
        for i, name in enumerate(self.names):
            prior = getattr(self.prior, name)
            middle = getattr(self.constants(answer[: len(self.names)]), name).p50
            width = min(float(deviation[i]), 1.0)
            found[name] = Range(
                middle * (prior.p05 / prior.p50) ** width,
                middle,
                middle * (prior.p95 / prior.p50) ** width,
                prior.source,
                fitted=True,
            )
        return found

    def spread(self, left: Floats, spent: int, has: NDArray[np.bool_] | None = None) -> float:
        """90 % half-width of a new row's logarithm: Student-t on what is left; the belief where none is measured."""
        own = np.ones(left.size, dtype=np.bool_) if has is None else has
        scale = self.belief.log if has is None else BLACKOUT_NOISE_LOG
        if not own.any():
            return scale * ONE_SIDED
        weight = self.weight[own] ** 2
        soft = heavy_tailed(left[own] / scale)[0] * scale
        square, rows = float((weight * soft**2).sum()), float(weight.sum())
        if self.belief is OWN:
            # A few runs that happen to agree do not prove that all will: the belief counts as some rows more.
            square, rows = square + OWN.rows * scale**2, rows + OWN.rows
        return float(student_t.ppf(0.95, max(rows - spent, 2.0))) * float(np.sqrt(square / rows))
