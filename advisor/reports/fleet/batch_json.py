"""A batch as JSON: totals, clusters and hosts whole; VMs, curves and rows set aside are counted."""

from __future__ import annotations

import json
from typing import Final

from advisor.domain.answers import SCHEMA_VERSION
from advisor.domain.fleet import BATCH_TABLES, ClusterRow, HostRow
from advisor.domain.word import Word
from advisor.reports import Page
from advisor.reports.fleet.tables import BatchTables, words
from advisor.reports.fleet.wording import ELSEWHERE
from advisor.reports.json import rounded_answer

_WHOLE: Final[dict[str, type[Word]]] = {"clusters": ClusterRow, "hosts": HostRow}


def batch_json(tables: BatchTables, page: Page) -> str:
    """Write a batch as JSON; each part is read back by its own word.

    Notes
    -----
    Rows are put into text one by one, each on a line of its own, so that a large estate is never held as objects.
    """
    del page  # JSON is for programs: neither width nor colour bears on it
    elsewhere = {
        "see": f"each row stands {ELSEWHERE}",
        **{name: tables.rows(name) for name in BATCH_TABLES if name not in _WHOLE},
    }
    parts = [f'"schema_version": {json.dumps(SCHEMA_VERSION)}', f'"summary": {_text(tables.summary)}']
    for name, word in _WHOLE.items():
        rows = ",\n".join(_text(row) for row in words(tables, word))
        parts.append(f'"{name}": [\n{rows}\n]')
    parts.append(f'"elsewhere": {json.dumps(elsewhere)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _text(word: Word) -> str:
    return json.dumps(rounded_answer(word), ensure_ascii=True, allow_nan=False)
