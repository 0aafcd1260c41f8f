"""The numbers of one partition, by host and by VM, under the settings of its clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.domain.goals import Risk
from advisor.fleet.cluster_group import Sorted
from advisor.fleet.forecasts import Forecast, forecast
from advisor.fleet.own_times import OwnTimes, own_times
from advisor.fleet.ready import Kinded
from advisor.fleet.settings import Settled
from advisor.fleet.walked import endless_copies

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Arrays to be filled in; NaN where nothing moves or nothing is known.

    Attributes
    ----------
    total, dark : of each VM, (4, n): p05, p50, p95, and the quantile that is held against limits [s].
    wire_bytes, passes, converged : of each VM, at the middle.
    endless : of each VM, whether it writes to its disks as fast as they can be copied.
    drain, host_dark : of each host, (4, hosts) [s].
    today_s : its drain as things are, median [s].
    binding : position in `BINDINGS` of what holds it up, -1 for nothing.
    basis, dark_basis : positions in `BASES`, by host.
    k : the option in use, by host; -1 where nothing moves.
    ratio : the walk's drain over that of the sums, by host.
    """

    total: Floats
    dark: Floats
    wire_bytes: Floats
    passes: Floats
    converged: Floats
    endless: Bools
    drain: Floats
    host_dark: Floats
    today_s: Floats
    binding: Ints
    basis: Ints
    dark_basis: Ints
    k: Ints
    ratio: Floats


def answer(sorted_: Sorted, settled: Settled, risk: Risk) -> Numbers:
    """Every host and VM of a partition under the setting of its cluster."""
    vms, hosts = len(sorted_.partition.table), len(sorted_.completed)
    found = _blank(vms, hosts)
    if not sorted_.busy.size:
        return found
    found.k[:] = _settings_of_hosts(sorted_, settled)
    k_of = found.k[sorted_.busy]
    # Hosts of one kind may be under several options: each option of a kind is a cell of its own here.
    kinded, options = _split(sorted_.kinded, k_of)
    told = forecast(sorted_.hosted, kinded, options)
    times = own_times(sorted_.hosted, kinded, options, told)
    _fill(sorted_, settled, times, told, risk, found)
    return found


def _split(kinded: Kinded, k_of: Ints) -> tuple[Kinded, dict[int, int]]:
    """Cells parted by the option of their hosts, and the option of each."""
    distinct, cell = np.unique(np.stack([kinded.cell, k_of]), axis=1, return_inverse=True)
    pairs = distinct.T.tolist()
    cells = tuple(kinded.cells[old] for old, _ in pairs)
    return kinded.in_cells(cells, cell.ravel()), {i: k for i, (_, k) in enumerate(pairs)}


def _blank(vms: int, hosts: int) -> Numbers:
    def unknown(*shape: int) -> Floats:
        return np.full(shape, np.nan)

    def none() -> Ints:
        return np.full(hosts, -1, dtype=np.intp)

    return Numbers(
        total=unknown(4, vms),
        dark=unknown(4, vms),
        wire_bytes=unknown(vms),
        passes=unknown(vms),
        converged=unknown(vms),
        endless=np.zeros(vms, dtype=np.bool_),
        drain=unknown(4, hosts),
        host_dark=unknown(4, hosts),
        today_s=unknown(hosts),
        binding=none(),
        basis=none(),
        dark_basis=none(),
        k=none(),
        ratio=np.ones(hosts),
    )


def _settings_of_hosts(sorted_: Sorted, settled: Settled) -> Ints:
    """By host, the option in use: the cluster's setting, or what is in force where rules forbid every other."""
    setting = np.full(len(sorted_.completed), -1, dtype=np.intp)
    for group, chosen in zip(sorted_.groups, settled.chosen, strict=True):
        if chosen is not None:
            setting[group.hosts] = (chosen.best or chosen.today).k
    return setting


def _fill(sorted_: Sorted, settled: Settled, times: OwnTimes, told: Forecast, risk: Risk, found: Numbers) -> None:
    """Write the numbers of hosts and VMs where they belong."""
    rows, hosts = sorted_.rows, sorted_.busy
    shares = (0.05, 0.5, 0.95, risk.quantile)
    for values, spreads, at in (
        (found.total, times.total, rows),
        (found.dark, times.dark, rows),
        (found.drain, times.drain, hosts),
    ):
        for i, share in enumerate(shares):
            values[i, at] = spreads.quantile(share)
    # A VM whose disks alone move goes on running.
    found.dark[:, rows[~sorted_.hosted.storage.memory]] = 0.0
    for i in range(len(shares)):
        found.host_dark[i, hosts] = sorted_.hosted.most(found.dark[i, rows])
    found.wire_bytes[rows] = times.exact.wire_bytes
    found.passes[rows] = times.exact.passes
    found.converged[rows] = times.exact.converged
    found.endless[rows] = endless_copies(sorted_.hosted, told.ready)
    found.today_s[hosts] = settled.today_s * times.ratio
    found.binding[hosts] = told.middle.binding
    found.basis[hosts] = told.basis
    found.dark_basis[hosts] = told.dark_basis
    found.ratio[hosts] = times.ratio
