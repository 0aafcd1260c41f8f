"""Links from a number or a name to what it rests on, in Markdown: the page of rules and evidence shows it.

A browser opens them in a session of its own: they lead to what is the same for everybody. What hangs on the card in
use is linked by `advisor.ui.evidence.link`.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from advisor.domain.answers import Basis
from advisor.domain.claims import load_claims
from advisor.reports.citing import cited
from advisor.ui.plain import plain

PATH: Final = "evidence"
"""The page's path; a link that begins with it holds wherever the app is served."""

BASIS: Final[dict[Basis, str]] = {
    Basis.CALIBRATED: "Your own measured runs cover the case.",
    Basis.PUBLISHED: "Published runs cover the case.",
    Basis.EXTRAPOLATED: "There are runs of this transport, but elsewhere.",
    Basis.PHYSICS: "There is no run near it: physics with priors alone.",
}
"""What each basis of a number means."""

_KINDS: Final = {
    "official": "the vendor's documentation",
    "community": "someone's experience",
    "measured": "a test with numbers",
    "inferred": "this project's own conclusion",
}
_CLAIMS: Final = re.compile(r"\bclaims? \d+(?:(?:, | and )\d+)*")
_NUMBER: Final = re.compile(r"\d+")


def rule_link(rule_id: str) -> str:
    """A link that opens a rule.

    Examples
    --------
    >>> rule_link("R01")
    '[R01](evidence?rule=R01)'
    """
    return _link(rule_id, rule=rule_id)


def basis_link(basis: Basis | str) -> str:
    """A link to what a basis means.

    Examples
    --------
    >>> basis_link(Basis.PHYSICS)
    '[physics](evidence?show=basis)'
    """
    return _link(str(basis), show="basis")


def workload_link(name: str) -> str:
    """A link to a class of workload.

    Examples
    --------
    >>> workload_link("idle")
    '[idle](evidence?show=workloads&search=%22idle%22)'
    """
    return _link(name, show="workloads", search=f'"{name}"')


def claim_link(number: int, label: str = "") -> str:
    """A link to a published claim.

    Examples
    --------
    >>> claim_link(38)
    '[claim 38](evidence?show=claims&search=%22claim+38%22)'
    """
    return _link(label or f"claim {number}", show="claims", search=f'"claim {number}"')


def source_in_markdown(source: str) -> str:
    r"""A source with what it cites as links; everything else in it is shown as it stands.

    Examples
    --------
    >>> print(source_in_markdown("jumbo frames (claim 11), http://a.b/c_(d)"))
    jumbo frames ([claim 11](evidence?show=claims&search=%22claim+11%22)), [http\:\//a.b/c\_(d)](http://a.b/c_%28d%29)
    """
    return "".join(
        _claims_linked(one.text) if one.address is None else f"[{_kept(one.text)}]({one.address})"
        for one in cited(" ".join(source.split()))
    )


def source_told(source: str) -> str:
    """A source as `source_in_markdown` shows it; where nothing in it can be followed, that is said.

    An assumption says itself that it is one.

    Examples
    --------
    >>> source_told("petri.com/smb"), source_told("assumption"), source_told("own lab")
    ('[petri.com/smb](https://petri.com/smb)', 'assumption', 'own lab (no address to follow)')
    """
    told = source_in_markdown(source)
    followed = any(one.address is not None for one in cited(source)) or f"({PATH}?" in told
    return told if followed or "assumption" in source else f"{told} (no address to follow)"


def trust_told(source: str) -> str:
    """How far the kinds of a rule's source can be trusted, in words.

    Examples
    --------
    >>> trust_told("official: a; inferred: b")
    "official: the vendor's documentation; inferred: this project's own conclusion"
    """
    return "; ".join(f"{kind}: {meaning}" for kind, meaning in _KINDS.items() if re.search(rf"\b{kind}\b", source))


def _claims_linked(text: str) -> str:
    """The words with each claim that is known as a link."""
    known = {claim.published_id for claim in load_claims()}
    pieces: list[str] = []
    end = 0
    for match in _CLAIMS.finditer(text):
        for number in _NUMBER.finditer(text, match.start(), match.end()):
            if int(number[0]) not in known:
                continue
            first = number.start() == match.start() + len("claim ")
            begin = match.start() if first else number.start()
            pieces += [_kept(text[end:begin]), claim_link(int(number[0]), text[begin : number.end()])]
            end = number.end()
    return "".join([*pieces, _kept(text[end:])])


def _kept(text: str) -> str:
    """Text as it stands, with the blanks at its ends."""
    if not text.strip():
        return text
    left = text[: len(text) - len(text.lstrip())]
    right = text[len(text.rstrip()) :]
    return f"{left}{plain(text)}{right}"


def _link(label: str, **query: str) -> str:
    return f"[{plain(label)}]({PATH}?{urlencode(query)})"
