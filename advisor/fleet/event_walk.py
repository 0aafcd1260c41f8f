"""The event walk over many hosts: own time, blackout and bytes of every VM, each factor at its middle.

Hosts stand side by side as the variants of one walk do; those with about as many VMs go together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.drains import physics_of
from advisor.fleet.hosted import Hosted
from advisor.fleet.ready import MIDDLE, Ready
from advisor.fleet.walked import Walks, device_middle, disk_seconds
from advisor.precopy.batch import Batch, Content, Disks, Moves, Shared
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import PassLimit
from advisor.precopy.routes import NOTHING_BEFORE, Nodes, Routes, move_between
from advisor.precopy.sharing import move_batch

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# VMs x hosts of one walk.
_CELLS_AT_ONCE: Final = 300_000


@dataclass(frozen=True, slots=True)
class Exact:
    """What became of each VM, (n,) [s], [bytes]; and each host's drain, (hosts,) [s].

    VMs start largest first.
    """

    own_s: Floats
    dark_s: Floats
    sent_bytes: Floats
    wire_bytes: Floats
    passes: Floats
    converged: NDArray[np.bool_]
    drain_s: Floats

    @classmethod
    def blank(cls, vms: int, hosts: int) -> Exact:
        """Room for so many."""
        own, dark, sent, wire, passes = (np.empty(vms) for _ in range(5))
        return cls(own, dark, sent, wire, passes, np.empty(vms, dtype=np.bool_), np.empty(hosts))


def walk_hosts(hosted: Hosted, ready: Ready, among: Bools | None = None) -> Exact:
    """Drain every host, or those of a mask, event by event; largest VMs first."""
    found = Exact.blank(hosted.host.size, hosted.hosts)
    device = device_middle(hosted, ready)
    copies = hosted.storage.used_bytes > 0
    with_disks = hosted.most(copies.astype(np.float64)) > 0 if copies.any() else np.zeros(hosted.hosts, dtype=np.bool_)
    counts = hosted.counts.astype(np.intp)
    wanted = np.ones(hosted.hosts, dtype=np.bool_) if among is None else among
    for which, walk in ((wanted & ~with_disks, _walk), (wanted & with_disks, _walk_with_disks)):
        for own in _alike(np.flatnonzero(which), counts):
            place = np.arange(int(counts[own[0]]))[:, None]
            # A column with fewer VMs is filled up with its last, which does not move again.
            rows = hosted.starts[own][None, :] + np.minimum(place, counts[own][None, :] - 1)
            there = place < counts[own][None, :]
            batch = walk(hosted, ready, own, rows, device)
            found.own_s[rows[there]] = (batch.end_s - batch.begin_s)[there]
            found.dark_s[rows[there]] = batch.blackout_s[there]
            found.sent_bytes[rows[there]] = batch.sent_bytes[there]
            found.wire_bytes[rows[there]] = batch.wire_bytes[there]
            found.passes[rows[there]] = batch.passes[there]
            found.converged[rows[there]] = batch.converged[there]
            found.drain_s[own] = batch.total_s
    return found


def drains_at_middle(hosted: Hosted, ready: Ready) -> Floats:
    """The drain of every host by the walk, (hosts,) [s]; where one VM moves at a time it is the sum of their times."""
    several = ready.slots > 1
    return np.where(several, walk_hosts(hosted, ready, several).drain_s, _one_by_one(hosted, ready))


def _one_by_one(hosted: Hosted, ready: Ready) -> Floats:
    """Set-up, each VM's time or the least from one start to the next, and the last VM's time [s]."""
    middle, device = Walks(hosted, ready, varied=False).middle, device_middle(hosted, ready)
    own = physics_of(hosted, middle, device, disk_seconds(hosted, ready)).own_s
    spacing = ready.constants["per_vm_s"][MIDDLE]
    last = own[hosted.starts + hosted.counts.astype(np.intp) - 1]
    held = hosted.sums(np.maximum(own, spacing[hosted.host]))
    total: Floats = ready.constants["set_up_s"][MIDDLE] + held - np.maximum(last, spacing) + last
    return total


def _alike(hosts: Ints, counts: Ints) -> Iterator[Ints]:
    """Hosts that are walked together, most VMs first."""
    order = hosts[np.argsort(-counts[hosts], kind="stable")]
    falling = -counts[order]
    begin = 0
    while begin < order.size:
        most = -int(falling[begin])
        # A host with few VMs waits for nothing most of the time; a walk of its own would cost more.
        alike = int(np.searchsorted(falling, -(most // 8) - 0.5, side="left"))
        end = max(min(begin + max(_CELLS_AT_ONCE // most, 1), alike), begin + 1)
        yield order[begin:end]
        begin = end


def _walk(hosted: Hosted, ready: Ready, own: Ints, rows: Ints, device: Floats) -> Batch:
    """Some hosts side by side, whose VMs move by their memory alone."""
    constants = _constants(ready, own)
    return move_batch(
        _moves(hosted, ready, own, rows, device),
        Shared(
            link_bytes_s=ready.link[own],
            processor_bytes_s=ready.processor[own],
            flow_bytes_s=ready.flow[own],
            slots=ready.slots[own].astype(np.intp),
            set_up_s=constants["set_up_s"],
            per_vm_s=constants["per_vm_s"],
            stop=PassLimit(constants["pass_limit"], constants["small_dirty_bytes"]),
            counts=hosted.counts.astype(np.intp)[own],
        ),
    )


def _walk_with_disks(hosted: Hosted, ready: Ready, own: Ints, rows: Ints, device: Floats) -> Batch:
    """The same where disks move too: their copies share the storage and its own slots."""
    storage, constants = hosted.storage, _constants(ready, own)
    moves = replace(
        _moves(hosted, ready, own, rows, device), disks=Disks(storage.used_bytes[rows], storage.write_bytes_s[rows])
    )
    copies = np.where(storage.used_bytes > 0, storage.rate_bytes_s, np.inf)
    rate, at_once = -hosted.most(-copies)[own], hosted.most(storage.at_once)[own].astype(np.intp)
    source = np.zeros(rows.shape, dtype=np.intp)

    def both_ends(values: NDArray[Any]) -> NDArray[Any]:
        return np.stack([values, values])

    link, work, slots = ready.link[own], ready.processor[own], ready.slots[own].astype(np.intp)
    return move_between(
        moves,
        Routes(
            source=source,
            destination=source + 1,
            flow_bytes_s=np.broadcast_to(ready.flow[own], rows.shape),
            after=np.full(rows.shape, NOTHING_BEFORE, dtype=np.intp),
            count=hosted.counts.astype(np.intp)[own],
            set_up_s=constants["set_up_s"],
            per_vm_s=constants["per_vm_s"],
            stop=PassLimit(constants["pass_limit"], constants["small_dirty_bytes"]),
        ),
        Nodes(
            out_bytes_s=both_ends(link),
            in_bytes_s=both_ends(link),
            out_work_s=both_ends(work),
            in_work_s=both_ends(work),
            out_slots=both_ends(slots),
            in_slots=both_ends(slots),
            storage_bytes_s=both_ends(rate),
            storage_slots=both_ends(at_once),
        ),
    )


def _constants(ready: Ready, own: Ints) -> dict[str, Floats]:
    return {name: values[MIDDLE][own] for name, values in ready.constants.items()}


def _moves(hosted: Hosted, ready: Ready, own: Ints, rows: Ints, device: Floats) -> Moves:
    """The VMs of some hosts, a column each."""
    vms, at = hosted.vms, hosted.vms.content[rows]
    memory = np.where(hosted.storage.memory[rows], vms.memory_bytes[rows], 0.0)
    content = Content(ready.wire[own, at], ready.cost[own, at], ready.threads[own] / ready.one_thread[own, at])
    none = np.zeros(rows.shape)
    return Moves(
        first_bytes=memory * ready.constants["first_pass_share"][MIDDLE][own],
        curve=DirtyCurve.of(
            vms.hot_set[1][rows], vms.hot_rate[1][rows], memory, vms.cold_set[1][rows], vms.cold_rate[1][rows]
        ),
        content=content,
        rewritten=content,
        device_s=device[rows],
        head_start_bytes=none,
        scan_s=none,
        tail_share=np.ones(rows.shape),
    )
