"""Measured runs made ready: each is a case like any other, with what was measured beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.advice.factors import Sets
from advisor.advice.lanes import Lane, walk_lanes
from advisor.advice.prepare import Problem, prepare_today
from advisor.advice.replay import can_replay, scenario_of_batch
from advisor.advice.traits import Traits
from advisor.domain.options import Transport
from advisor.domain.runs import MeasuredRun
from advisor.paths.path import Case
from advisor.platforms import Constants, Range, platforms
from advisor.precopy.link import tcp_goodput
from advisor.precopy.sharing import Batch
from advisor.units import gbps_to_bytes_s, gib_to_bytes, ms_to_seconds

Floats = NDArray[np.float64]

# Largest packet in common use: what a wire carries at the very most.
_JUMBO_BYTES = 9000


@dataclass(frozen=True, slots=True)
class Row:
    """A run that can be predicted: one move of its problem, or the whole batch where it speaks of all its moves.

    Attributes
    ----------
    move : which of the problem's moves it is; none where it speaks of all of them.
    share : 1 / k for each of k rows of one batch: together they are one measurement.
    """

    run: MeasuredRun
    problem: Problem
    move: int | None = None
    share: float = 1.0

    @property
    def case(self) -> Case:
        """The run's one case."""
        return self.problem.cases[0][0]

    @property
    def traits(self) -> list[Traits]:
        """Its moves, in order."""
        return [self.problem.traits[vm] for vm in self.problem.vm_of[0]]

    @property
    def transport(self) -> str:
        """The transport it really took."""
        return self.case.path.effective.value

    @property
    def total_s(self) -> float:
        """Measured total time [s]."""
        return self.run.total_s or 0.0

    @property
    def blackout_s(self) -> float | None:
        """Measured blackout [s]."""
        return None if self.run.blackout_ms is None else ms_to_seconds(self.run.blackout_ms)

    @property
    def was_forced(self) -> bool:
        """Whether the pass limit, and not the stop rule, ended the passes.

        QEMU synchronises its bitmap once more as it switches over. A row is called forced where that last one was
        beyond the limit, though the stop rule had been met by then.
        """
        run = self.run
        if run.outcome != "forced" or run.platform != "qemu" or run.passes is None or run.max_passes is None:
            return run.outcome == "forced"
        return run.passes > run.max_passes + 1

    @property
    def memory_bytes(self) -> float:
        """Assigned memory of all its VMs."""
        return gib_to_bytes((self.run.vm_memory_gib or 0.0) * (self.run.vm_count or 1))

    @property
    def links(self) -> int:
        """Links that carried the move, as far as the row says."""
        return self.run.links_used or self.run.nic_count or 1

    @property
    def fits_the_wire(self) -> bool:
        """False where all of the memory in that time would be more than the links can carry.

        Such a row says that less was moved than was assigned, not how fast anything is: it is
        scored, and not fitted.
        """
        if self.run.transport is Transport.COMPRESSION or self.problem.platform.first_pass == "nonzero":
            return True
        wire = float(tcp_goodput(gbps_to_bytes_s(self.run.nic_gbps or 0.0), _JUMBO_BYTES)) * self.links
        return self.memory_bytes / self.total_s <= wire


def rows_of(runs: Sequence[MeasuredRun]) -> list[Row]:
    """The runs of known platforms that say enough to be predicted, in order.

    Moves of one batch that were timed one by one are predicted together. Where some of them are missing, the others
    are taken to have been like the one that is there.
    """
    known = {platform.name for platform in platforms()}
    usable = [run for run in runs if run.platform in known and can_replay(run)]
    batches: dict[tuple[str, str], list[MeasuredRun]] = defaultdict(list)
    for i, run in enumerate(usable):
        batches[run.study, run.batch_id if _is_one_of_several(run) and run.batch_id else f"row {i}"].append(run)
    found: dict[str, Row] = {}
    for own in batches.values():
        at_once = own[0].simultaneous or 1
        moves = own if len(own) == at_once else own[:1]
        for start in range(0, len(own), len(moves)):
            found |= _batch_rows(own[start : start + len(moves)], 1.0 / min(len(own), at_once))
    return [found[run.run_id] for run in usable]


def _is_one_of_several(run: MeasuredRun) -> bool:
    return (run.vm_count or 1) == 1 and (run.simultaneous or 1) > 1


def _batch_rows(runs: Sequence[MeasuredRun], share: float) -> dict[str, Row]:
    """Rows of moves that ran together, all in one problem."""
    scenario, way = scenario_of_batch(runs)
    one = runs[0]
    if len(runs) == 1 and _is_one_of_several(one):
        alike = scenario.vms[0].model_copy(update={"count": one.simultaneous})
        scenario = scenario.model_copy(update={"vms": (alike,)})
    problem = prepare_today(scenario, way, measured=True)
    alone = len(runs) == 1 and not _is_one_of_several(one)
    return {run.run_id: Row(run, problem, None if alone else i, share) for i, run in enumerate(runs)}


def log_times(rows: Sequence[Row], constants: Sequence[Constants[Range]]) -> tuple[Floats, Floats]:
    """Logarithms of total time and longest blackout, (rows, sets of constants), every factor at its middle.

    All rows are of one platform.

    Where luck has several outcomes, their logarithms are averaged by probability.
    """
    totals = np.zeros((len(rows), len(constants)))
    blackouts = np.zeros_like(totals)
    # Rows of as many moves walk side by side.
    for n in {len(row.traits) for row in rows}:
        lanes, places = [], []
        for i, row in enumerate(rows):
            if len(row.traits) == n:
                for members, odds in row.case.path.occupancy:
                    lanes.append(Lane(row.case, members, Sets(tuple(constants)), constants[0], row.traits))
                    places.append((i, odds))
        walks = walk_lanes(rows[places[0][0]].problem.platform, lanes)
        for (i, odds), walk in zip(places, walks, strict=True):
            totals[i] += odds * np.log(_own_total(rows[i], walk.batch))
            blackouts[i] += odds * np.log(_own_blackout(rows[i], walk.batch))
    return totals, blackouts


def _own_total(row: Row, batch: Batch) -> Floats:
    """(sets,) total time of what the row speaks of [s]."""
    return batch.total_s if row.move is None else batch.end_s[row.move] - batch.begin_s[row.move]


def _own_blackout(row: Row, batch: Batch) -> Floats:
    """(sets,) its longest blackout [s]."""
    longest: Floats = batch.blackout_s.max(axis=0) if row.move is None else batch.blackout_s[row.move]
    return longest
