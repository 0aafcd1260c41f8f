"""Fit: a few bounded constants, pulled towards their priors; what is left becomes the spread.

Maximum a posteriori: log(measured / predicted) = study effect + noise, noise heavy-tailed, study
effects shrunk to zero, each constant log-normal around its prior. With fourteen published rows of
three authors the priors lead. With a user's own runs the runs do, and what the constants cannot
explain of them becomes a ratio for each transport, shrunk to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.advice.factors import OF_COMPRESSION
from advisor.calibration.posterior import BLACKOUT_NOISE_LOG, MANY_STUDIES, ONE_SIDED, OWN, PRINTED, Posterior
from advisor.calibration.rows import Row, log_times
from advisor.domain.options import Transport
from advisor.platforms import Constants, Range

Floats = NDArray[np.float64]

# Fitted too where blackouts were measured.
FITTED_BLACKOUT = ("blackout_fixed_s",)

_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Fit:
    """What a fit found.

    Attributes
    ----------
    constants : with the fitted ones' ranges narrowed.
    time_ratio, blackout_ratio : by transport, the logarithm of measured / predicted that the constants leave.
    time_log_spread, blackout_log_spread : 90 % half-widths of what no constant explains (Student-t).
    rows, unfitted : rows used, and rows left out because the wire could not have carried them.
    """

    constants: Constants[Range]
    time_ratio: Mapping[str, float]
    blackout_ratio: Mapping[str, float]
    time_log_spread: float
    blackout_log_spread: float
    rows: tuple[Row, ...]
    unfitted: tuple[Row, ...]

    def log_totals(self, rows: Sequence[Row]) -> Floats:
        """Logarithm of the total time of rows, every factor at its middle."""
        ratios = np.array([self.time_ratio.get(row.transport, 0.0) for row in rows])
        totals: Floats = log_times(rows, [self.constants])[0][:, 0] + ratios
        return totals


def fit_constants(rows: Sequence[Row], prior: Constants[Range], near: Constants[Range] | None = None) -> Fit:
    """Fit the constants to rows.

    Parameters
    ----------
    rows : see `rows_of`; those above line rate are set aside.
    prior : ranges to be pulled towards.
    near : where to begin the search; not given: at the prior. It saves time, and changes nothing.
    """
    used = [row for row in rows if row.fits_the_wire]
    left = tuple(row for row in rows if not row.fits_the_wire)
    printed = all(row.run.evidence in {"published", "seed"} for row in used)
    belief = PRINTED if printed else OWN
    if not used:
        return Fit(prior, {}, {}, PRINTED.log * ONE_SIDED, BLACKOUT_NOISE_LOG * ONE_SIDED, (), left)
    certain = _without_luck(used)
    constants = prior
    for part, names in _parts(certain, prior):
        model = Posterior(part, constants, names, belief)
        noise, answer = np.full(len(part), belief.log), model.standard(near or constants)
        for _ in range(_ROUNDS):
            answer = model.solve(noise, answer)
            noise = model.noise(answer)
        constants = constants.with_values(**model.ranges(answer, noise))
    if len(model.rows) < len(certain):
        model = Posterior(certain, constants, (), belief)
        answer = np.zeros(model.size)
        noise = model.noise(answer)
    time, dark = (each[:, 0] for each in model.misses(answer))
    ratio, dark_ratio = (
        ({}, {}) if printed else (model.ratios(time, noise), model.ratios(dark, BLACKOUT_NOISE_LOG, model.has_blackout))
    )
    left_over = time - np.array([ratio.get(row.transport, 0.0) for row in certain])
    dark_over = dark - np.array([dark_ratio.get(row.transport, 0.0) for row in certain])
    return Fit(
        constants=constants,
        time_ratio=ratio,
        blackout_ratio=dark_ratio,
        time_log_spread=model.spread(left_over, len(model.names)),
        blackout_log_spread=model.spread(dark_over, 1, model.has_blackout),
        rows=tuple(used),
        unfitted=left,
    )


def _parts(rows: list[Row], prior: Constants[Range]) -> list[tuple[list[Row], tuple[str, ...]]]:
    """Rows, and the constants that are fitted to them, one part after the other.

    Of many studies the moves that do not compress tell of links alone; then those that do, of processors: what their
    processors leave unexplained must not be explained by links.
    """
    names = _identifiable(rows, prior)
    plain = [row for row in rows if row.transport != Transport.COMPRESSION.value]
    squeezed = [row for row in rows if row.transport == Transport.COMPRESSION.value]
    if len({row.run.study for row in rows}) <= MANY_STUDIES or not plain or not squeezed:
        return [(rows, names)]
    return [
        (plain, tuple(name for name in names if name not in OF_COMPRESSION)),
        (squeezed, tuple(name for name in names if name in OF_COMPRESSION)),
    ]


def _without_luck(rows: list[Row]) -> list[Row]:
    """Of many studies the rows whose links are certain: nobody wrote down what luck did to the others."""
    certain = [row for row in rows if len(row.case.path.occupancy) == 1]
    return certain if len({row.run.study for row in certain}) > MANY_STUDIES else rows


def _identifiable(rows: Sequence[Row], prior: Constants[Range]) -> tuple[str, ...]:
    """The constants that may be fitted: bounded ones that are not known exactly."""
    few = len({row.run.study for row in rows}) <= MANY_STUDIES
    dark = few and any(row.blackout_s is not None for row in rows)
    wanted = rows[0].problem.platform.fitted + (FITTED_BLACKOUT if dark else ())
    named = prior.named()
    return tuple(name for name in wanted if named[name].p05 < named[name].p95)
