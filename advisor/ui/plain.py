"""Text that anybody may have written, as Streamlit shows it: never as markup, a formula or a picture."""

from __future__ import annotations

import re
from typing import Final

from advisor.reports.fleet.markdown import escaped

# What Streamlit adds to Markdown: formulas, and directives for colours, icons and emoji.
_OWN: Final = re.compile(r"[$:]")
# What advisor itself tells people to type; whoever else writes so gets letters of one width, no more.
_COMMAND: Final = re.compile(r"\\`(advisor [a-z -]+)\\`")


def plain(text: str) -> str:
    r"""Text for Streamlit's Markdown that is shown as it stands.

    Examples
    --------
    >>> print(plain("vm_01 costs $5 :red[x]"))
    vm\_01 costs \$5 \:red\[x\]
    >>> print(plain("::1"))
    \:\:1
    >>> print(plain("see `advisor evaluate`, not `x`"))
    see `advisor evaluate`, not \`x\`
    """
    told = escaped(text)
    # A sign that stands first is escaped there already, where Markdown would make a definition of it.
    first = told[:2] if told.startswith("\\:") else ""
    return _COMMAND.sub(r"`\1`", first + _OWN.sub(lambda found: f"\\{found[0]}", told[len(first) :]))
