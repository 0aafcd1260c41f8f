"""Writes what a command has to say: to the terminal as it is, or whole into a file."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from advisor.cli.trouble import warn
from advisor.errors import InputError, Problem
from advisor.reports import Page

Subject = TypeVar("Subject")
Subject_contra = TypeVar("Subject_contra", contravariant=True)

DEFAULT_FORMAT: Final = "table"
MOST_COLUMNS: Final = 100
"""Columns past which lines of text are hard to read."""


class Report(Protocol[Subject_contra]):
    """Puts a subject into text; `advisor.reports.render` is one."""

    def __call__(self, subject: Subject_contra, format: str, width: int, /, *, colour: bool, encoding: str) -> str:
        """The text, for a page of so many columns."""


# Endings of files that a table goes into.
_OF_TEXT: Final = ("", "txt", "log")
_READER_LEFT: Final = (errno.EPIPE, errno.EINVAL)  # the second is what Windows says


@dataclass(frozen=True, slots=True)
class Output:
    """Where a report goes, and in which format."""

    format: str
    file: Path | None = None

    def write(self, report: Report[Subject], subject: Subject) -> None:
        """Write a report on a subject.

        Raises
        ------
        OSError
            When the file cannot be written; what stood there before is still there.
        """
        page = Page() if self.file is not None else _terminal()
        text = report(subject, self.format, page.width, colour=page.colour, encoding=page.encoding)
        if self.file is not None:
            write_whole(self.file, text)
            return
        if self.format == "html":
            text = _for_a_browser(text)
        _say(text)


def output(format: str | None, file: Path | None, formats: Collection[str]) -> Output:
    """Where to write, checked before anything is worked out.

    The format not given is that of the file's ending; text, or no ending, is for a table.

    Raises
    ------
    InputError
        When there is no such format, the file is a directory, or its ending is of no format.
    """
    problems = []
    if format is not None and format not in formats:
        problems.append(Problem("is not a format", column="--format", value=format, allowed=", ".join(formats)))
    if file is not None and file.is_dir():
        problems.append(Problem("is a directory", column="--output", value=str(file), mend="name a file in it"))
    ending = file.suffix.removeprefix(".").lower() if file is not None else ""
    if format is None and ending not in {*formats, *_OF_TEXT}:
        allowed = ", ".join(f".{one}" for one in (*formats, *_OF_TEXT) if one not in {"", DEFAULT_FORMAT})
        mend = "name one of these, or say what to write with -f"
        problems.append(
            Problem("ends like no format of this", column="--output", value=str(file), allowed=allowed, mend=mend)
        )
    if problems:
        raise InputError(problems)
    return Output(format or (ending if ending in formats else DEFAULT_FORMAT), file)


def _terminal() -> Page:
    """The page that stdout is: a terminal, or a pipe that knows no width."""
    encoding = sys.stdout.encoding or "utf-8"
    if not sys.stdout.isatty():
        return Page(encoding=encoding)
    from rich.console import Console

    width = min(shutil.get_terminal_size().columns, MOST_COLUMNS)
    # Rich knows terminals: NO_COLOR, TERM=dumb, old Windows consoles that print colour codes as they stand.
    console = Console(file=sys.stdout)
    colour = console.color_system is not None and not console.no_color and not console.legacy_windows
    return Page(width, colour, encoding)


def _say(text: str) -> None:
    """Write to stdout; where its reader, such as `head`, has seen enough and left, nothing went wrong."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in _READER_LEFT:
            raise
        # What is still buffered must not be written when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _for_a_browser(text: str) -> str:
    """A page that means the same in whatever encoding the terminal or pipe writes it."""
    if sys.stdout.isatty():
        warn("this is a page for a browser; -o report.html writes it to a file")
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it holds the old text or the new, and never a part of either."""
    content = text.encode("utf-8")
    target = file.resolve()  # a link goes on pointing where it points
    if target.exists() and not target.is_file():
        target.write_bytes(content)  # a device or a named pipe cannot be replaced
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        draft.write_bytes(content)
        if target.exists():
            shutil.copymode(target, draft)
        draft.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from None
    finally:
        draft.unlink(missing_ok=True)
