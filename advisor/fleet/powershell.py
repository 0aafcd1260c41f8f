"""Names put into PowerShell commands: what an inventory calls a VM or a node must stay a name."""

from __future__ import annotations

from typing import Final

# PowerShell ends a single-quoted text at any of these; one that is doubled is part of the text.
_QUOTES: Final = (
    "'",
    "\N{LEFT SINGLE QUOTATION MARK}",
    "\N{RIGHT SINGLE QUOTATION MARK}",
    "\N{SINGLE LOW-9 QUOTATION MARK}",
    "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}",
)
_DOUBLED: Final = str.maketrans({quote: quote * 2 for quote in _QUOTES})


def quoted(name: str) -> str:
    """A name as a single-quoted PowerShell text, in which nothing is expanded or run.

    References
    ----------
    Microsoft, about_Quoting_Rules, https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about.

    Examples
    --------
    >>> quoted("web 01"), quoted("x'; Stop-VM *; '")
    ("'web 01'", "'x''; Stop-VM *; '''")
    """
    return f"'{name.translate(_DOUBLED)}'"
