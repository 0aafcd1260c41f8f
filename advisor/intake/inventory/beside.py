"""What other tables say of VMs that one table lists: a cluster's groups, processors, memory."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from advisor.domain.describe import types_in
from advisor.domain.estate import EstateVm
from advisor.domain.fleet import SetAside
from advisor.intake.inventory.facts import facts_of
from advisor.intake.inventory.recognise import Understood
from advisor.intake.inventory.roster import Roster, short_name
from advisor.intake.inventory.vms import IS_NUMBER, Block, PlaceIds

_YES_OR_NO: Final = frozenset(
    name for name, field in EstateVm.model_fields.items() if bool in types_in(field.annotation)
)
_SEVERAL: Final[dict[str, Any]] = {}


class Beside:
    """Gathers what is said of VMs, and fills it in where the table that lists them says nothing."""

    def __init__(self) -> None:
        self._by_host: dict[tuple[str, str], dict[str, Any]] = {}
        self._by_name: dict[str, dict[str, Any]] = {}
        self._columns: set[str] = set()

    def learn(self, understood: Understood, roster: Roster) -> tuple[int, list[SetAside]]:
        """Read a table that stands beside; the rows there were, and those set aside.

        Raises
        ------
        InventoryError
            When the file cannot be read to its end.
        """
        rows, asides = 0, []
        for fact in facts_of(understood):
            rows += 1
            if fact.aside is not None:
                asides.append(fact.aside)
                continue
            said = dict(fact.values)
            name, host, cluster = (said.pop(column, None) for column in ("vm", "host", "cluster"))
            if host:
                roster.say(host, cluster)
            if not name:
                continue
            facts = {column: value for column, value in said.items() if column in IS_NUMBER}
            self._columns |= facts.keys()
            self._remember(str(name).casefold(), short_name(host) if host else "", facts)
        return rows, asides

    def _remember(self, name: str, host: str, facts: dict[str, Any]) -> None:
        known = self._by_host.setdefault((name, host), {})
        for column, value in facts.items():
            # A VM has several disks and drives, and one that keeps it where it is keeps it.
            known[column] = max(known.get(column, 0.0), value) if column in _YES_OR_NO else known.get(column, value)
        first = self._by_name.setdefault(name, known)
        if first is not known:
            self._by_name[name] = _SEVERAL  # a name alone does not say which of them is meant

    def fill(self, block: Block, places: PlaceIds) -> None:
        """Fill in what the rows of a block do not say."""
        if not self._columns:
            return
        hosts = {place: short_name(places.pairs[place][0]) for place in np.unique(block.place).tolist()}
        found = [
            self._of(str(name).casefold(), hosts[place])
            for name, place in zip(block.columns["vm"].tolist(), block.place.tolist(), strict=True)
        ]
        for column in sorted(self._columns):
            unknown: Any = np.nan if IS_NUMBER[column] else None
            values = block.columns.get(column)
            if values is None:
                values = np.full(len(block), unknown, None if IS_NUMBER[column] else object)
            for row, facts in enumerate(found):
                if column in facts and (values[row] is None or values[row] != values[row]):
                    values[row] = facts[column]
            block.columns[column] = values

    def _of(self, name: str, host: str) -> dict[str, Any]:
        return self._by_host.get((name, host)) or self._by_name.get(name, _SEVERAL)
