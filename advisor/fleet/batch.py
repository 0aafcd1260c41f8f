"""A batch over a whole inventory: partitions, an engine that answers them, parts that stay, totals."""

from __future__ import annotations

import hashlib
import json
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from advisor.advice.recommend import card_for
from advisor.domain.answers import Assumption
from advisor.domain.costs import ChangeCost, load_costs
from advisor.domain.defaults import load_defaults
from advisor.domain.estate import Default, MoveKind
from advisor.domain.fleet import BatchSummary, SetAside
from advisor.domain.goals import Goals
from advisor.domain.inventory import Inventory
from advisor.fleet.assumed import Assumed, assumed_from
from advisor.fleet.digits import significant
from advisor.fleet.engines import Engine, Local
from advisor.fleet.facts import PLATFORM
from advisor.fleet.leaving import HOST_KEEPS_GIB
from advisor.fleet.reasons import HOST_WORDS, REASON_WORDS
from advisor.fleet.solve import Question
from advisor.fleet.spill import partition_of, plan_of, spill
from advisor.fleet.store import PARTED, SCRATCH, Store, StoredTables
from advisor.fleet.written import Totals, set_aside_batch
from advisor.residual.card import Card
from advisor.shipped import edition

_IN_VAIN: Final = (
    "given as a default and taken for no host: the inventory says it, another column says more, or no time of a batch "
    "depends on it"
)
_OF_DISKS: Final = Assumption(
    what="copies of disks",
    value="as fast as storage and network are said to be",
    why="assumption: no run behind the model card moved disks, so that a rate which is given has no spread of its own",
)


class Sink(Protocol):
    """Takes the rows of a batch in order, as they come."""

    def append(self, name: str, batch: pa.RecordBatch, /) -> None:
        """Rows of one table."""
        ...


class _Nowhere:
    def append(self, name: str, batch: pa.RecordBatch, /) -> None:
        """Rows that stay in their parts."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is."""

    parts_done: int
    parts: int
    vms_done: int
    vms: int


def question_of(
    goals: Goals,
    card: Card | None = None,
    defaults: Sequence[Default] = (),
    costs: Sequence[ChangeCost] | None = None,
    *,
    curves: bool = True,
) -> Question:
    """What is asked of every partition, with a fingerprint by which it is known.

    Raises
    ------
    CardError
        When the card is of another platform.

    Examples
    --------
    >>> question_of(Goals(window_s=7200)).fingerprint == question_of(Goals(window_s=7200)).fingerprint
    True
    """
    known_card = card_for(PLATFORM, card)
    ranked = tuple(costs) if costs is not None else load_costs()
    rows = tuple({row.column: row for row in (*load_defaults(), *defaults)}.values())
    said = [
        edition(),
        goals.model_dump(mode="json"),
        known_card.to_json(),
        [row.model_dump(mode="json") for row in rows],
        [row.model_dump(mode="json") for row in ranked],
        curves,
    ]
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return Question(goals, known_card, rows, ranked, curves, edition(), digest)


def batch(
    inventory: Inventory,
    goals: Goals | None = None,
    *,
    card: Card | None = None,
    defaults: Sequence[Default] = (),
    costs: Sequence[ChangeCost] | None = None,
    engine: Engine | None = None,
) -> StoredTables:
    """Size a whole inventory: what `advisor batch` answers, as tables.

    Parameters
    ----------
    inventory : from `advisor.read_inventory`.
    goals : what is wanted, with a window for the sizing answer.
    card : the model card to predict with; not given, the shipped one.
    defaults, costs : rows over the shipped tables of what is taken where nothing is said; what changes cost.
    engine : who answers; not given, the cores of this machine.

    Returns
    -------
    StoredTables : `summary`, and `frame(name)` for each of the tables clusters, hosts, vms, curves and set_aside.
        They stand in a folder that lives as long as they do.

    Raises
    ------
    CardError
        When the card is of another platform.

    Examples
    --------
    >>> from advisor.intake.inventory import read_inventory
    >>> from advisor.shipped import shipped_path
    >>> answer = batch(read_inventory([shipped_path("data", "examples", "inventories", "small")]))
    >>> answer.summary.hosts, answer.rows("hosts")
    (10, 10)
    """
    scratch = tempfile.TemporaryDirectory(prefix="advisor-batch-")
    question = question_of(goals or Goals(), card, defaults, costs)
    found = run_batch(inventory, question, Path(scratch.name) / "parts", engine=engine)
    weakref.finalize(found, scratch.cleanup)
    return found


