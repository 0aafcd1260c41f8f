"""How the cells of exports are read: sizes, speeds, shares, states and words in the spellings that programs use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel

from advisor.domain.describe import is_list, types_in, unit
from advisor.domain.estate import EstateVm, MoveKind, Priority, VmState
from advisor.domain.hosts import Os
from advisor.domain.shipped_tables import load_workloads
from advisor.intake.inventory.columns import Read
from advisor.intake.inventory.figures import How, config_version, count, size, speed
from advisor.intake.inventory.quantities import UNKNOWN
from advisor.intake.validation import canonical, letters_of

_YES: Final = frozenset({"true", "yes", "on", "1", "y", "t", "x", "enabled", "wahr", "ja", "vrai", "oui", "verdadero"})
_NO: Final = frozenset({"false", "no", "off", "0", "n", "f", "disabled", "falsch", "nein", "faux", "non", "falso"})

# What Export-Csv writes in place of a collection: the name of its type.
_TYPE_NAME: Final = re.compile(r"(System|Microsoft|Deserialized)\.[\w.]+([`\[].*)?")

# A spreadsheet runs a cell that begins so as a formula; programs that know write such text behind an apostrophe.
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")

_SCVMM: Final = re.compile(r"SCVMM (.+) Resources(?: \(\d+\))?")

_LINK_UP: Final = frozenset({"up", "connected", "true", "ok", "on"})
"""Words for a link that is there; any other says that it is not."""

# States of a VM by the names and numbers of Hyper-V's VMState and Msvm_ComputerSystem, vSphere, and plain words.
_STATES: Final[Mapping[str, VmState]] = {
    **dict.fromkeys("running on poweredon up started online enabled".split(), VmState.RUNNING),
    **dict.fromkeys("starting stopping reset resuming runningcritical other snapshotting".split(), VmState.RUNNING),
    **dict.fromkeys("startingcritical stoppingcritical resetcritical resumingcritical".split(), VmState.RUNNING),
    **dict.fromkeys("2 10 4 11 1 32777 32781 32783 32786 32787 32790 32771 32774".split(), VmState.RUNNING),
    **dict.fromkeys(
        "off poweredoff poweroff stored stopped down offline disabled shutdown offcritical 3 32782".split(), VmState.OFF
    ),
    **dict.fromkeys("saved saving suspended savedcritical savingcritical hibernated".split(), VmState.SAVED),
    **dict.fromkeys("fastsaved fastsaving fastsavedcritical fastsavingcritical".split(), VmState.SAVED),
    **dict.fromkeys("6 32769 32773 32779 32780 32784 32788 32791 32792".split(), VmState.SAVED),
    **dict.fromkeys("paused pausing pausedcritical pausingcritical 9 32776 32785 32789".split(), VmState.PAUSED),
    **dict.fromkeys("template storedtemplate".split(), VmState.TEMPLATE),
}

VMWARE_WORDS: Final = frozenset({"poweredon", "poweredoff", "esx"})
"""What only an inventory of vSphere says of its VMs' states and its hosts' versions."""

HYPERV_WORDS: Final = frozenset({"on", "off", "running", "saved", "paused", "starting", "windows"})
"""What only an inventory of Hyper-V says of them."""

CLUSTERED: Final = "_clustered"
"""Stands among such words where some VM is clustered."""

# Builds of Windows Server, and of Azure Local where they are its own.
_BUILDS: Final[Mapping[str, Os]] = {
    "9200": Os.WS2012, "9600": Os.WS2012R2, "14393": Os.WS2016, "17763": Os.WS2019, "20348": Os.WS2022,
    "26100": Os.WS2025, "17784": Os.AZURE_LOCAL, "20349": Os.AZURE_LOCAL, "25398": Os.AZURE_LOCAL,
}  # fmt: skip
_BUILD: Final = re.compile(r"(?<!\d)(?:10\.0\.|6\.[23]\.)?(\d{4,5})(?!\d)", re.ASCII)
_YEAR: Final = re.compile(r"(?<!\d)(20(?:12|16|19|22|25))(?!\d)\s*(R2)?", re.ASCII | re.IGNORECASE)


def text(cell: str, how: How) -> str | None:
    """Text on one line."""
    del how
    found = " ".join(cell.split())
    if _GUARDED.match(found):
        found = found[1:]
    return None if found.lower() in UNKNOWN or _TYPE_NAME.fullmatch(found) else found


def name(cell: str, how: How) -> str | None:
    """A name: any text counts but an empty one."""
    del how
    found = cell.strip()
    if not found.isprintable():
        found = "".join(sign for sign in " ".join(found.split()) if sign.isprintable())
    return (found[1:] if _GUARDED.match(found) else found) or None


def names(cell: str, how: How) -> tuple[str, ...] | None:
    """Names parted by semicolons; the name of a collection's type says nothing."""
    if _TYPE_NAME.fullmatch(cell.strip()):
        return None
    found = tuple(dict.fromkeys(one for part in cell.strip("{} ").split(";") if (one := text(part, how))))
    return found or None


