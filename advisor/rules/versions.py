"""The Windows versions rules speak of."""

from __future__ import annotations

from advisor.domain.hosts import Os


def since(first: Os) -> frozenset[Os]:
    """A version and every later one, Azure Local among them.

    Examples
    --------
    >>> sorted(since(Os.WS2022))
    [<Os.WS2022: '2022'>, <Os.WS2025: '2025'>, <Os.AZURE_LOCAL: 'AzureLocal'>]
    """
    return span(first, Os.AZURE_LOCAL)


def span(first: Os, last: Os) -> frozenset[Os]:
    """The versions from one to another, both included.

    Examples
    --------
    >>> sorted(span(Os.WS2012, Os.WS2016))
    [<Os.WS2012: '2012'>, <Os.WS2012R2: '2012R2'>, <Os.WS2016: '2016'>]
    """
    versions = list(Os)
    return frozenset(versions[versions.index(first) : versions.index(last) + 1])


EVERY = frozenset(Os)
AZURE_LOCAL = frozenset({Os.AZURE_LOCAL})
