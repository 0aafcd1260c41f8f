"""Flags and commands in the library's sentences, called by the names of the fields and tabs of this page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from advisor.ui.fleet.goals import LABELS

READ_AS: Final = "Correct a column"
TAKEN: Final = "Taken where the inventory does not say"
SIZING: Final = "Sizing"
DRAINING: Final = "Drain a host"
PATCHING: Final = "Patch night"
UNDER: Final[Mapping[str, str]] = {
    "recommended": "Setting",
    "transport": "Transport",
    "simultaneous": "Moves at once",
    "reserve": "Nodes in reserve",
}
"""What each field of the setting is called."""

_FIELDS: Final[Mapping[str, str]] = {
    **{name.replace("_", "-"): label for name, label in LABELS.items()},
    **UNDER,
    "column": READ_AS,
    "default": TAKEN,
}
_TABS: Final = {"batch": SIZING, "drain": DRAINING, "patch": PATCHING}
_FLAG: Final = re.compile(rf"(?<![\w-])--({'|'.join(_FIELDS)})(?![\w-])(?: (?=\d))?")
_COMMAND: Final = re.compile(rf"`advisor ({'|'.join(_TABS)})(?: ([^`]*))?`")


def in_labels(text: str) -> str:
    """A sentence of the library, as this page calls what it speaks of.

    Examples
    --------
    >>> in_labels("without a reserve (--reserve 0) they find room")
    'without a reserve (“Nodes in reserve” 0) they find room'
    >>> in_labels("one node is left; see `advisor patch branch`")
    'one node is left; see “Patch night” of branch'
    >>> in_labels("given, as in --default host.rdma=roce"), in_labels("--transports")
    ('given, as in “Taken where the inventory does not say” host.rdma=roce', '--transports')
    """
    told = _FLAG.sub(lambda found: f"“{_FIELDS[found[1]]}”" + (" " if found[0].endswith(" ") else ""), text)
    return _COMMAND.sub(lambda found: f"“{_TABS[found[1]]}”" + (f" of {found[2]}" if found[2] else ""), told)
