"""Formats of tables: what tells each, and where the columns of an estate stand in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from pydantic import BaseModel

from advisor.domain.estate import EstateCluster, EstateHost, EstateVm
from advisor.intake.inventory.columns import Take
from advisor.intake.inventory.figures import Figures
from advisor.intake.inventory.readings import reading_of
from advisor.intake.validation import letters_of

Holds = Literal["vms", "hosts", "clusters", "nics"]
Tells = Literal["own", "hyperv", "either", "vmware", "servers"]


@dataclass(frozen=True)
class Layout:
    """One format of one table.

    Attributes
    ----------
    name : what people call it.
    holds : what a row is.
    model : the word of the estate that its columns fill.
    takes : where they stand.
    needs : of each of these groups of headers the table has one at least.
    called : what a file or sheet of it is called, small letters; it decides between two formats that fit.
    tells : our own table; Hyper-V; Hyper-V or VMware, which the rows show; VMware; servers to be moved.
    beside : it adds to VMs that another table lists, and stands for that table where there is none.
    """

    name: str
    holds: Holds
    model: type[BaseModel]
    takes: tuple[Take, ...]
    needs: tuple[tuple[str, ...], ...]
    called: tuple[str, ...] = ()
    tells: Tells = "hyperv"
    beside: bool = False

    @cached_property
    def columns(self) -> frozenset[str]:
        """Columns of the estate that a person may say stand in such a table."""
        taken = {take.column for take in self.takes if not take.column.startswith("_")}
        # Of NICs, and of tables beside others, nothing else is asked for.
        own = () if self.holds == "nics" or self.beside else self.model.model_fields
        return frozenset(taken | set(own))

    def take_of(self, column: str) -> Take:
        """How a column is read where a person says which one it is: words as this format has them, numbers plainly."""
        known = next((take for take in self.takes if take.column == column), None)
        if known is None or isinstance(known.read, Figures):
            return Take(column, (), reading_of(self.model, column))
        return Take(column, known.headers, known.read)

    def stands_for(self, group: Sequence[str], given: Collection[str]) -> bool:
        """Whether one of the columns that a person names is what this group of headers is needed for."""
        return any(take.column in given and not set(take.headers).isdisjoint(group) for take in self.takes)


def _own(name: str, holds: Holds, model: type[BaseModel], needs: Sequence[Sequence[str]]) -> Layout:
    takes = tuple(Take(column, (letters_of(column),), reading_of(model, column)) for column in model.model_fields)
    groups = tuple(tuple(letters_of(one) for one in group) for group in needs)
    return Layout(name, holds, model, takes, groups, (holds,), "own")


_HOST_TELLING: Final = [name for name in EstateHost.model_fields if "_" in name or name in {"cores", "rdma", "vnics"}]
_CLUSTER_TELLING: Final = [name for name in EstateCluster.model_fields if "_" in name] + ["storage", "kind"]

OWN: Final = (
    _own("advisor's table of VMs", "vms", EstateVm, [["vm"], ["memory_gib"]]),
    _own("advisor's table of hosts", "hosts", EstateHost, [["host"], _HOST_TELLING]),
    _own("advisor's table of clusters", "clusters", EstateCluster, [["cluster"], _CLUSTER_TELLING]),
)
"""Our own tables, whose columns are the fields of the estate."""
