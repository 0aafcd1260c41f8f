"""A scenario as part of a link: who follows it sees the same what-if.

A link holds the whole scenario and nothing else, so it needs no server that keeps anything. It is JSON, deflated,
in the letters a link may have. What comes back is as hostile as any file: its size is bounded before it is unpacked.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from advisor.errors import Problem, ScenarioError
from advisor.intake.document import Document, parse_document

LONGEST_LINK: Final = 30_000
"""Most characters of a link that are read; browsers and the programs between shorten or refuse longer ones."""

MOST_UNPACKED: Final = 2**18
"""Most bytes that a link is unpacked to."""

_FILE: Final = "link"


def link_of(content: Mapping[str, Any]) -> str:
    """The text that stands for a scenario's keys and values in a link.

    Raises
    ------
    ScenarioError
        When the scenario is too large for a link.

    Examples
    --------
    >>> content_of(link_of({"vms": [{"memory_gib": "16"}]})).content
    {'vms': [{'memory_gib': '16'}]}
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    if len(packed) > LONGEST_LINK or len(text.encode()) > MOST_UNPACKED:
        raise ScenarioError(
            Problem(
                "the scenario is too large for a link",
                value=f"{len(packed):,} characters",
                allowed=f"{LONGEST_LINK:,}",
                mend="download it as YAML and share the file",
            )
        )
    return packed


def content_of(link: str) -> Document:
    """The keys and values that a link stands for.

    Raises
    ------
    ScenarioError
        When the text is none of ours, was cut short, or holds too much.
    """
    if len(link) > LONGEST_LINK:
        raise ScenarioError(Problem("is too long", _FILE, allowed=f"{LONGEST_LINK:,} characters", mend=_MEND))
    unpacking = zlib.decompressobj()
    try:
        raw = base64.b64decode(link + "=" * (-len(link) % 4), altchars=b"-_", validate=True)
        text = unpacking.decompress(raw, MOST_UNPACKED).decode()
    except (binascii.Error, zlib.error, ValueError):
        raise ScenarioError(Problem("holds no scenario", _FILE, mend=_MEND)) from None
    if not unpacking.eof:
        message = "holds too much" if unpacking.unconsumed_tail else "was cut short"
        raise ScenarioError(Problem(message, _FILE, allowed=f"{MOST_UNPACKED:,} bytes", mend=_MEND))
    return parse_document(text, _FILE, is_json=True)


_MEND: Final = "copy the whole link, or load the scenario's file"
