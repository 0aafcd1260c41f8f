"""Whatever stands in the files: no traceback, and every row is answered or set aside with its reason."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from advisor.domain.estate import EstateVm
from advisor.domain.inventory import VM_ARRAYS
from advisor.errors import InventoryError
from advisor.intake.inventory import read_inventory, survey_inventory
from advisor.reports import render_survey
from tests.intake.inventory.exports import EXPORTS
from tests.intake.inventory.mangling import mangled

QUICK, ALL = 300, 10_000


def rows_in(content):
    """How many rows a file has, counted without any of the reader's code; None where that is not plain to see."""
    if content[:4] == b"PK\x03\x04":
        return None
    try:
        text = content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    if text.lstrip()[:1] == "[":
        return len(json.loads(text))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(line.count('"') % 2 for line in lines) or any(line.isspace() for line in lines):
        return None
    filled = [any(sign not in ',;\t| "' for sign in line) for line in lines if line[:6] != "#TYPE "]
    if lines[-1] and not filled[-1]:  # the file ends in a row that has hardly begun
        return None
    return sum(filled) - 1


@pytest.mark.parametrize("name", list(EXPORTS))
def test_every_row_of_every_export_is_counted(name, tmp_path):
    for file, content in EXPORTS[name].items():
        (tmp_path / file).write_bytes(content)
    for one in read_inventory(tmp_path).mapped:
        content = EXPORTS[name][Path(one.file).name]
        if one.sheet:
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                names = re.findall(r'sheet name="(.*?)"', book.read("xl/workbook.xml").decode())
                text = book.read(f"xl/worksheets/sheet{names.index(one.sheet) + 1}.xml").decode()
            assert one.rows == sum("<c " in row for row in text.split("<row ")) - 1
        else:
            assert one.rows == rows_in(content) is not None


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
    for one in inventory.mapped:
        expected = rows_in(files[Path(one.file).name])
        assert expected is None or one.rows == expected, one.file
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
