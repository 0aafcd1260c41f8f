"""The event walk over many hosts: own time, blackout and bytes of every VM, each factor at its middle.

Hosts stand side by side as the variants of one walk do; those with about as many VMs go together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from advisor.fleet.hosted import Hosted
from advisor.fleet.ready import MIDDLE, Ready
from advisor.fleet.walked import device_middle, disk_seconds
from advisor.precopy.batch import Batch, Content, Moves, Shared
from advisor.precopy.dirty import DirtyCurve
from advisor.precopy.passes import PassLimit
from advisor.precopy.sharing import move_batch

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# VMs x hosts of one walk.
_CELLS_AT_ONCE: Final = 120_000


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


def walk_hosts(hosted: Hosted, ready: Ready) -> Exact:
    """Drain every host, event by event; largest VMs first."""
    found = Exact.blank(hosted.host.size, hosted.hosts)
    device, disks = device_middle(hosted, ready), disk_seconds(hosted, ready)
    counts = hosted.counts.astype(np.intp)
    order = np.argsort(-counts, kind="stable")
    begin = 0
    while begin < order.size:
        most = int(counts[order[begin]])
        # A host with half as many VMs would wait for nothing half of the time.
        alike = int(np.searchsorted(-counts[order], -(most // 2) - 0.5, side="left"))
        end = max(min(begin + max(_CELLS_AT_ONCE // most, 1), alike), begin + 1)
        own = order[begin:end]
        place = np.arange(most)[:, None]
        # A column with fewer VMs is filled up with its last, which does not move again.
        rows = hosted.starts[own][None, :] + np.minimum(place, counts[own][None, :] - 1)
        there = place < counts[own][None, :]
        batch = _walk(hosted, ready, own, rows, device, disks)
        found.own_s[rows[there]] = (batch.end_s - batch.begin_s)[there]
        found.dark_s[rows[there]] = batch.blackout_s[there]
        found.sent_bytes[rows[there]] = batch.sent_bytes[there]
        found.wire_bytes[rows[there]] = batch.wire_bytes[there]
        found.passes[rows[there]] = batch.passes[there]
        found.converged[rows[there]] = batch.converged[there]
        found.drain_s[own] = batch.total_s
        begin = end
    # Disks stand on the wire before memory does.
    found.wire_bytes[:] += hosted.storage.used_bytes
    return found


def _walk(hosted: Hosted, ready: Ready, own: Ints, rows: Ints, device: Floats, disks: Floats) -> Batch:
    """Some hosts side by side."""
    vms, at = hosted.vms, hosted.vms.content[rows]
    memory = np.where(hosted.storage.memory[rows], vms.memory_bytes[rows], 0.0)
    content = Content(ready.wire[own, at], ready.cost[own, at], ready.threads[own] / ready.one_thread[own, at])
    none = np.zeros(rows.shape)
    moves = Moves(
        first_bytes=memory * ready.constants["first_pass_share"][MIDDLE][own],
        curve=DirtyCurve.of(
            vms.hot_set[1][rows], vms.hot_rate[1][rows], memory, vms.cold_set[1][rows], vms.cold_rate[1][rows]
        ),
        content=content,
        rewritten=content,
        device_s=device[rows],
        head_start_bytes=none,
        scan_s=np.where(np.isfinite(disks[rows]), disks[rows], 0.0),
        tail_share=np.ones(rows.shape),
    )
    constants = {name: values[MIDDLE][own] for name, values in ready.constants.items()}
    return move_batch(
        moves,
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
