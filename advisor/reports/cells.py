"""Text on its way into a spreadsheet: the one guard against cells that a spreadsheet would run.

A spreadsheet runs a cell that starts like a formula, be it typed, pasted or read from a file, in some languages also
where the sign is a full-width one, and in some a cell begins behind every semicolon of a file. Such text gets an
apostrophe before the sign. What stands before the sign is looked through: characters that steer, and blanks at the
ends, are gone before the first letter is judged.

References
----------
OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from advisor.reports.wording import printable

if TYPE_CHECKING:
    import pyarrow as pa

_SIGNS: Final = (
    "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
# Everything `guarded` might alter: a sign first, blanks at the ends or in a row, anything but visible ASCII. Of other
# characters Arrow and Python may know different editions of Unicode, and disagree on what is visible.
_SUSPECT: Final = rf"(^|;) *[{_SIGNS.replace('-', '')}-]|^ | $|  |[^ -~]"
# Where lists are parted by semicolons, a spreadsheet parts cells at them too, also within quotes.
_AFTER_SEPARATOR: Final = re.compile(rf"(; *)(?=[{_SIGNS.replace('-', '')}-])")


def guarded(text: str) -> str:
    r"""Text on one line, without control characters, that no spreadsheet runs.

    Examples
    --------
    >>> guarded("=1+1"), guarded("\t=1+1"), guarded("web 01")
    ("'=1+1", "'=1+1", 'web 01')
    >>> guarded("x;=1+1")
    "x;'=1+1"
    """
    plain = _AFTER_SEPARATOR.sub(r"\1'", printable(text))
    return f"'{plain}" if plain.startswith(tuple(_SIGNS)) else plain


def guarded_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows, each text of them as `guarded` writes it.

    Parameters
    ----------
    batch : columns of text (plain, large, or as a dictionary) are guarded, all others are left as they are.

    Notes
    -----
    A pattern finds the few texts that the guard might alter; only these are handed to it.

    Examples
    --------
    >>> import pyarrow as pa
    >>> guarded_batch(pa.RecordBatch.from_pydict({"vm": ["web", "=1+1", None], "vcpus": [1, 2, 3]})).to_pydict()
    {'vm': ['web', "'=1+1", None], 'vcpus': [1, 2, 3]}
    """
    import pyarrow as pa

    columns = [_guarded_column(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _guarded_column(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(
            column.indices, _guarded_column(column.dictionary), ordered=column.type.ordered
        )
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    # Most columns say a few things over and over.
    if not pc.any(pc.match_substring_regex(column.unique(), _SUSPECT)).as_py():
        return column
    suspect = pc.fill_null(pc.match_substring_regex(column, _SUSPECT), False)
    mended = [guarded(text) for text in column.filter(suspect).to_pylist()]
    return pc.replace_with_mask(column, suspect, pa.array(mended, column.type))
