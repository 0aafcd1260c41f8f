"""Answer one partition: the settings of its clusters, and rows for its clusters, hosts and VMs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from advisor.domain.costs import ChangeCost
from advisor.domain.estate import Default
from advisor.domain.fleet import ClusterRow, CurveRow
from advisor.domain.goals import Goals
from advisor.fleet.answers import answer, endless_copies
from advisor.fleet.assumed import assumed_from
from advisor.fleet.cluster_group import Partition, Sorted, sort_out
from advisor.fleet.cluster_room import room_of
from advisor.fleet.cluster_rows import cluster_rows
from advisor.fleet.kinds import Kinds
from advisor.fleet.rows import host_columns, vm_columns
from advisor.fleet.settings import Settled, settle
from advisor.fleet.sizing import size_up
from advisor.residual.card import Card

Columns = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of every partition; one question is known by its fingerprint.

    Attributes
    ----------
    goals, card : what is wanted, and what predicts it.
    defaults : what is taken where the inventory does not say.
    costs : what changes cost, for hosts that miss the window.
    curves : whether hosts that miss get a sizing curve.
    edition : of the program that asks; what another one answers may differ.
    fingerprint : a hash over all of it.
    """

    goals: Goals
    card: Card
    defaults: tuple[Default, ...]
    costs: tuple[ChangeCost, ...]
    curves: bool
    edition: str
    fingerprint: str

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self.fingerprint == other.fingerprint


@lru_cache(maxsize=2)
def kinds_for(question: Question) -> Kinds:
    """The kinds of cluster under a question, which one process makes once."""
    return Kinds(assumed_from(question.defaults), question.goals, question.card)


def solve(partition: Partition, question: Question) -> Mapping[str, Columns]:
    """Columns of the tables `clusters`, `hosts`, `vms` and `curves`, numbers to four significant digits.

    VMs stand in order of clusters and hosts, the largest of a host first.
    """
    goals, costs = question.goals, question.costs
    whole = sort_out(partition, kinds_for(question))
    sorted_, settled = _settled(whole, goals)
    numbers = answer(sorted_, settled, goals.risk, whole)
    sized = size_up(sorted_, numbers, goals, costs, curves=question.curves)
    room = room_of(sorted_)
    clusters = cluster_rows(sorted_, settled, numbers, sized, room, goals, costs)
    return {
        "clusters": _columns(clusters, tuple(ClusterRow.model_fields)),
        "hosts": host_columns(sorted_, settled, numbers, sized, room, goals, costs),
        "vms": vm_columns(sorted_, settled, numbers, sized, goals),
        "curves": _columns(sized.curves, tuple(CurveRow.model_fields)),
    }


def _settled(sorted_: Sorted, goals: Goals) -> tuple[Sorted, Settled]:
    """The settings, and what moves under them: a VM whose disks are never copied is not waited for."""
    while True:
        settled = settle(sorted_, goals)
        endless = endless_copies(sorted_, settled)
        if not endless.size:
            return sorted_, settled
        sorted_ = sorted_.without(endless, "storage_endless")


def _columns(rows: list[dict[str, Any]], names: tuple[str, ...]) -> Columns:
    return {name: [row[name] for row in rows] for name in names}
