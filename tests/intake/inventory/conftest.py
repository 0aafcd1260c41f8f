"""What the tests of inventories share: an inventory written to a folder, and read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from advisor.domain.estate import EstateHost
from advisor.domain.fleet import SetAside
from advisor.domain.inventory import VM_ARRAYS, Inventory
from advisor.intake.inventory import read_inventory
from tests.intake.inventory.exports import Rows, csv_bytes


@dataclass(frozen=True)
class Read:
    """An inventory with its VMs by name."""

    inventory: Inventory
    vms: dict[str, dict[str, Any]]
    aside: dict[str, SetAside]

    def host(self, name: str) -> EstateHost:
        return next(host for host in self.inventory.hosts if host.host == name)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Write files (bytes, text or rows of CSV) into a folder and read it."""

    def write_and_read(files: dict[str, bytes | str | Rows], **options: Any) -> Read:
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else None
            (tmp_path / name).write_bytes(csv_bytes(content) if raw is None else raw)
        return read_all(read_inventory(tmp_path, **options))

    return write_and_read


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def read_all(inventory: Inventory) -> Read:
    vms, aside = {}, {}
    for table in inventory.tables():
        for row in range(len(table)):
            values = {name: getattr(table, name)[row] for name in VM_ARRAYS}
            known = {name: value for name, value in values.items() if value is not None and not _is_nan(value)}
            name = known.pop("vm")
            vms[name] = known | {"host": inventory.hosts[known["host"]].host}
        aside |= {row.name: row for row in table.set_aside}
    return Read(inventory, vms, aside)
