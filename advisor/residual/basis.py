"""What a number rests on: runs that cover the case, runs of the same transport elsewhere, or physics alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.domain.answers import Basis
from advisor.residual.card import Coverage

# What runs that cover a case are called.
PROVEN = frozenset({Basis.CALIBRATED, Basis.PUBLISHED})

# A little beyond the measured range is still within it: constants are smooth.
_MARGIN = 1.25


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Where a case lies, in the terms of `Coverage`."""

    transport: str
    nic_gbps: float
    nic_count: float
    memory_gib: float
    simultaneous: float
    version: str


def basis(facts: CaseFacts, coverage: Mapping[str, Coverage]) -> Basis:
    """The basis of a number for a case.

    Examples
    --------
    >>> seen = Coverage("published", 4, 1, (10, 10), (1, 2), (55, 55), (1, 1), ("2012R2",))
    >>> case = CaseFacts("tcpip", 10, 1, 55, 1, "2012R2")
    >>> basis(case, {"tcpip": seen}).value
    'published'
    >>> basis(CaseFacts("tcpip", 25, 1, 55, 1, "2019"), {"tcpip": seen}).value
    'extrapolated'
    >>> basis(CaseFacts("rdma", 25, 1, 55, 1, "2019"), {"tcpip": seen}).value
    'physics'
    """
    seen = coverage.get(facts.transport)
    if seen is None:
        return Basis.PHYSICS
    inside = facts.version in seen.versions and all(
        low / _MARGIN <= value <= high * _MARGIN
        for value, (low, high) in (
            (facts.nic_gbps, seen.nic_gbps),
            (facts.nic_count, seen.nic_count),
            (facts.memory_gib, seen.memory_gib),
            (facts.simultaneous, seen.simultaneous),
        )
    )
    if not inside:
        return Basis.EXTRAPOLATED
    return Basis.CALIBRATED if seen.evidence == "calibrated" else Basis.PUBLISHED
