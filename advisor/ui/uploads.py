"""Uploaded files, kept in a folder of the session's own under harmless names; it goes when the session does.

How large one file may be is what Streamlit's `server.maxUploadSize` says, or the library's own bound of such a file.
How much files may be together, and how much a session keeps, is told here.
"""

from __future__ import annotations

import gc
import re
import shutil
import tempfile
import threading
import unicodedata
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from advisor.errors import InputError, Problem
from advisor.units import MIB

TOGETHER: Final = 2
"""Files uploaded together are at most as large as so many of the largest file."""

KEPT: Final = 5
"""What a session keeps is: an inventory and the one that takes its place, each as large as may be, and runs."""

_TIMES: Final = 3
_LATER_S: Final = 2.0
_SESSION: Final = "uploads kept"
_MOST_BYTES: Final = 120
_SHORT: Final = 20
# What Windows takes for a device, whatever its ending.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_HARMFUL: Final = re.compile(r"[^\w .()+,=@\[\]#-]")


class Uploaded(Protocol):
    """A file that somebody uploaded."""

    name: str

    def getbuffer(self) -> memoryview:
        """Its bytes."""
        ...


class Kept:
    """Files that were uploaded together.

    Attributes
    ----------
    size : of all of them [bytes].

    Raises
    ------
    InputError
        When they are too large together, or with what the session keeps already. Streamlit lets go of them then.
    """

    def __init__(self, files: Sequence[Uploaded]) -> None:
        self.size = sum(file.getbuffer().nbytes for file in files)
        try:
            if files:
                _check(self.size)
        except InputError:
            _let_go(files)
            raise
        self.folder = Path(tempfile.mkdtemp(prefix="advisor-upload-"))
        weakref.finalize(self, _remove, self.folder)
        self.paths: list[Path] = []
        self._counts: dict[str, int] = {}
        for file in files:
            path = self._free(harmless(file.name))
            path.write_bytes(file.getbuffer())
            self.paths.append(path)
        if files:
            _of_session().add(self)

    def _free(self, name: str) -> Path:
        """A path that no other file has; systems that know no capitals call A and a the same."""
        called = name
        while called.lower() in self._counts:
            self._counts[name.lower()] += 1
            called = f"{Path(name).stem} {self._counts[name.lower()]}{Path(name).suffix}"
        self._counts[called.lower()] = 1
        return self.folder / called


def _remove(folder: Path, times: int = _TIMES) -> None:
    """Remove a folder; again a little later, where a process that is just ending still wrote into it."""
    shutil.rmtree(folder, ignore_errors=True)
    if times and threading.main_thread().is_alive():
        later = threading.Timer(_LATER_S, _remove, (folder, times - 1))
        later.daemon = True
        later.start()


def largest_bytes() -> int:
    """The largest file that Streamlit takes where a widget says nothing else [bytes]."""
    return int(st.get_option("server.maxUploadSize")) * MIB


def _check(size: int) -> None:
    """Raise an error where more files of that size together would be too large [bytes].

    Raises
    ------
    InputError
        With how large it is and what is allowed.
    """
    together, all_kept = TOGETHER * largest_bytes(), KEPT * largest_bytes()
    if size > together:
        raise InputError(
            Problem(
                "the files are too large together",
                value=f"{size:,} bytes",
                allowed=f"{together:,} bytes",
                mend="give fewer of them or without what is not needed, or use the command line, which has no such "
                "bound",
            )
        )
    if size + _kept() > all_kept:
        gc.collect()  # what nobody holds any more may not be gone yet
    kept = _kept()
    if size + kept > all_kept:
        raise InputError(
            Problem(
                "the files are too large beside those that this visit keeps already",
                value=f"{size:,} bytes beside {kept:,}",
                allowed=f"{all_kept:,} bytes in all",
                mend="open the app anew, which forgets them, or give smaller files",
            )
        )


def _of_session() -> weakref.WeakSet[Kept]:
    """What this session keeps."""
    found: weakref.WeakSet[Kept] = st.session_state.setdefault(_SESSION, weakref.WeakSet())
    return found


def _kept() -> int:
    """How much that is [bytes]."""
    return sum(one.size for one in _of_session())


def _let_go(files: Sequence[Any]) -> None:
    """Have Streamlit forget files, which it holds in memory until the session ends."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        return
    for file in files:
        context.uploaded_file_mgr.remove_file(session_id=context.session_id, file_id=file.file_id)


def harmless(name: str) -> str:
    r"""A name for a file from one that anybody chose: no folder, no sign that a system takes for something else.

    Examples
    --------
    >>> harmless("../../etc/passwd"), harmless("Get-VM.csv"), harmless("C:\\x\\hosts<b>.csv"), harmless("..")
    ('passwd', 'Get-VM.csv', 'hosts_b_.csv', 'file')
    >>> harmless("aux.csv"), len(harmless("\u8868" * 100 + ".csv").encode()) <= 120
    ('_aux.csv', True)
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    safe = _HARMFUL.sub("_", last).strip(" .")
    stem, dot, ending = safe.rpartition(".")
    if len(safe.encode()) > _MOST_BYTES:
        ending = ending.encode()[:_SHORT].decode(errors="ignore") if dot else ""
        safe = (stem or safe).encode()[: _MOST_BYTES - _SHORT - 1].decode(errors="ignore") + dot + ending
    if _DEVICES.fullmatch(safe):
        safe = f"_{safe}"
    return safe or "file"