def run_batch(
    inventory: Inventory,
    question: Question,
    folder: Path,
    *,
    engine: Engine | None = None,
    resume: bool = False,
    sink: Sink | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> StoredTables:
    """Answer an inventory; parts stand in `folder` until the caller clears it.

    Parameters
    ----------
    engine : who answers; not given, the cores of this machine.
    resume : take up the parts of a run that was stopped.
    sink : takes all rows in order as they come.
    watch : is told how far it is.

    Raises
    ------
    InputError
        When the parts to be taken up answer another question.
    """
    plan = plan_of(inventory)
    fingerprint = hashlib.sha256(f"{inventory.fingerprint} {question.fingerprint} {plan.edges}".encode()).hexdigest()
    store = Store(folder, fingerprint)
    there = store.open(resume=resume)
    totals, taker, moved = Totals(), sink or _Nowhere(), set[str]()
    counts = [plan.vms(inventory, number) for number in range(plan.parts)]
    done = set(there)
    asides = count()

    def tell() -> None:
        if watch is not None:
            watch(Progress(len(done), plan.parts, sum(counts[number] for number in done), sum(counts)))

    def hand_on(name: str, batches: Iterable[pa.RecordBatch]) -> None:
        for batch in batches:
            totals.add(name, batch)
            taker.append(name, batch)
            if name == "vms":
                moved.update(pc.unique(batch["move"]).to_pylist())

    def set_aside(rows: Sequence[SetAside]) -> None:
        if rows:
            batch = set_aside_batch(rows)
            store.put_set_aside(next(asides), batch)
            hand_on("set_aside", [batch])

    def in_turn(turn: int) -> int:
        """Give the sink every part whose turn has come."""
        while turn in done:
            for name in PARTED:
                hand_on(name, store.part(name, turn))
            turn += 1
        return turn

    with ExitStack() as ends:
        scratch = Path(ends.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH)))
        tell()
        turn = in_turn(0)
        set_aside(inventory.set_aside)
        wanted = frozenset(range(plan.parts)) - there
        # Who is stopped closes at once what is open: files, then workers' processes.
        whole = ends.enter_context(closing(spill(inventory, plan, wanted, scratch, set_aside)))
        answers = (engine or Local()).answers(
            whole, lambda number: partition_of(inventory, plan, number, scratch), question
        )
        for number, tables in ends.enter_context(closing(answers)):
            store.put(number, tables)
            done.add(number)
            tell()
            turn = in_turn(turn)
    return StoredTables(store, summary_of(inventory, question, totals, moved))


