"""Engines: who answers the partitions. Every engine gives the same answers; they differ in how long that takes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from itertools import chain, islice
from typing import Any, Final, Protocol

from advisor.errors import InputError, Problem, WorkersLostError
from advisor.fleet.cluster_group import Partition
from advisor.fleet.solve import Question, solve
from advisor.fleet.written import Tables, batch_of
from advisor.shipped import edition

# A worker takes 220 to 300 MB while it answers a partition, the program that feeds them 450 MB: four of them stay about
# 1.5 GB (python -m tests.bench.bench_batch prints what they take). --jobs asks for more.
_MOST_WORKERS: Final = 4
# A partition whose worker died is given to another so many times before something else must be wrong.
_TRIES: Final = 4
# Workers are as many as the cores: threads of linear algebra in each would only be in each other's way.
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# Workers that were started with their scheduler have found it by then.
_WORKERS_WITHIN_S: Final = 10
# Above this Dask warns of a task that carries much data; a partition is some 10 MB.
_LARGEST_TASK: Final = "1 GB"

Load = Callable[[int], Partition]
Answers = Generator[tuple[int, Tables], None, None]


class Engine(Protocol):
    """Answers partitions in any order."""

    def answers(self, numbers: Iterable[int], load: Load, question: Question) -> Answers:
        """Number and tables of each partition as it is answered.

        Parameters
        ----------
        numbers : the partitions, each as soon as it can be loaded.
        load : reads one partition; called as late as possible, for what is read is held.

        Raises
        ------
        WorkersLostError
            When workers die at it again and again.
        """
        ...


def solved(partition: Partition, question: Question) -> tuple[int, Tables]:
    """One partition's tables as Arrow: what a worker does.

    Raises
    ------
    WorkersLostError
        When the worker is of another edition than the program that asks: the bytes might differ.
    """
    if edition() != question.edition:
        raise WorkersLostError(
            "a worker has another version of advisor, and might answer otherwise; mend: install the same version "
            "where the workers run, and start them again"
        )
    return partition.number, {name: batch_of(name, columns) for name, columns in solve(partition, question).items()}


class Local:
    """The cores of this machine, by the worker processes of joblib.

    Parameters
    ----------
    jobs : worker processes; not given, one a core, as long as they fit the memory.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self.jobs = jobs or min(os.cpu_count() or 1, _MOST_WORKERS)

    def answers(self, numbers: Iterable[int], load: Load, question: Question) -> Answers:
        """See `Engine`. A partition whose worker is killed is given to another."""
        every = iter(numbers)
        first = list(islice(every, 2))
        if self.jobs == 1 or len(first) < 2:  # a process of its own would take longer to start
            for number in chain(first, every):
                yield solved(load(number), question)
            return
        yield from self._by_workers(chain(first, every), load, question)

    def _by_workers(self, numbers: Iterator[int], load: Load, question: Question) -> Answers:
        # joblib's own loop asks for tasks in a thread of its own; here the inventory is read while workers answer,
        # and that has to stop where the program is stopped.
        from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

        held: dict[int, Partition] = {}
        died = 0
        while True:
            workers = ProcessPoolExecutor(self.jobs, env=_ONE_THREAD, initializer=_leave_stopping)
            try:
                asked = {workers.submit(solved, partition, question) for partition in held.values()}
                while True:
                    for number in islice(numbers, self.jobs + 1 - len(asked)):
                        held[number] = load(number)
                        asked.add(workers.submit(solved, held[number], question))
                    if not asked:
                        return
                    done, asked = wait(asked, return_when=FIRST_COMPLETED)
                    for one in done:
                        number, tables = one.result()
                        del held[number]
                        died = 0
                        yield number, tables
            except BrokenProcessPool:
                died += 1
                if died == _TRIES:
                    raise WorkersLostError(_lost(held)) from None
            finally:
                workers.shutdown(kill_workers=True)


def _leave_stopping() -> None:
    """Leave it to the program to stop its workers: Ctrl-C reaches every process of a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _lost(numbers: Iterable[int]) -> str:
    parts = ", ".join(str(number) for number in sorted(numbers))
    return (
        f"workers died {_TRIES} times running at the same parts ({parts}), most likely for want of memory; "
        "mend: fewer at once (--jobs 1), or machines with more memory (--engine dask), with --resume for what is done"
    )


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

    def answers(self, numbers: Iterable[int], load: Load, question: Question) -> Answers:
        """See `Engine`. Dask gives the partition of a worker that dies to another by itself."""
        from concurrent.futures import CancelledError

        import dask.config
        from distributed import KilledWorker, as_completed
        from distributed.comm.core import CommClosedError

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
        except KilledWorker as error:
            raise WorkersLostError(f"workers of the cluster died again and again ({error})") from None
        except (CancelledError, CommClosedError):
            raise WorkersLostError(
                f"the scheduler {self.scheduler} is gone; mend: start it and its workers again, and go on with --resume"
            ) from None
        except RuntimeError as error:
            if "deserializ" not in str(error):
                raise
            raise WorkersLostError(
                f"the scheduler {self.scheduler} cannot read the work it is given; mend: install the same version of "
                "live-migration-advisor[cluster] where it runs"
            ) from None
        finally:
            client.close()
