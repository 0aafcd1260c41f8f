"""Whatever stands in the files: no traceback, and every row is answered or set aside with its reason."""

from __future__ import annotations

import json

import numpy as np
import pytest

from advisor.domain.estate import EstateVm
from advisor.domain.inventory import VM_ARRAYS
from advisor.errors import InventoryError
from advisor.intake.inventory import read_inventory, survey_inventory
from advisor.reports import render_survey
from tests.intake.inventory.mangling import mangled

QUICK, ALL = 300, 10_000


def read_and_count(folder, files):
    """Read an inventory twice and check that nothing was lost; None where it was refused in words."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        inventory = read_inventory([folder / name for name in files])
    except InventoryError as error:
        unsaid = [problem for problem in error.problems if not (problem.message and problem.mend)]
        return f"nothing is said of {unsaid}" if unsaid else None
    answered = aside = 0
    of_host = np.zeros(len(inventory.hosts), int)
    for table in inventory.tables():
        answered += len(table)
        aside += len(table.set_aside)
        assert all(getattr(table, name).shape == table.host.shape for name in VM_ARRAYS)
        assert table.host.size == 0 or (table.host.min() >= 0 and table.host.max() < len(inventory.hosts))
        of_host += np.bincount(table.host, minlength=len(inventory.hosts))
        assert ((table.memory_gib > 0) & (table.memory_gib <= 65_536)).all()
        assert all(isinstance(name, str) and name for name in table.vm)
        for row in table.set_aside:
            assert row.reason
            assert row.mend
    assert answered + aside == inventory.rows_read
    assert aside == inventory.rows_set_aside
    assert (of_host == inventory.vms_of_host).all()
    assert sum(one.rows for one in inventory.mapped) >= inventory.rows_read
    assert set(VM_ARRAYS) - {"host"} <= set(EstateVm.model_fields)
    return inventory


@pytest.mark.parametrize("seeds", [range(QUICK), pytest.param(range(QUICK, ALL), marks=pytest.mark.slow)])
def test_mangled_inventories_lose_nothing(seeds, tmp_path):
    readable = 0
    for seed in seeds:
        name, files = mangled(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        try:
            found = read_and_count(folder, files)
            assert not isinstance(found, str)
            readable += found is not None
        except Exception as error:
            error.add_note(f"seed {seed}, made from {name}")
            raise
        finally:
            for file in folder.iterdir():
                file.unlink()
    assert readable > len(seeds) / 3  # or it is the mangling that is tested, and not the reading


def test_what_is_set_aside_of_mangled_inventories_can_be_shown(tmp_path):
    shown = 0
    for seed in range(60):
        _, files = mangled(seed)
        for file in tmp_path.iterdir():
            file.unlink()
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        try:
            survey = survey_inventory(read_inventory(tmp_path))
        except InventoryError:
            continue
        assert json.loads(render_survey(survey, "json"))["rows_read"] == survey.rows_read
        text = render_survey(survey)
        assert max(map(len, text.splitlines())) <= 80
        assert text.isprintable() or set(filter(lambda sign: not sign.isprintable(), text)) == {"\n"}
        shown += 1
    assert shown > 10
