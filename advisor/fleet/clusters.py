"""One setting for a cluster: every option over all its hosts, held against the goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.advice.ranking import Reason, least_disruptive, least_effort, pick, reason_not_chosen
from advisor.domain.answers import Basis
from advisor.domain.goals import Goal, Goals, Risk
from advisor.domain.options import Option, Transport
from advisor.fleet.digits import significant
from advisor.fleet.forecasts import Forecast
from advisor.fleet.kinds import Kind
from advisor.fleet.learning import BASES
from advisor.residual.basis import PROVEN

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# RDMA takes less than this on a host, everything else more.
_CORES_NOBODY_MISSES = 1.0
# Without a window nobody interrupts hosts to drain each of them a few seconds sooner (assumption) [s].
_HARDLY_FELT_S = 5.0


@dataclass(frozen=True, slots=True)
class Held:
    """Quantiles of all hosts under one option each, (hosts,) [s]; NaN where a host has no such option."""

    p50: Floats
    at_risk: Floats
    p95: Floats
    dark_p05: Floats
    dark_at_risk: Floats
    dark_p95: Floats
    wire_bytes: Floats
    core_s: Floats
    basis: Floats
    dark_basis: Floats

    @classmethod
    def of(cls, found: Forecast, own: Ints, hosts: int, risk: Risk) -> Held:
        """What goals are held against, of a forecast of some hosts."""
        p95, dark_p95 = found.total.quantile(0.95), found.dark.quantile(0.95)
        same = risk is Risk.CONSERVATIVE
        values = (
            found.total.quantile(0.5),
            p95 if same else found.total.quantile(risk.quantile),
            p95,
            found.dark.quantile(0.05),
            dark_p95 if same else found.dark.quantile(risk.quantile),
            dark_p95,
            found.middle.wire_bytes,
            found.middle.core_s,
            found.basis.astype(np.float64),
            found.dark_basis.astype(np.float64),
        )
        every = np.full((len(values), hosts), np.nan)
        every[:, own] = values
        # What is ranked has four significant digits.
        return cls(*significant(every[:-2]), *every[-2:])


@dataclass(frozen=True, slots=True)
class OnCluster:
    """One option on one cluster: a candidate of `ranking.pick`.

    Attributes
    ----------
    k, option : which.
    longest_p50, longest_at_risk, longest_p95 : longest drain of a host [s].
    all_p50 : every host drained once, one after another [s].
    dark_at_risk, dark_p95 : longest blackout [s].
    wire_bytes, cores : on the wire; mean cores at both ends while a host drains.
    dark_unknown : the blackout cannot be held against the limit yet.
    missing : hosts that miss the window.
    """

    k: int
    option: Option
    reasons: tuple[Reason, ...]
    score: tuple[float, float]
    bad_case: tuple[float, float]
    shortfall: float
    basis: Basis
    dark_basis: Basis
    is_direct: bool
    cores: float
    longest_p50: float
    longest_at_risk: float
    longest_p95: float
    all_p50: float
    dark_at_risk: float
    dark_p95: float
    dark_unknown: bool
    missing: int
    slows_vms: bool = False

    @property
    def effort(self) -> tuple[int, bool, int]:
        """What it asks for: tier, then whether it takes processors from the VMs, then number of changes."""
        return self.option.tier.rank, self.cores > _CORES_NOBODY_MISSES, len(self.option.changes)


def on_cluster(kind: Kind, k: int, held: Held, hosts: Ints, goals: Goals) -> OnCluster:
    """An option over the hosts of a cluster that something moves off.

    Hosts drain one after another; the constants are the same on all of them, so that quantiles add.
    """
    names = ("p50", "at_risk", "p95", "dark_at_risk", "dark_p95")
    p50, at_risk, p95, dark_at_risk, dark_p95 = (getattr(held, name)[hosts] for name in names)
    wire, core_s = float(held.wire_bytes[hosts].sum()), float(held.core_s[hosts].sum())
    basis = BASES[int(held.basis[hosts].max())]
    dark_basis = BASES[int(held.dark_basis[hosts].max())]
    reasons = [] if kind.problem.allowed[k] else [Reason.FORBIDDEN]
    shortfall = 1.0
    if goals.window_s is not None and at_risk.max() > goals.window_s:
        reasons.append(Reason.MISSES_WINDOW)
        shortfall = float(at_risk.max()) / goals.window_s
    unknown = False
    if goals.max_blackout_s is not None:
        unknown = goals.max_blackout_s < kind.problem.platform.blackout_needs_measuring_s and dark_basis not in PROVEN
        # What cannot be promised can still be ruled out: even the luckiest case breaks the limit.
        held_against = held.dark_p05[hosts] if unknown else dark_at_risk
        if held_against.max() > goals.max_blackout_s:
            reasons.append(Reason.MISSES_BLACKOUT)
            shortfall = max(shortfall, float(dark_at_risk.max()) / goals.max_blackout_s)
    return OnCluster(
        k=k,
        option=kind.problem.options[k],
        reasons=tuple(reasons),
        score=_score(goals.goal, float(at_risk.sum()), float(dark_at_risk.max()), core_s, wire),
        bad_case=_score(goals.goal, float(p95.sum()), float(dark_p95.max()), core_s, wire),
        shortfall=shortfall,
        basis=basis,
        dark_basis=dark_basis,
        is_direct=all(kind.case(pair, k).path.effective is Transport.RDMA for pair in range(len(kind.problem.pairs))),
        cores=core_s / max(float(p50.sum()), 1e-9),
        longest_p50=float(p50.max()),
        longest_at_risk=float(at_risk.max()),
        longest_p95=float(p95.max()),
        all_p50=float(p50.sum()),
        dark_at_risk=float(dark_at_risk.max()),
        dark_p95=float(dark_p95.max()),
        dark_unknown=unknown,
        missing=0 if goals.window_s is None else int((at_risk > goals.window_s).sum()),
    )


def _score(goal: Goal, total: float, dark: float, core_s: float, wire: float) -> tuple[float, float]:
    first = {Goal.TIME: total, Goal.BLACKOUT: dark, Goal.CPU: core_s, Goal.NETWORK: wire}[goal]
    rounded = significant([first, total])
    return float(rounded[0]), float(rounded[1])


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was taken for a cluster; `best` is None only where rules forbid everything.

    Attributes
    ----------
    best, runner_up : the setting, and the best of another transport or limit.
    why_not : why the runner-up was not taken.
    today : what is in force.
    """

    best: OnCluster | None
    runner_up: OnCluster | None
    why_not: Reason | None
    today: OnCluster


