"""Whether this process may set up links between network namespaces."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from advisor.errors import Problem

# Their numbers in a set of capabilities (capabilities(7), linux/capability.h).
_NEEDED: Final = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}


def lacking_rights() -> list[Problem]:
    """The capabilities that this process and the programs it starts do not have."""
    table = Path("/proc/self/status")
    text = table.read_text(encoding="ascii", errors="replace") if table.exists() else ""
    root = os.geteuid() == 0
    missing = missing_capabilities(text, root=root)
    if not missing:
        return []
    if root:
        mend = f"start the container with {' '.join(f'--cap-add {name[4:]}' for name in missing)}"
    else:
        mend = "run the same command with sudo"
    needs = "links between network namespaces need root, or the capabilities"
    return [Problem(f"{needs} {' and '.join(_NEEDED)}", value=f"no {' and no '.join(missing)}", mend=mend)]


def missing_capabilities(status: str, *, root: bool) -> list[str]:
    """The needed capabilities that a process's programs would not have.

    Root's programs have what root has; those of another user keep only ambient capabilities (capabilities(7)).

    Parameters
    ----------
    status : the text of /proc/self/status.

    Examples
    --------
    >>> missing_capabilities("CapEff: 0000000000201000", root=True)
    []
    >>> missing_capabilities("CapEff: 0000000000201000 CapAmb: 0000000000001000", root=False)
    ['CAP_SYS_ADMIN']
    """
    found = re.search(rf"Cap{'Eff' if root else 'Amb'}:\s*([0-9a-f]+)", status)
    held = int(found[1], 16) if found else 0
    return [name for name, bit in _NEEDED.items() if not held >> bit & 1]
