"""The numbers of one partition, by host and by VM, under the settings of its clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.domain.goals import Risk
from advisor.fleet.cluster_group import Sorted
from advisor.fleet.event_walk import drains_at_middle, walk_hosts
from advisor.fleet.forecasts import Forecast, forecast, likeliest
from advisor.fleet.hosted import Hosted
from advisor.fleet.own_times import OwnTimes, no_shorter, own_times
from advisor.fleet.ready import Kinded, Options, Ready, make_ready
from advisor.fleet.settings import Settled

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
    drain, host_dark : of each host, (4, hosts) [s].
    today_s : its drain as things are, median [s].
    binding : position in `BINDINGS` of what holds it up, -1 for nothing.
    basis, dark_basis : positions in `BASES`, by host.
    k : the option in use, by host; -1 where nothing moves.
    """

    total: Floats
    dark: Floats
    wire_bytes: Floats
    passes: Floats
    converged: Floats
    drain: Floats
    host_dark: Floats
    today_s: Floats
    binding: Ints
    basis: Ints
    dark_basis: Ints
    k: Ints


def answer(sorted_: Sorted, settled: Settled, risk: Risk, whole: Sorted | None = None) -> Numbers:
    """Every host and VM of a partition under the setting of its cluster.

    Parameters
    ----------
    whole : the same with the VMs whose copies never end under those settings: as things are they may. Not given, there
        are none.
    """
    vms, hosts = len(sorted_.partition.table), len(sorted_.completed)
    found = _blank(vms, hosts)
    if not sorted_.busy.size:
        return found
    found.k[:] = _options_of_hosts(sorted_, settled)
    k_of = found.k[sorted_.busy]
    # Hosts of one kind may be under several options: each option of a kind is a cell of its own here.
    kinded, options = _split(sorted_.kinded, k_of)
    told = forecast(sorted_.hosted, kinded, options)
    times = own_times(sorted_.hosted, kinded, options, told)
    _fill(sorted_, times, told, risk, found)
    before = sorted_ if whole is None else whole
    found.today_s[before.busy] = _today_s(before, settled, found)
    return found


def _today_s(sorted_: Sorted, settled: Settled, found: Numbers) -> Floats:
    """By host that something moves off, its drain as things are, median [s]."""
    drain: Floats = found.drain[1, sorted_.busy]
    today = _options_of_hosts(sorted_, settled, today=True)[sorted_.busy]
    (other,) = np.nonzero(today != found.k[sorted_.busy])
    if other.size:
        k_of = today[other]
        kinded, options = _split(sorted_.kinded.of_hosts(other), k_of)
        hosted = _that_end(sorted_.hosted.of_hosts(other)[0], kinded, options)
        told = forecast(hosted, kinded, options)
        drain[other] = told.total.quantile(0.5) * _walked_s(hosted, told.ready) / told.middle.total_s
    return drain


def _walked_s(hosted: Hosted, ready: Ready) -> Floats:
    """The drain of every host at the middle, by the walk wherever disks move [s]."""
    seconds = drains_at_middle(hosted, ready)
    copied = hosted.most(hosted.storage.used_bytes) > 0
    if copied.any():
        seconds = np.where(copied, walk_hosts(hosted, ready, copied).drain_s, seconds)
    return seconds


def _that_end(hosted: Hosted, kinded: Kinded, options: Options) -> Hosted:
    """Without VMs whose copies do not end under one option a host: as under a setting, no drain waits for them.

    Where a host would be left with none, all are kept: its copies gain on their writes by the last fiftieth.
    """
    if not hosted.storage.used_bytes.any():
        return hosted
    never = _never_copied(hosted, kinded, options)
    ends = hosted.most((~never).astype(np.float64)) > 0
    kept = np.flatnonzero(~never | ~ends[hosted.host])
    return hosted.of_vms(kept, np.bincount(hosted.host[kept], minlength=hosted.hosts))


def endless_copies(sorted_: Sorted, settled: Settled) -> Ints:
    """Rows of the partition whose VMs write to their disks as fast as network and storage can copy them.

    Held against what a copy has to itself: that others share it now says nothing of whether it ends.
    """
    storage = sorted_.hosted.storage
    if not storage.used_bytes.any():
        return np.empty(0, dtype=np.intp)
    kinded, options = _split(sorted_.kinded, _options_of_hosts(sorted_, settled)[sorted_.busy])
    endless: Ints = sorted_.rows[_never_copied(sorted_.hosted, kinded, options)]
    return endless


def _never_copied(hosted: Hosted, kinded: Kinded, options: Options) -> Bools:
    """Which VMs write to their disks as fast as anything copies them."""
    storage = hosted.storage
    ready = make_ready(hosted, kinded, likeliest(kinded, options), varied=False)
    path = np.minimum(np.minimum(ready.link, ready.flow)[hosted.host], storage.rate_bytes_s)
    never: Bools = (storage.used_bytes > 0) & (storage.write_bytes_s >= path)
    return never


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
        drain=unknown(4, hosts),
        host_dark=unknown(4, hosts),
        today_s=unknown(hosts),
        binding=none(),
        basis=none(),
        dark_basis=none(),
        k=none(),
    )


def _options_of_hosts(sorted_: Sorted, settled: Settled, *, today: bool = False) -> Ints:
    """By host, the option in use: the cluster's setting, or what is in force where rules forbid every other.

    With `today`, what is in force everywhere.
    """
    setting = np.full(len(sorted_.completed), -1, dtype=np.intp)
    for group, chosen in zip(sorted_.groups, settled.chosen, strict=True):
        if chosen is not None:
            setting[group.hosts] = ((None if today else chosen.best) or chosen.today).k
    return setting


def _fill(sorted_: Sorted, times: OwnTimes, told: Forecast, risk: Risk, found: Numbers) -> None:
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
    for i in range(len(shares)):
        found.drain[i, hosts] = no_shorter(sorted_.hosted, found.drain[i, hosts], found.total[i, rows])
    # A VM whose disks alone move goes on running.
    found.dark[:, rows[~sorted_.hosted.storage.memory]] = 0.0
    for i in range(len(shares)):
        found.host_dark[i, hosts] = sorted_.hosted.most(found.dark[i, rows])
    found.wire_bytes[rows] = times.exact.wire_bytes
    found.passes[rows] = times.exact.passes
    found.converged[rows] = times.exact.converged
    found.binding[hosts] = told.middle.binding
    found.basis[hosts] = told.basis
    found.dark_basis[hosts] = told.dark_basis
