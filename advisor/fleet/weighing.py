"""Which options of a kind of cluster are worth weighing: those that are not plainly worse than one that asks for less.

It is found once for a kind, on hosts of many sizes that stand for any: what is no better on each of them is no better
on a real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.domain.inventory import VM_ARRAYS, VmTable
from advisor.fleet.assumed import assumed_from
from advisor.fleet.drains import drains
from advisor.fleet.forecasts import likeliest
from advisor.fleet.hosted import Hosted
from advisor.fleet.kinds import Kind
from advisor.fleet.ready import Kinded, make_ready
from advisor.fleet.vms import facts_of_vms
from advisor.precopy.storage import Storage

Floats = NDArray[np.float64]

# An option that asks for no less and is no better than this in the middle does not win on the edges either.
_NO_BETTER: Final = 1.03
_COUNTS: Final = (1, 6, 40)
_SIZES_GIB: Final = (2.0, 8.0, 32.0)
_IDLE_SHARES: Final = (0.3, 0.7)


@lru_cache(maxsize=1024)
def worth_weighing(kind: Kind) -> tuple[int, ...]:
    """Options that may be taken, in order; what is in force is among them, whatever it is."""
    if not any(kind.problem.allowed[k] for k in kind.options):
        return (kind.today,)
    allowed = [k for k in kind.options if kind.problem.allowed[k]]
    hosted, idle = _hosts_of_all_sizes(len(kind.problem.pairs) * len(allowed))
    # Every option on every kind of host is a cell of its own: one go for all.
    every = list(product(range(len(kind.problem.pairs)), allowed))
    cell = np.repeat(np.arange(len(every)), hosted.hosts // max(len(every), 1))
    kinded = Kinded.all_known(tuple((kind, pair) for pair, _ in every), cell, idle)
    picks = likeliest(kinded, {at: k for at, (_, k) in enumerate(every)})
    found = drains(hosted, make_ready(hosted, kinded, picks, varied=False), varied=False)
    middles = np.stack([found.total_s, found.dark_s, found.wire_bytes])
    joined = {k: middles[:, np.isin(cell, [at for at, (_, own) in enumerate(every) if own == k])] for k in allowed}
    kept = [k for k in allowed if not any(_beats(kind, joined, other, k) for other in allowed if other != k)]
    return tuple(dict.fromkeys([*kept, kind.today]))


@lru_cache(maxsize=32)
def _hosts_of_all_sizes(times: int) -> tuple[Hosted, Floats]:
    """Hosts with few and many, small and large VMs, and their idle shares, so many times over."""
    hosts = list(product(_COUNTS, _SIZES_GIB, _IDLE_SHARES)) * times
    counts = np.array([count for count, _, _ in hosts], dtype=np.intp)
    n = int(counts.sum())
    columns: dict[str, Any] = {name: np.full(n, np.nan) for name in VM_ARRAYS}
    texts = ("vm", "vm_id", "workload", "move", "priority", "possible_owners", "preferred_owners", "anti_affinity")
    columns |= {name: np.full(n, None, dtype=object) for name in texts}
    columns["host"] = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    columns["memory_gib"] = np.repeat([size for _, size, _ in hosts], counts)
    facts = facts_of_vms(VmTable(**columns), assumed_from(()))
    return Hosted.of(facts, counts, Storage.none(n)), np.array([idle for _, _, idle in hosts])


def _beats(kind: Kind, middles: Mapping[int, Floats], one: int, other: int) -> bool:
    """Whether `one` asks for no more than `other` of the same transport and is as good in every respect."""
    mine, theirs = kind.problem.options[one], kind.problem.options[other]
    if mine.transport is not theirs.transport:
        return False
    efforts = [(option.tier.rank, len(option.changes)) for option in (mine, theirs)]
    if efforts[0] > efforts[1] or not (middles[one] <= middles[other] * _NO_BETTER).all():
        return False
    # Of two that are alike in all this, the better of the two sums stays.
    alike = efforts[0] == efforts[1] and bool((middles[other] <= middles[one] * _NO_BETTER).all())
    return not alike or (float(middles[one][0].sum()), one) < (float(middles[other][0].sum()), other)
