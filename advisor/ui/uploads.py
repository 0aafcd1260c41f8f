"""Uploaded files, kept in a folder of the session's own under harmless names; it goes when the session does."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

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
    """Files that were uploaded together."""

    def __init__(self, files: Sequence[Uploaded]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="advisor-upload-"))
        weakref.finalize(self, shutil.rmtree, str(self.folder), True)
        self.paths: list[Path] = []
        for file in files:
            path = self._free(harmless(file.name))
            path.write_bytes(file.getbuffer())
            self.paths.append(path)

    def _free(self, name: str) -> Path:
        """A path that no other file has; systems that know no capitals call A and a the same."""
        path, count = self.folder / name, 1
        while any(path.name.lower() == other.name.lower() for other in self.paths):
            count += 1
            path = self.folder / f"{Path(name).stem} {count}{Path(name).suffix}"
        return path


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
