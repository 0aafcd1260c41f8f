"""Markdown made of text that anybody may have written: escaped, so that a name is only ever a name.

References
----------
CommonMark 0.31, backslash escapes, https://spec.commonmark.org/0.31.2/#backslash-escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from advisor.reports.wording import printable, typed

# What begins emphasis, code, a link, an image, markup, an entity or a new cell, anywhere in a line.
_INLINE: Final = re.compile(r"[\\`*_\[\]<>|~&]")
# What begins a heading, a list, a rule or a definition where it stands first.
_FIRST: Final = re.compile(r"^(?:[-+=#:]|\d+(?=[.)](?:\s|$)))")
# What some renderers make a link of without being asked.
_BARE_LINK: Final = re.compile(r"(?<=:)//|(?<=www)\.|@", re.IGNORECASE)


def escaped(text: str) -> str:
    r"""Text on one line that Markdown shows as it stands.

    Examples
    --------
    >>> print(escaped("vm_01 | <b> `x` http://a.b"))
    vm\_01 \| \<b\> \`x\` http:\//a.b
    >>> print(escaped("# 1"), escaped("12. x"))
    \# 1 12\. x
    """
    plain = _INLINE.sub(lambda found: f"\\{found[0]}", printable(text))
    plain = _BARE_LINK.sub(lambda found: f"\\{found[0]}", plain)
    return _FIRST.sub(lambda found: f"{found[0]}\\" if found[0][0].isdigit() else f"\\{found[0]}", plain)


def code(text: str) -> str:
    r"""Text to be typed, on one line; not for cells of a table.

    Examples
    --------
    >>> print(code("Get-VM | where Name -like '*`*'"))
    ``Get-VM | where Name -like '*`*'``
    """
    plain = typed(text).strip()
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    blank = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{blank}{plain}{blank}{fence}" if plain else ""


def block(lines: Sequence[str], language: str) -> str:
    r"""Lines to be typed, fenced by more back-ticks than any of them has in a row.

    Examples
    --------
    >>> print(block(["Get-VM"], "powershell"))
    ```powershell
    Get-VM
    ```
    """
    plain = [typed(line) for line in lines]
    fence = "`" * max((len(run) + 1 for line in plain for run in re.findall("`+", line)), default=0)
    fence = fence if len(fence) > 2 else "```"
    return "\n".join([f"{fence}{language}", *plain, fence])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """A table; cells are escaped already.

    Parameters
    ----------
    numbers : columns that stand right.

    Examples
    --------
    >>> print(table(("VM", "GiB"), [("a", "8")], numbers=(1,)))
    | VM | GiB |
    | --- | ---: |
    | a | 8 |
    """
    right = set(numbers)
    rule = ["---:" if i in right else "---" for i in range(len(heads))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))


def bullets(items: Iterable[str]) -> str:
    """A list of items that are escaped already."""
    return "\n".join(f"- {item}" for item in items)