def flag(cell: str, how: How) -> bool | None:
    """Yes or no."""
    del how
    word = cell.strip().lower()
    if word in UNKNOWN or word == "-1":
        return None
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError("neither yes nor no")


def state(cell: str, how: How) -> VmState | None:
    """What a VM is doing."""
    del how
    word = letters_of(cell)
    if cell.strip().lower() in UNKNOWN or word in {"0", "1"}:
        return None
    if word not in _STATES:
        raise ValueError("no state")
    return _STATES[word]


def priority(cell: str, how: How) -> Priority | None:
    """Priority of a cluster's role, by its word or number; a number between two counts as the lower."""
    word = cell.strip().lower()
    if word in UNKNOWN:
        return None
    if not word.replace(".", "").isdecimal():
        return Priority(str(canonical({"priority": word}, EstateVm)["priority"]))
    value = count(word, how) or 0
    return next((one for one in Priority if value >= one.number), Priority.NO_AUTO_START)


def windows(cell: str, how: How) -> Os | None:
    """A version of Windows Server by its name or build; None for anything else, such as another hypervisor's."""
    found = text(cell, how)
    if found is None:
        return None
    letters = letters_of(found)
    if "azurelocal" in letters or "azurestackhci" in letters:
        return Os.AZURE_LOCAL
    if "esx" in letters or "vmware" in letters:
        return None
    year = _YEAR.search(found)
    if year:
        return Os(year[1] + ("R2" if year[2] and year[1] == "2012" else ""))
    return next((_BUILDS[build] for build in _BUILD.findall(found) if build in _BUILDS), None)


def vendor(cell: str, how: How) -> str | None:
    """Who made a processor, from its name."""
    letters = letters_of(text(cell, how) or "")
    makers = {"intel": "intel", "xeon": "intel", "amd": "amd", "epyc": "amd", "opteron": "amd", "ampere": "arm"}
    return next((maker for word, maker in makers.items() if word in letters), None)


def limited(longest: int) -> Read:
    """Text of which no more is kept than the column takes: what is behind tells nothing apart."""

    def read(cell: str, how: How) -> str | None:
        found = text(cell, how)
        return None if found is None else found[:longest]

    return read


def storage_path(cell: str, how: How) -> MoveKind | None:
    r"""What has to travel with a VM whose files lie here: on a share or a cluster's volume, memory alone."""
    del how
    path = cell.strip().replace("/", "\\").lower()
    if path in UNKNOWN:
        return None
    return MoveKind.MEMORY if path.startswith("\\\\") or "\\clusterstorage\\" in path else MoveKind.SHARED_NOTHING


