"""Each VM's own time and blackout under its cluster's setting: the event walk's middle, with its intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.drains import physics_of
from advisor.fleet.event_walk import Exact, walk_hosts
from advisor.fleet.forecasts import Forecast, lucky_parts
from advisor.fleet.hosted import Hosted
from advisor.fleet.learning import Physics, added
from advisor.fleet.ready import HIGH, LOW, MIDDLE, Kinded, Options, Ready, make_ready, rate_among
from advisor.fleet.spreads import Reaches, Spreads
from advisor.fleet.walked import States, Walked, Walks, device_middle, disk_seconds, on_vms, vcpus_open

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """What became of each VM, (n,), and of each host, (hosts,) [s].

    Attributes
    ----------
    exact : the event walk, with the likeliest luck and every factor at its middle.
    total, dark : own time and blackout over all luck.
    drain : the host's drain.
    """

    exact: Exact
    total: Spreads
    dark: Spreads
    drain: Spreads


def no_shorter(hosted: Hosted, drains_s: Floats, totals_s: Floats) -> Floats:
    """Drains of hosts, quantile by quantile no shorter than the longest of their VMs' own times, (hosts,) [s].

    Nobody has left a host before the last VM has.
    """
    return np.maximum(drains_s, hosted.most(totals_s))


def own_times(hosted: Hosted, kinded: Kinded, options: Options, forecast: Forecast) -> OwnTimes:
    """Walk every VM under the option of its host, and say how far each time reaches."""
    exact, host = walk_hosts(hosted, forecast.ready), hosted.host
    physics = Physics(
        host, exact.own_s, exact.dark_s, exact.sent_bytes, hosted.vms.memory_bytes, exact.converged, hosted.vms.content
    )
    (total, down, up), (dark, dark_down, dark_up) = _reach(hosted, forecast.ready)
    more = added(hosted, kinded, options, forecast.ready, physics, forecast.basis, forecast.dark_basis)
    more = more.on_memory(1.0 - disk_seconds(hosted, forecast.ready) / total)
    odds = forecast.total.odds[:, host]
    totals, darks = [exact.own_s], [exact.dark_s]
    for picks, _ in lucky_parts(kinded, options):
        (own,) = np.nonzero(np.isin(kinded.cell, list(picks)))
        part, rows = hosted.of_hosts(own)
        other, other_dark = _middles(part, make_ready(part, kinded.of_hosts(own), picks, varied=False))
        for values, new, base in ((totals, other, total), (darks, other_dark, dark)):
            row = values[0].copy()
            row[rows] *= new / np.maximum(base[rows], 1e-12)
            values.append(row)
    return OwnTimes(
        exact,
        Spreads(
            np.stack(totals) * more.ratio,
            odds,
            np.hypot(down, more.down),
            np.hypot(up, more.up),
        ),
        Spreads(
            np.stack(darks) * more.dark_ratio,
            odds,
            np.hypot(dark_down, more.dark_down),
            np.hypot(dark_up, more.dark_up),
        ),
        # The sums say how far a drain reaches, the walk where its middle is.
        forecast.total.times(exact.drain_s / forecast.middle.total_s),
    )


def _middles(hosted: Hosted, ready: Ready) -> tuple[Floats, Floats]:
    """Own time and blackout of each VM at the middle, by the sums' rates [s]."""
    disks = disk_seconds(hosted, ready)
    found = physics_of(hosted, Walks(hosted, ready, varied=False).middle, device_middle(hosted, ready), disks)
    return found.own_s, found.dark_s


def _reach(hosted: Hosted, ready: Ready) -> tuple[tuple[Floats, Floats, Floats], tuple[Floats, Floats, Floats]]:
    """Own time and blackout at the middle, each with how far its logarithm reaches down and up."""
    walks, states, disks = Walks(hosted, ready), States(hosted, ready), disk_seconds(hosted, ready)
    first = _that_start_first(hosted, ready)
    set_up = [np.where(first, on_vms(hosted, end), 0.0) for end in ready.constants["set_up_s"]]
    before = disks + set_up[MIDDLE]
    reach = Reaches(_times(walks.middle, states.middle, before))
    for ends in walks.ends():
        reach.add(*(_times(end, states.middle, before) for end in ends))
    if (set_up[LOW] != set_up[HIGH]).any():
        reach.add(*(_times(walks.middle, states.middle, disks + set_up[end]) for end in (LOW, HIGH)))
    for others in hosted.other_disks:
        seconds = [set_up[MIDDLE] + disk_seconds(hosted, ready, end) for end in others]
        reach.add(*(_times(walks.middle, states.middle, one) for one in seconds))
    if ready.other_slots:
        rates = [on_vms(hosted, rate_among(ready, one)) for one in ready.other_together]
        reach.add(*(_times(replace(walks.middle, rate=rate), states.middle, before) for rate in rates))
    for changes in states.changes(with_vcpus=vcpus_open(hosted)):
        reach.add_changes(*changes)
    (total, dark), (down, dark_down), (up, dark_up) = reach.middle, reach.down, reach.up
    return (total, down, up), (dark, dark_down, dark_up)


def _that_start_first(hosted: Hosted, ready: Ready) -> Bools:
    """Which VMs wait for the set-up: the first on the slots of their host, and with disks on those of its storage."""
    host, copies = hosted.host, hosted.storage.used_bytes > 0
    if copies.any():
        may = ~copies | (_so_far(hosted, copies) < hosted.storage.at_once)
        return may & (_so_far(hosted, may) < ready.slots[host])
    first: Bools = np.arange(host.size) - hosted.starts[host] < ready.slots[host]
    return first


def _so_far(hosted: Hosted, which: Bools) -> Ints:
    """How many of these VMs stand before each on its host."""
    before: Ints = np.cumsum(which) - which
    counted: Ints = before - before[hosted.starts][hosted.host]
    return counted


def _times(walked: Walked, device: Floats, before: Floats) -> Floats:
    """(2, n) own time and blackout [s]; `before` is what comes before memory."""
    found: Floats = np.empty((2, device.size))
    np.divide(walked.final_bytes, walked.rate, out=found[1])
    np.divide(walked.sent_bytes, walked.rate, out=found[0])
    found[1] += device
    found[0] += before
    found[0] += found[1]
    return found