def summary_of(inventory: Inventory, question: Question, totals: Totals, moved: Collection[str]) -> BatchSummary:
    """Totals of a batch, with what was taken for granted; `moved` are the kinds of move in it."""
    goals = question.goals
    return BatchSummary(
        inventory=tuple(Path(file).name for file in inventory.files),
        formats=tuple(dict.fromkeys(table.format for table in inventory.mapped)),
        note=inventory.note,
        goals=goals,
        clusters=totals.clusters,
        hosts=totals.hosts,
        hosts_alone=sum(host.cluster is None for host in inventory.hosts),
        vms=totals.vms,
        memory_gib=totals.total_gib,
        rows_read=inventory.rows_read,
        rows_set_aside=inventory.rows_set_aside,
        rows_missed=int(inventory.missed_of_host.sum()),
        verdicts=dict(sorted(totals.verdicts.items())),
        reasons=dict(totals.reasons.most_common()),
        set_aside=dict(totals.set_aside.most_common()),
        limits=dict(totals.limits.most_common()),
        hosts_missing=totals.windows["misses"] if goals.window_s is not None else None,
        hosts_unknown=totals.windows["unknown"],
        obstacles=dict(totals.obstacles.most_common()),
        helped_by=dict(totals.helped_by.most_common()),
        drain_s_p50_longest=_longest(totals, totals.longest_p50),
        drain_s_p95_longest=_longest(totals, totals.longest_p95),
        settings=dict(totals.settings.most_common()),
        assumptions=_assumptions(question, totals, _room(inventory), disks=bool(set(moved) - {MoveKind.MEMORY.value})),
        reason_words={
            code: words
            for code, words in (REASON_WORDS | HOST_WORDS).items()
            if code in totals.reasons or code in totals.obstacles
        },
        card=question.card.name,
    )


def _longest(totals: Totals, seconds: float) -> float | None:
    """To four digits; nothing where there are VMs and none of them can be timed."""
    return None if totals.limits["unknown"] and not seconds else float(significant(seconds))


def _room(inventory: Inventory) -> Assumption:
    """How far it was looked at whether the other nodes of a cluster take a host's VMs."""
    nodes = [host for host in inventory.hosts if host.cluster is not None]
    untold = sum(host.memory_gib is None for host in nodes)
    unchecked = f"; not checked beside {untold} of {len(nodes)} nodes, whose memory is not known" if untold else ""
    return Assumption(
        what="room on the other nodes",
        value=f"by sums of memory, no node kept in reserve{unchecked}",
        why=f"assumption: a host keeps {HOST_KEEPS_GIB:g} GiB; `advisor drain` and `advisor patch` place each VM",
    )


def _assumptions(question: Question, totals: Totals, room: Assumption, *, disks: bool) -> tuple[Assumption, ...]:
    """Defaults that were taken, with how often, and what the model takes for granted of every drain."""
    assumed = assumed_from(question.defaults)
    found = [_taken(column, count, totals.hosts, assumed) for column, count in totals.assumed.most_common()]
    if disks:
        found.append(_OF_DISKS)
    return (
        *_given_in_vain(question, totals, assumed),
        *found,
        Assumption(what="order of a drain", value="largest VM first", why="assumption: the rest fills what is left"),
        Assumption(
            what="destination of VMs",
            value="hosts of the next kind in the cluster, as idle as the source, with storage as fast as most",
            why="assumption: nodes of a cluster are alike",
        ),
        room,
        Assumption(what="drains", value="one host at a time", why="assumption: as in maintenance"),
    )


def _given_in_vain(question: Question, totals: Totals, assumed: Assumed) -> list[Assumption]:
    """Defaults that somebody gave, and that nothing was taken from."""
    shipped = set(load_defaults())
    given = [row.column for row in question.defaults if row not in shipped]
    return [
        Assumption(what=column, value=_range(assumed.values[column]), why=_IN_VAIN)
        for column in given
        if column.removeprefix("host.") not in totals.assumed
    ]


def _taken(column: str, count: int, hosts: int, assumed: Assumed) -> Assumption:
    """A default that was taken: how often, its range and its source."""
    kind, dot, name = column.rpartition(".")
    of = {"": "", "vm": " of VMs", "cluster": " of the clusters"}[kind]
    key = column if dot else f"host.{column}"
    known = key in assumed.values
    return Assumption(
        what=f"{name}{of} of {count} of {hosts} hosts",
        value=_range(assumed.values[key]) if known else "1",
        why=assumed.sources[key]
        if known
        else "the default of clusters of Windows Server 2022 and later, which counts over the hosts' own limit",
    )


def _range(values: tuple[Any, Any, Any]) -> str:
    low, middle, high = (getattr(value, "value", value) for value in values)
    return f"{middle}" if low == high else f"{middle} ({low} to {high})"
