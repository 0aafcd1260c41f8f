"""Sheets of a workbook: frozen headers with filters, numbers with formats and units, text that is only text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from advisor.domain.answers import Verdict
from advisor.domain.word import Word
from advisor.reports.cells import guarded, guarded_batch

if TYPE_CHECKING:
    import pyarrow as pa

Write = Callable[[int, int, Any], object]

LONGEST_TEXT: Final = 32_767
"""Characters a cell holds. Source: Microsoft, Excel specifications and limits."""

# The same bytes whenever a batch is written; a ZIP archive knows no earlier day.
_CREATED: Final = datetime(1980, 1, 1)  # noqa: DTZ001
_NARROWEST, _WIDEST = 9, 60
_PAIR_WIDTH: Final = 46
_NUMBER_FORMATS: Final = {"s": "#,##0.0", "ms": "#,##0", "GiB": "#,##0.0", "MiB/s": "#,##0", "Gbit/s": "0.0"}
_FORMATS_BY_NAME: Final = {"completeness": "0%", "passes": "0.0", "line": "0"}
_WHOLE: Final = "#,##0"
_UNIT: Final = re.compile(r"_(?:gib|mib_s|gbps|ms|s)(?=_|$)")
_CAPITALS: Final = {"vm": "VM", "vms": "VMs", "nic": "NIC"}
# Letters and ground, a contrast of 7 and more, which prints too.
_FILLS: Final = {
    Verdict.READY.value: ("#0b4f3c", "#d7f0e6"),
    Verdict.CONDITIONS.value: ("#5c3b00", "#fdeccb"),
    Verdict.UNKNOWN.value: ("#3a4149", "#e4e8ec"),
    Verdict.NOT_RECOMMENDED.value: ("#7a1220", "#fbdcdc"),
    "meets": ("#0b4f3c", "#d7f0e6"),
    "misses": ("#7a1220", "#fbdcdc"),
}
_NOT_FINITE: Final = {inf: "never"}
_FILLED: Final = ("verdict", "window")


def head_of(word: type[Word], name: str) -> str:
    """Header of a column: the field's name as words, its unit in brackets.

    Examples
    --------
    >>> from advisor.domain.fleet import HostRow
    >>> [head_of(HostRow, name) for name in ("vms", "drain_s_p50", "memory_gib", "helps_codes")]
    ['VMs', 'Drain p50 [s]', 'Memory [GiB]', 'Helps codes']
    """
    unit = _unit(word, name)
    bare = _UNIT.sub("", name) if unit else name
    parts = [_CAPITALS.get(part, part) for part in bare.split("_")]
    head = " ".join(parts)
    return f"{head[0].upper()}{head[1:]}{f' [{unit}]' if unit else ''}"


class Book:
    """A workbook under way; its rows wait in temporary files, so that memory does not grow with them.

    Parameters
    ----------
    path : file to write.
    waiting : folder for the temporary files.
    """

    def __init__(self, path: Path, waiting: str) -> None:
        from xlsxwriter import Workbook

        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": waiting,
        }
        self._book = Workbook(str(path), options)
        self._book.set_properties({"title": "Live migration batch", "created": _CREATED})
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def close(self) -> None:
        """Put the workbook together.

        Raises
        ------
        OSError
            When the file cannot be written.
        """
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from None

    def abandon(self) -> None:
        """Leave the workbook as it is, its temporary files closed."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()

    def pairs(self, title: str, heads: Sequence[str], rows: Sequence[Sequence[str | float]]) -> None:
        """A short sheet of text and numbers."""
        sheet = self._sheet(title, heads, len(rows))
        sheet.set_column(0, len(heads) - 1, _PAIR_WIDTH)
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(at, column, guarded(value)[:LONGEST_TEXT], self._format(text_wrap=True))
                else:
                    decimals = _WHOLE if value == int(value) else "#,##0.0"
                    sheet.write_number(at, column, value, self._format(num_format=decimals, align="left"))

    def table(self, title: str, word: type[Word], rows: int, batches: Iterable[pa.RecordBatch]) -> None:
        """A sheet of one row a word; each column is as wide as the first rows want, and its header says what it is.

        Parameters
        ----------
        rows : how many there will be.
        """
        names = list(word.model_fields)
        heads = [head_of(word, name) for name in names]
        sheet = self._sheet(title, heads, rows)
        for column, name in enumerate(names):
            sheet.write_comment(0, column, word.model_fields[name].description or name, {"x_scale": 1.6})
        writes: list[Write] = []
        widths = [len(head) for head in heads]
        at = 1
        for batch in batches:
            columns = [column.to_pylist() for column in guarded_batch(batch.select(names)).columns]
            if not writes:
                widths = [max(width, _longest(values)) for width, values in zip(widths, columns, strict=True)]
                writes = [self._write(sheet, word, name, width) for name, width in zip(names, widths, strict=True)]
            for row in zip(*columns, strict=True):
                for column, value in enumerate(row):
                    if value is not None:
                        writes[column](at, column, value)
                at += 1
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(max(width + 2, _NARROWEST), _WIDEST))

    def _sheet(self, title: str, heads: Sequence[str], rows: int) -> Any:
        sheet = self._book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rows, len(heads) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        bold = self._format(bold=True, bottom=1, bg_color="#eef2f6")
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        return sheet

    def _format(self, **properties: object) -> Any:
        """A format of cells, each made once; text stands at the top of its cell."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"valign": "top", **properties})
        return self._formats[key]

    def _write(self, sheet: Any, word: type[Word], name: str, width: int) -> Write:
        """What writes the cells of a column."""
        kinds = set(get_args(word.model_fields[name].annotation)) or {word.model_fields[name].annotation}
        if bool in kinds:
            yes_no = self._format(align="left")
            return lambda at, column, value: sheet.write_boolean(at, column, value, yes_no)
        if kinds & {int, float}:
            decimals = _FORMATS_BY_NAME.get(name) or _NUMBER_FORMATS.get(_unit(word, name), _WHOLE)
            number = self._format(num_format=decimals)
            return lambda at, column, value: (
                sheet.write_number(at, column, value, number)
                if isfinite(value)
                else sheet.write_string(at, column, _NOT_FINITE.get(value, ""), number)
            )
        text = self._format(text_wrap=True) if width > _WIDEST else self._format()
        fills = self._fills() if name in _FILLED else {}
        return lambda at, column, value: sheet.write_string(at, column, value[:LONGEST_TEXT], fills.get(value, text))

    def _fills(self) -> Mapping[str, Any]:
        return {value: self._format(font_color=letters, bg_color=ground) for value, (letters, ground) in _FILLS.items()}


def _unit(word: type[Word], name: str) -> str:
    extra = word.model_fields[name].json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def _longest(values: Sequence[object]) -> int:
    return max((len(value) for value in values if isinstance(value, str)), default=0)
