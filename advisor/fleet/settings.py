"""The one setting of every cluster in a partition."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.domain.goals import Goals
from advisor.fleet.cluster_group import Sorted
from advisor.fleet.clusters import Chosen, Held, choose_for, on_cluster
from advisor.fleet.forecasts import forecast
from advisor.fleet.looked_up import with_defaults_told
from advisor.fleet.weighing import worth_weighing

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Settled:
    """What was weighed and taken.

    Attributes
    ----------
    chosen : by group; None where nothing of the cluster moves.
    """

    chosen: tuple[Chosen | None, ...]


def settle(sorted_: Sorted, goals: Goals) -> Settled:
    """One setting for every cluster of a partition.

    The first option of every kind is forecast for all hosts together, then the second, and so on.
    """
    hosted, kinded = sorted_.hosted, sorted_.kinded
    options = [worth_weighing(kind) for kind, _ in kinded.cells]
    held: list[Held] = []
    for turn in range(max((len(own) for own in options), default=0)):
        at_turn = {cell: own[turn] for cell, own in enumerate(options) if len(own) > turn}
        (own,) = np.nonzero(np.isin(kinded.cell, list(at_turn)))
        part = hosted.of_hosts(own)[0]
        told = forecast(part, kinded.of_hosts(own), at_turn)
        held.append(Held.of(told, own, hosted.hosts, goals.risk))
    place = np.full(len(sorted_.completed), -1, dtype=np.intp)
    place[sorted_.busy] = np.arange(sorted_.busy.size)
    chosen: list[Chosen | None] = []
    for group in sorted_.groups:
        hosts = place[group.hosts]
        hosts = hosts[hosts >= 0]
        if not hosts.size:
            chosen.append(None)
            continue
        weighed = worth_weighing(group.kind)
        by_option = {k: on_cluster(group.kind, k, held[turn], hosts, goals) for turn, k in enumerate(weighed)}
        chosen.append(_with_defaults_told(choose_for(group.kind, by_option, goals), sorted_, group.hosts))
    return Settled(tuple(chosen))


def _with_defaults_told(chosen: Chosen, sorted_: Sorted, hosts: Ints) -> Chosen:
    """The same, where what is to be changed on a host may not be as was taken for granted."""
    if chosen.best is None:
        return chosen
    assumed = {column for host in hosts.tolist() for column in sorted_.assumed_columns[host]}
    option = with_defaults_told(chosen.best.option, assumed)
    return replace(chosen, best=replace(chosen.best, option=option))