def workload(cell: str, how: How) -> str | None:
    """A workload class."""
    found = text(cell, how)
    if found is None:
        return None
    known = {letters_of(name): name for name in load_workloads()}
    if letters_of(found) not in known:
        raise ValueError("no workload class")
    return known[letters_of(found)]


def choice(model: type[BaseModel], column: str) -> Read:
    """A word of a column that knows a few, in any spelling."""

    def read(cell: str, how: How) -> Any:
        del how
        word = cell.strip()
        found = canonical({column: word}, model)[column] if word else None
        # Some columns have a word for nothing, such as team: none.
        return None if found is None or (found == word and word.lower() in UNKNOWN - {"none"}) else found

    return read


def reading_of(model: type[BaseModel], column: str) -> Read:
    """How a column of our own tables is read: by what its field is."""
    own: dict[str, Read] = {"state": state, "priority": priority, "workload": workload} if model is EstateVm else {}
    if column in own:
        return own[column]
    field = model.model_fields[column]
    kinds = set(types_in(field.annotation))
    if is_list(field):
        return names
    if bool in kinds:
        return flag
    if kinds & {int, float}:
        if column == "config_version":
            return config_version
        return {"GiB": size("GiB"), "Gbit/s": speed("Gbps", down=False)}.get(unit(field), count)
    if field.is_required() or column == "vm_id":
        return name
    if kinds == {str}:
        return text
    return choice(model, column)


def coded(model: type[BaseModel], column: str, codes: Mapping[str, str]) -> Read:
    """A word of a column, or the number by which an export without names calls it."""
    plain = choice(model, column)

    def read(cell: str, how: How) -> Any:
        return codes.get(cell.strip()) or plain(cell, how)

    return read


def always(value: str) -> Read:
    """The same for every row that says anything."""

    def read(cell: str, how: How) -> str | None:
        return None if text(cell, how) is None else value

    return read


def link(codes: Mapping[str, bool]) -> Read:
    """Whether a link is up, by its word or the number that an export without names writes in this very column.

    Parameters
    ----------
    codes : numbers that say so; the others say nothing.
    """

    def read(cell: str, how: How) -> bool | None:
        del how
        word = letters_of(cell)
        if word.isdecimal() or cell.strip().lower() in UNKNOWN:
            return codes.get(word)
        return word in _LINK_UP

    return read


def role(cell: str, how: How) -> str | None:
    """Name of the VM that a cluster's group is for; System Center calls the group of web01 SCVMM web01 Resources."""
    found = name(cell, how)
    match = _SCVMM.fullmatch(found or "")
    return found if match is None else match[1]


def node_state(cell: str, how: How) -> str | None:
    """State of a cluster node."""
    del how
    known = {"0": "up", "up": "up", "1": "down", "down": "down", "2": "paused", "paused": "paused"}
    return {**known, "3": "down", "joining": "down"}.get(cell.strip().lower())


def physical_disk(cell: str, how: How) -> bool:
    """Whether a drive is a physical disk of the host: such a drive has the disk's number."""
    return text(cell, how) is not None


def local_path(cell: str, how: How) -> bool:
    """Whether an image lies on a disk of the host."""
    return storage_path(cell, how) is MoveKind.SHARED_NOTHING


def any_of(read: Callable[[str, How], bool]) -> Callable[[str, How], bool | None]:
    """Whether any of several things is so, parted by semicolons, with - for one that is not there.

    Examples
    --------
    >>> disks = any_of(physical_disk)
    >>> disks("-;3", How()), disks("-", How()), disks("", How())
    (True, False, None)
    """

    def read_any(cell: str, how: How) -> bool | None:
        parts = [part.strip() for part in cell.split(";")]
        return any(read(part, how) for part in parts if part != "-") if cell.strip() else None

    return read_any


def spaces_direct(cell: str, how: How) -> str | None:
    """Storage of a cluster with Storage Spaces Direct; without it, nothing is known of it."""
    return "nodes" if flag(cell, how) else None
