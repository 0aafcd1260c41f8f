"""Looking for words in the rows of tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")

MOST_LETTERS: Final = 200
"""Of what is looked for, the rest is passed over."""

_WORDS: Final = re.compile(r'"([^"]+)"|([^\s"]+)')


def mentions(wanted: str, texts: Iterable[str]) -> bool:
    """Whether every word wanted stands somewhere in the texts; what stands in quotes stands there as it is, whole.

    Examples
    --------
    >>> mentions("rdma SMB", ["SMB Direct", "needs RDMA NICs"]), mentions("rdma iwarp", ["needs RDMA NICs"])
    (True, False)
    >>> mentions('"claim 3"', ["claim 38"]), mentions("claim 3", ["claim 38"]), mentions(" ", [])
    (False, True, True)
    """
    whole = "\n".join(texts)
    return all(pattern.search(whole) for pattern in _patterns(wanted))


def found(wanted: str, items: Sequence[Item], texts: Callable[[Item], Iterable[str]]) -> list[Item]:
    """The items whose texts mention all that is wanted.

    Examples
    --------
    >>> found("s", ["ms", "GiB"], lambda unit: [unit])
    ['ms']
    """
    patterns = _patterns(wanted)
    if not patterns:
        return list(items)
    return [item for item in items if all(pattern.search("\n".join(texts(item))) for pattern in patterns)]


def _patterns(wanted: str) -> list[re.Pattern[str]]:
    return [
        re.compile(rf"(?<!\w){re.escape(whole)}(?!\w)" if whole else re.escape(part), re.IGNORECASE)
        for whole, part in _WORDS.findall(wanted[:MOST_LETTERS])
    ]
