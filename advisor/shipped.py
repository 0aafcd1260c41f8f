"""Finds the data and models that come with advisor: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped_path(*parts: str) -> Path:
    """Path of a shipped file, such as ``shipped_path("data", "workloads.csv")``.

    Raises
    ------
    FileNotFoundError
        When neither the installed package nor the checkout holds it: a broken installation.

    Examples
    --------
    >>> shipped_path("data", "workloads.csv").name
    'workloads.csv'
    """
    for root in (_PACKAGE / "_shipped", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"{'/'.join(parts)} is missing from this installation of advisor; install it again")


@cache
def edition() -> str:
    """A hash over the program and its shipped tables: two installations of one edition answer alike.

    Examples
    --------
    >>> len(edition())
    64
    """
    tables = shipped_path("data")
    files = [(path.relative_to(_PACKAGE), path) for path in _PACKAGE.rglob("*.py")]
    files += [(path.relative_to(tables), path) for path in tables.glob("*.csv")]
    found = hashlib.sha256()
    for name, path in sorted((name.as_posix(), path) for name, path in files):
        found.update(f"{name}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
