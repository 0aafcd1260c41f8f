"""Reads a text file as people save them: any usual encoding, of bounded size, with errors in words."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from advisor.errors import InputError, Problem

# The marks a file may begin with; a file without one is UTF-8.
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_text(path: Path, most_bytes: int, error: type[InputError]) -> str:
    """The text of a file in UTF-8 or UTF-16.

    Parameters
    ----------
    most_bytes : the largest file to read [bytes]; a larger one is refused before it is read.
    error : what to raise.

    Raises
    ------
    InputError
        Of the kind asked for: no such file, a directory, unreadable, too large, empty or not text.
    """
    file = str(path)
    try:
        if path.is_dir():
            raise error(Problem("is a directory", file, mend="name a file in it"))
        with path.open("rb") as stream:
            raw = stream.read(most_bytes + 1)
    except FileNotFoundError:
        raise error(Problem("no such file", file, mend="check the path")) from None
    except (OSError, ValueError) as reason:  # ValueError: a NUL in the path
        why = getattr(reason, "strerror", None) or str(reason)
        raise error(Problem("cannot be read", file, value=why, mend="check the path and its permissions")) from None
    if len(raw) > most_bytes:
        raise error(Problem("the file is too large", file, allowed=f"{most_bytes:,} bytes", mend="split it"))
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as reason:
        line = raw.count(b"\n", 0, reason.start) + 1
        raise error(Problem("is not text", file, line, allowed="UTF-8 or UTF-16", mend="save it as UTF-8")) from None
    if not text.strip():
        raise error(Problem("the file is empty", file))
    return text
