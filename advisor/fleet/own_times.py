"""Each VM's own time and blackout under its cluster's setting: the event walk's middle, with its intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.drains import physics_of
from advisor.fleet.event_walk import Exact, walk_hosts
from advisor.fleet.forecasts import Forecast, lucky_parts
from advisor.fleet.hosted import Hosted
from advisor.fleet.learning import Physics, added
from advisor.fleet.ready import Kinded, Options, Ready, make_ready
from advisor.fleet.spreads import Spreads
from advisor.fleet.walked import device_ends, device_middle, disk_seconds, vcpus_open, walk_ends, walk_middle
from advisor.residual.spread import Reach

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """What became of each VM, (n,), and of each host, (hosts,) [s].

    Attributes
    ----------
    exact : the event walk, with the likeliest luck and every factor at its middle.
    total, dark : own time and blackout over all luck.
    drain : the host's drain.
    ratio : the walk's drain over that of the sums, by which other drains of the host are mended, (hosts,).
    """

    exact: Exact
    total: Spreads
    dark: Spreads
    drain: Spreads
    ratio: Floats


def own_times(hosted: Hosted, kinded: Kinded, options: Options, forecast: Forecast) -> OwnTimes:
    """Walk every VM under the option of its host, and say how far each time reaches."""
    exact, host = walk_hosts(hosted, forecast.ready), hosted.host
    physics = Physics(
        host, exact.own_s, exact.dark_s, exact.sent_bytes, hosted.vms.memory_bytes, exact.converged, hosted.vms.content
    )
    more = added(hosted, kinded, options, forecast.ready, physics, forecast.basis, forecast.dark_basis)
    (total, down, up), (dark, dark_down, dark_up) = _reach(hosted, forecast.ready)
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
    ratio = exact.drain_s / forecast.middle.total_s
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
        forecast.total.times(ratio),
        ratio,
    )


def _middles(hosted: Hosted, ready: Ready) -> tuple[Floats, Floats]:
    """Own time and blackout of each VM at the middle, by the sums' rates [s]."""
    disks = disk_seconds(hosted, ready)
    found = physics_of(hosted, walk_middle(hosted, ready), device_middle(hosted, ready), disks)
    return found.own_s, found.dark_s


def _reach(hosted: Hosted, ready: Ready) -> tuple[tuple[Floats, Floats, Floats], tuple[Floats, Floats, Floats]]:
    """Own time and blackout at the middle, each with how far its logarithm reaches down and up."""
    middle = walk_middle(hosted, ready)
    device, disks = device_middle(hosted, ready), disk_seconds(hosted, ready)
    final = middle.final_bytes / middle.rate
    passes = middle.sent_bytes / middle.rate + disks
    total, dark = passes + final + device, final + device
    reach, dark_reach = Reach(total), Reach(dark)
    for ends in walk_ends(hosted, ready):
        darks = [one.final_bytes / one.rate + device for one in ends]
        totals = [one.sent_bytes / one.rate + disks + copy for one, copy in zip(ends, darks, strict=True)]
        reach.add(*totals)
        dark_reach.add(*darks)
    before = passes + final
    for states in device_ends(hosted, ready, with_vcpus=vcpus_open(hosted)):
        reach.add(*(before + state for state in states))
        dark_reach.add(*(final + state for state in states))
    return (total, reach.down, reach.up), (dark, dark_reach.down, dark_reach.up)
