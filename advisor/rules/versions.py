"""The versions rules speak of."""

from __future__ import annotations

from advisor.domain.hosts import QEMU, WINDOWS, Os


def since(first: Os) -> frozenset[Os]:
    """A version and every later one of its platform, Azure Local among them.

    Examples
    --------
    >>> sorted(since(Os.WS2022))
    [<Os.WS2022: '2022'>, <Os.WS2025: '2025'>, <Os.AZURE_LOCAL: 'AzureLocal'>]
    """
    return span(first, WINDOWS[-1] if first in WINDOWS else QEMU[-1])


def span(first: Os, last: Os) -> frozenset[Os]:
    """The versions from one to another, both included.

    Examples
    --------
    >>> sorted(span(Os.WS2012, Os.WS2016))
    [<Os.WS2012: '2012'>, <Os.WS2012R2: '2012R2'>, <Os.WS2016: '2016'>]
    """
    versions = WINDOWS if first in WINDOWS else QEMU
    return frozenset(versions[versions.index(first) : versions.index(last) + 1])


EVERY = frozenset(WINDOWS)
EVERY_QEMU = frozenset(QEMU)
AZURE_LOCAL = frozenset({Os.AZURE_LOCAL})
