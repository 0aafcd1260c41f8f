"""Finds the data and models that come with advisor: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

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
