"""Sources as links: what a source cites, with the address where it can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_TRAILING: Final = ".,;:!?'\""
_ADDRESS: Final = r"https?://[^\s<>\"]+"
# owner/name[@commit] path[@commit], as rules cite files of public repositories.
_REPOSITORY: Final = r"[A-Za-z][\w.-]*/[A-Za-z][\w.-]*"
_COMMIT: Final = r"@[0-9a-f]{7,40}"
_PATH: Final = r"(?:[\w+-][\w.+-]*/)*[\w+-][\w.+-]*\.[A-Za-z]\w*"
_FILE: Final = rf"(?P<repository>{_REPOSITORY})(?P<commit>{_COMMIT})?[ ](?P<path>{_PATH})(?P<path_commit>{_COMMIT})?"
_TREE: Final = rf"(?P<tree>{_REPOSITORY})(?P<tree_commit>{_COMMIT})"
# host.name/path, written without its scheme.
_HOST: Final = r"(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>\",;]+"
_CITED: Final = re.compile(rf"(?P<address>{_ADDRESS})|(?<![\w./@-])(?:{_FILE}|{_TREE}|(?P<host>{_HOST}))")


@dataclass(frozen=True, slots=True)
class Cited:
    """A piece of a source: its text as it was written, and the address of what it cites, if it cites anything."""

    text: str
    address: str | None = None


def cited(source: str) -> list[Cited]:
    """Part a source into what it cites and the words between.

    Parameters
    ----------
    source : such as those of rules and constants: addresses, files of public repositories as
        ``owner/name@commit path``, and words.

    Returns
    -------
    list of Cited
        In order; joined, their texts are the source. Addresses begin with http:// or https://.

    Examples
    --------
    >>> for one in cited("official: qemu/qemu@0a516707 docs/rdma.txt; petri.com/smb (2013)"):
    ...     print(one.text, one.address)
    official:  None
    qemu/qemu@0a516707 docs/rdma.txt https://github.com/qemu/qemu/blob/0a516707/docs/rdma.txt
    ;  None
    petri.com/smb https://petri.com/smb
     (2013) None
    """
    pieces: list[Cited] = []
    end = 0
    for match in _CITED.finditer(source):
        text = match[0]
        if match["address"] or match["host"]:
            text = _without_trailing(text)
        if match.start() > end:
            pieces.append(Cited(source[end : match.start()]))
        pieces.append(Cited(text, _address(match, text)))
        end = match.start() + len(text)
    if end < len(source):
        pieces.append(Cited(source[end:]))
    return pieces


def _address(match: re.Match[str], text: str) -> str:
    if match["address"]:
        return _quoted(text)
    if match["host"]:
        return _quoted(f"https://{text}")
    if match["tree"]:
        return f"https://github.com/{match['tree']}/tree/{match['tree_commit'][1:]}"
    commit = (match["commit"] or match["path_commit"] or "@HEAD")[1:]
    return _quoted(f"https://github.com/{match['repository']}/blob/{commit}/{match['path']}")


def _quoted(address: str) -> str:
    """The address with nothing in it that ends a link of Markdown or HTML."""
    return quote(address, safe="/:?#@&+,;=%~-._")


def _without_trailing(text: str) -> str:
    """An address without the punctuation of the sentence it stands in; brackets that it opens itself stay."""
    while text and (text[-1] in _TRAILING or (text[-1] == ")" and text.count(")") > text.count("("))):
        text = text[:-1]
    return text
