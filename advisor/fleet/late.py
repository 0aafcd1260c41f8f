"""Hosts that miss the window, with the others of their clusters, ready to be tried under other settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.answers import Numbers
from advisor.fleet.cluster_group import Sorted
from advisor.fleet.digits import significant
from advisor.fleet.drains import drains
from advisor.fleet.event_walk import drains_at_middle
from advisor.fleet.forecasts import forecast, likeliest
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind
from advisor.fleet.own_times import no_shorter, own_times
from advisor.fleet.ready import Kinded, make_ready

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# VMs, each counted once under every option, that are walked in one go.
_VMS_AT_ONCE: Final = 60_000


@dataclass(frozen=True, slots=True)
class Late:
    """Hosts of clusters of one kind, which are under one option.

    Attributes
    ----------
    hosts, cluster : where they and their clusters stand in the partition.
    pair, kinded : which of the kind's hosts each is, and what else is known of it.
    """

    kind: Kind
    k: int
    hosts: Ints
    cluster: Ints
    hosted: Hosted
    pair: Ints
    kinded: Kinded

    def only(self, which: Ints) -> Late:
        """Some of them."""
        return Late(
            self.kind,
            self.k,
            self.hosts[which],
            self.cluster[which],
            self.hosted.of_hosts(which)[0],
            self.pair[which],
            self.kinded.of_hosts(which),
        )

    def middles_s(self, kind: Kind, options: Sequence[int]) -> tuple[Floats, Ints]:
        """Their drains under options of a kind made from theirs, all at the middle [s], and what binds them.

        (options, hosts); every host stands once under each option, and all are walked side by side.
        """
        totals, binding = [], []
        for some in self._at_once(options):
            hosted, kinded, picked = self._under(kind, some)
            ready = make_ready(hosted, kinded, likeliest(kinded, picked), varied=False)
            totals.append(drains_at_middle(hosted, ready).reshape(len(some), -1))
            binding.append(drains(hosted, ready, varied=False).binding.reshape(len(some), -1))
        return np.concatenate(totals), np.concatenate(binding)

    def quantiles_s(self, kind: Kind, options: Sequence[int], shares: tuple[float, ...]) -> Floats:
        """Quantiles of their drains under options [s]: what would be answered if one were in use.

        (shares, options, hosts); every host stands once under each option, and all are walked side by side.
        """
        found = []
        for some in self._at_once(options):
            hosted, kinded, picked = self._under(kind, some)
            times = own_times(hosted, kinded, picked, forecast(hosted, kinded, picked))
            drained = [no_shorter(hosted, times.drain.quantile(one), times.total.quantile(one)) for one in shares]
            found.append(significant(np.stack(drained)).reshape(len(shares), len(some), -1))
        return np.concatenate(found, axis=1)

    def _at_once(self, options: Sequence[int]) -> Iterator[Sequence[int]]:
        """Options in as few parts as memory allows."""
        count = max(1, _VMS_AT_ONCE // self.hosted.host.size)
        return (options[begin : begin + count] for begin in range(0, len(options), count))

    def _under(self, kind: Kind, options: Sequence[int]) -> tuple[Hosted, Kinded, dict[int, int]]:
        pairs, times, hosts = len(kind.problem.pairs), len(options), self.hosts.size
        every = np.tile(np.arange(hosts), times)
        cells = tuple((kind, pair) for pair in range(pairs)) * times
        cell = np.repeat(np.arange(times) * pairs, hosts) + self.pair[every]
        hosted = self.hosted if times == 1 else self.hosted.of_hosts(every)[0]
        picked = {at * pairs + pair: option for at, option in enumerate(options) for pair in range(pairs)}
        return hosted, self.kinded.of_hosts(every).in_cells(cells, cell), picked


def late_hosts(sorted_: Sorted, numbers: Numbers, missing: Bools) -> Iterator[tuple[Late, Late]]:
    """By kind of cluster and option: hosts that miss the window, and the others of their clusters."""
    busy, kinded = sorted_.busy, sorted_.kinded
    cluster = np.empty(len(sorted_.completed), dtype=np.intp)
    for at, group in enumerate(sorted_.groups):
        cluster[group.hosts] = at
    late = np.unique(cluster[missing])
    kinds = dict.fromkeys((sorted_.groups[at].kind, int(numbers.k[busy][cluster[busy] == at][0])) for at in late)
    for kind, k in kinds:
        clusters = [at for at in late.tolist() if sorted_.groups[at].kind is kind]
        (own,) = np.nonzero(np.isin(cluster[busy], clusters) & (numbers.k[busy] == k))
        hosts = busy[own]
        every = Late(
            kind,
            k,
            hosts,
            cluster[hosts],
            sorted_.hosted.of_hosts(own)[0],
            np.array([kinded.cells[cell][1] for cell in kinded.cell[own].tolist()], dtype=np.intp),
            kinded.of_hosts(own),
        )
        yield every.only(np.nonzero(missing[hosts])[0]), every.only(np.nonzero(~missing[hosts])[0])
