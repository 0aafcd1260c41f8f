"""What a table is taken for, and what to say where none of them lists VMs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from advisor.errors import InventoryError, Problem
from advisor.intake.inventory.corrections import has_no, name_of
from advisor.intake.inventory.formats import LAYOUTS
from advisor.intake.inventory.recognise import Said, Understood, is_answer, recognised
from advisor.intake.inventory.tables import Table
from advisor.intake.validation import closest, letters_of

_MEMORY: Final = "memory_gib"
_SCENARIOS: Final = (".yaml", ".yml", ".toml")


def understood_as(table: Table, said: Mapping[int, Said]) -> Understood | None:
    """The table with its format, read as a person says; None where it is of none.

    Raises
    ------
    InventoryError
        When a table of its format has no such column.
    """
    if is_answer(table):
        return None
    found = recognised(table, LAYOUTS, said)
    if found is None and said and (without := recognised(table, LAYOUTS)) is not None:
        strange = [one.column for one in said.values() if one.column and one.column not in without.layout.columns]
        if strange:
            layout = without.layout
            raise has_no(table, layout.name, strange, sorted(layout.columns))
    return found


def no_vms(first: Path, understood: Sequence[Understood], unread: Sequence[Table]) -> InventoryError:
    """Why there is nothing to size, and what to name instead.

    Parameters
    ----------
    first : the first file of the inventory.
    understood : its tables whose format is known; none of them lists VMs.
    unread : the others.
    """
    answers = [table.file for table in unread if is_answer(table)]
    if answers:
        message, mend = "a batch wrote this: an answer, no inventory", "name the inventory that it answers"
        return InventoryError(Problem(message, answers[0], mend=mend))
    for table in unread:
        near = closest(_MEMORY, table.header)
        if near is not None and "vm" in map(letters_of, table.header):
            message = "lists VMs, but their memory is not where it is looked for"
            mend = f"rename {near} to {_MEMORY}, in GiB, or say --column '{name_of(table)}:{near}={_MEMORY}'"
            return InventoryError(Problem(message, table.file, column=_MEMORY, mend=mend))
    if first.suffix.lower() in _SCENARIOS:
        return InventoryError(Problem("is no inventory", str(first), mend="a scenario is read by `advisor recommend`"))
    read = ", ".join(f"{one.table.file} ({one.format})" for one in understood)
    names = ", ".join(dict.fromkeys(layout.name for layout in LAYOUTS if layout.holds == "vms" and not layout.beside))
    return InventoryError(
        Problem(
            "no table lists VMs" if understood or unread else "is empty",
            str(first),
            value=read or None,
            allowed=names,
            mend="name the file that lists VMs too, and take away what stands above its first row, the names of "
            "its columns",
        )
    )
