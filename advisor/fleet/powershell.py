"""Names put into PowerShell commands: what an inventory calls a VM or a node must stay a name."""

from __future__ import annotations

from typing import Final

from advisor.domain.drain import Way

# PowerShell ends a single-quoted text at any of these; one that is doubled is part of the text.
_QUOTES: Final = (
    "'",
    "\N{LEFT SINGLE QUOTATION MARK}",
    "\N{RIGHT SINGLE QUOTATION MARK}",
    "\N{SINGLE LOW-9 QUOTATION MARK}",
    "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}",
)
# What a name given to a command may be read as a pattern for.
_WILD: Final = frozenset("*?[]`")
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


def move_command(vm: str, destination: str, way: Way) -> str:
    """The command that moves a VM; one whose name could be read as a pattern is found by comparing names.

    References
    ----------
    Microsoft, Move-ClusterVirtualMachineRole, https://learn.microsoft.com/powershell/module/failoverclusters.
    Microsoft, Move-VM, https://learn.microsoft.com/powershell/module/hyper-v/move-vm.
    Microsoft, about_Wildcards, https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about.

    Examples
    --------
    >>> move_command("web", "hv2", "live")
    "Move-ClusterVirtualMachineRole -Name 'web' -Node 'hv2' -MigrationType Live"
    >>> move_command("sql[1]", "hv2", "live")
    "Get-ClusterGroup | where Name -eq 'sql[1]' | Move-ClusterVirtualMachineRole -Node 'hv2' -MigrationType Live"
    >>> move_command("web", "hv2", "storage")
    "Move-VM -Name 'web' -DestinationHost 'hv2' -IncludeStorage"
    """
    if way == "storage":
        found, command, rest = "Get-VM", "Move-VM", f"-DestinationHost {quoted(destination)} -IncludeStorage"
    elif way == "role":
        found, command, rest = "Get-ClusterGroup", "Move-ClusterGroup", f"-Node {quoted(destination)}"
    else:
        kind = "Quick" if way == "quick" else "Live"
        found, command = "Get-ClusterGroup", "Move-ClusterVirtualMachineRole"
        rest = f"-Node {quoted(destination)} -MigrationType {kind}"
    if _WILD & set(vm):
        return f"{found} | where Name -eq {quoted(vm)} | {command} {rest}"
    return f"{command} -Name {quoted(vm)} {rest}"
