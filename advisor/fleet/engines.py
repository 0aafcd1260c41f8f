"""Engines: who answers the partitions. Every engine gives the same answers; they differ in how long that takes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Protocol

from advisor.errors import InputError, Problem
from advisor.fleet.cluster_group import Partition
from advisor.fleet.solve import Question, solve
from advisor.fleet.written import Tables, batch_of

# A worker takes 220 to 300 MB while it answers a partition, the program that feeds them 450 MB: four of them stay about
# 1.5 GB (python -m tests.bench.bench_batch prints what they take). --jobs asks for more.
_MOST_WORKERS: Final = 4
# A partition whose worker died is given to another so many times before something else must be wrong.
_TRIES: Final = 4
# Workers that were started with their scheduler have found it by then.
_WORKERS_WITHIN_S: Final = 10
# Above this Dask warns of a task that carries much data; a partition is some 10 MB.
_LARGEST_TASK: Final = "1 GB"

Load = Callable[[int], Partition]


class Engine(Protocol):
    """Answers partitions in any order."""

    def answers(self, numbers: Sequence[int], load: Load, question: Question) -> Iterator[tuple[int, Tables]]:
        """Number and tables of each partition as it is answered.

        Parameters
        ----------
        load : reads one partition; called as late as possible, for what is read is held.
        """
        ...


def solved(partition: Partition, question: Question) -> tuple[int, Tables]:
    """One partition's tables as Arrow: what a worker does."""
    return partition.number, {name: batch_of(name, columns) for name, columns in solve(partition, question).items()}


class Local:
    """The cores of this machine, by joblib.

    Parameters
    ----------
    jobs : worker processes; not given, one a core, as long as they fit the memory.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self.jobs = jobs or min(os.cpu_count() or 1, _MOST_WORKERS)

    def answers(self, numbers: Sequence[int], load: Load, question: Question) -> Iterator[tuple[int, Tables]]:
        """See `Engine`. A partition whose worker is killed is given to another."""
        if self.jobs == 1 or len(numbers) == 1:
            for number in numbers:
                yield solved(load(number), question)
            return
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        held: dict[int, Partition] = {}

        def tasks(left: Sequence[int]) -> Iterator[Any]:
            for number in left:
                if number not in held:
                    held[number] = load(number)
                yield delayed(solved)(held[number], question)

        left = list(numbers)
        for attempt in range(_TRIES):
            workers = Parallel(
                n_jobs=self.jobs, return_as="generator_unordered", pre_dispatch=self.jobs + 1, batch_size=1,
                max_nbytes=None,
            )  # fmt: skip
            found = workers(tasks(left))
            try:
                for number, tables in found:
                    left.remove(number)
                    held.pop(number, None)
                    yield number, tables
            except TerminatedWorkerError:
                if attempt == _TRIES - 1:
                    raise
            finally:
                with warnings.catch_warnings():
                    # Whoever stops a run knows that work in hand is lost.
                    warnings.simplefilter("ignore", UserWarning)
                    found.close()
            if not left:
                return


class Cluster:
    """The workers of a Dask cluster.

    Parameters
    ----------
    scheduler : address of its scheduler, such as tcp://head:8786.

    Raises
    ------
    InputError
        When Dask is not installed, no scheduler answers there, or it has no worker.
    """

    def __init__(self, scheduler: str) -> None:
        self.scheduler = scheduler
        try:
            from distributed import Client
        except ImportError:
            raise InputError(
                Problem(
                    "needs Dask, which is not installed",
                    column="--engine",
                    value="dask",
                    mend="install live-migration-advisor[cluster], here and where the workers run",
                )
            ) from None
        try:
            self.client: Any = Client(scheduler, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                Problem(
                    "no scheduler answers",
                    column="--scheduler",
                    value=scheduler,
                    allowed="an address such as tcp://head:8786",
                    mend=f"start one with `dask scheduler` ({type(error).__name__})",
                )
            ) from None
        try:
            self.client.wait_for_workers(1, timeout=_WORKERS_WITHIN_S)
        except TimeoutError:
            self.client.close()  # type: ignore[no-untyped-call]
            raise InputError(
                Problem(
                    "the scheduler has no worker",
                    column="--scheduler",
                    value=scheduler,
                    mend=f"start some with `dask worker {scheduler}`, one a machine",
                )
            ) from None

    def answers(self, numbers: Sequence[int], load: Load, question: Question) -> Iterator[tuple[int, Tables]]:
        """See `Engine`. Dask gives the partition of a worker that dies to another by itself."""
        import dask.config
        from distributed import as_completed

        client = self.client

        def submit(number: int) -> Any:
            # Data that is sent ahead is lost with its worker; what is part of the task is not, and may be large.
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": _LARGEST_TASK}):
                return client.submit(solved, load(number), question, pure=False, retries=_TRIES)

        try:
            threads = max(sum(client.nthreads().values()), 1)
            waiting = iter(numbers)
            # Two a thread: one that is answered, one on its way.
            done: Any = as_completed(  # type: ignore[no-untyped-call]
                [submit(number) for number in islice(waiting, 2 * threads)], loop=client.loop
            )
            for future in done:
                yield future.result()
                future.release()
                for number in islice(waiting, 1):
                    done.add(submit(number))
        finally:
            client.close()