def _considered(offered: Sequence[OnCluster], goals: Goals) -> Sequence[OnCluster]:
    """What is worth a look: where all that is changed online misses the window on some host, no more than that.

    From there the ladder finds what else a cluster needs, by what it costs, and no more of it: tuning as a whole
    interrupts more than is needed.
    """
    online = least_disruptive([one for one in offered if Reason.FORBIDDEN not in one.reasons])
    return online if goals.window_s is not None and online and all(one.missing for one in online) else offered


def _serving_most(considered: Sequence[OnCluster]) -> Sequence[OnCluster]:
    """Those under which fewest hosts miss the window."""
    least = min(one.missing for one in considered)
    return [one for one in considered if one.missing == least]


def _felt(offered: Sequence[OnCluster], best: OnCluster | None, goals: Goals, *, advised: bool) -> OnCluster | None:
    """What was picked; without a window, what interrupts nothing instead where nobody would feel the difference."""
    if best is None or goals.window_s is not None or goals.goal is not Goal.TIME or not _interrupts(best):
        return best
    online = pick([one for one in offered if not _interrupts(one)], advised=advised, enough=False)
    if online is None or not set(online.reasons) <= set(best.reasons):
        return best
    return online if online.longest_at_risk - best.longest_at_risk < _HARDLY_FELT_S else best


def _interrupts(one: OnCluster) -> bool:
    return any(change.disruption != "online" for change in one.option.changes)


def choose_for(kind: Kind, by_option: Mapping[int, OnCluster], goals: Goals) -> Chosen:
    """One setting for a cluster."""
    offered = [by_option[k] for k in kind.options if k in by_option]
    advised = bool(kind.problem.platform.rdma_advice) and goals.goal is not Goal.NETWORK
    considered = _considered(offered, goals)
    serving = offered if considered is offered else _serving_most(considered)
    best = _felt(serving, pick(serving, advised=advised, enough=goals.window_s is not None), goals, advised=advised)
    if best is None:
        return Chosen(None, None, None, by_option[kind.today])
    # The next best of the same transport differs by a limit at most: another transport tells more.
    allowed = [one for one in considered if one is not best and Reason.FORBIDDEN not in one.reasons]
    others = [one for one in allowed if one.option.transport is not best.option.transport] or allowed
    second = least_effort([one for one in others if not one.reasons]) or least_effort(others)
    return Chosen(best, second, None if second is None else reason_not_chosen(second, best), by_option[kind.today])
