"""The program `advisor`: runs a command and turns whatever happens into an exit code and words."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

PROGRAM = "advisor"

# Collecting garbage every 700 new objects costs a tenth of a short run, in which next to nothing is garbage.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def run() -> NoReturn:
    """Run the command line of this process; the console script's entry."""
    _start_lean()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console of one code page shows ? for what it has no sign for
    code = main(sys.argv[1:])
    gc.freeze()  # the interpreter's last collection would walk every object only to throw all of them away
    sys.exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns
    -------
    int
        0 done; 1 failed; 2 usage or bad input; 3 with ``--strict`` where something is not recommended.
    """
    try:
        from advisor.cli.commands import program

        code = program().main(args=list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except BaseException as error:  # the last line of defence: no traceback reaches a user
        from advisor.cli.trouble import tell

        return tell(error)
    return code if isinstance(code, int) else 0


def _start_lean() -> None:
    """What makes a short run shorter; each can be set otherwise from outside."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for plugins reads every installed package
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no answer needs linear algebra on many cores
