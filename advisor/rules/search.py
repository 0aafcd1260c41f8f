"""Rules that somebody looks for: by words, platform, family, verdict and version."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.domain.hosts import Os
from advisor.domain.search import found
from advisor.rules.registry import Rule


def matching(
    rules: Sequence[Rule],
    wanted: str = "",
    *,
    platform: str | None = None,
    family: str | None = None,
    verdict: str | None = None,
    version: Os | None = None,
) -> list[Rule]:
    """The rules that mention all words wanted and are of the platform, family, verdict and version asked for.

    Parameters
    ----------
    version : of the platform; a rule that names no versions speaks of each of its platform.

    Examples
    --------
    >>> from advisor.rules import all_rules
    >>> [rule.rule_id for rule in matching(all_rules(), "smb compression", family="smb")]
    ['R17']
    """
    return found(
        wanted,
        [
            rule
            for rule in rules
            if platform in {None, rule.platform}
            and family in {None, rule.family}
            and verdict in {None, rule.verdict}
            and (version is None or _speaks_of(rule, version))
        ],
        lambda rule: (rule.rule_id, rule.title, rule.remedy, rule.source, rule.family, rule.verdict, rule.platform),
    )


def _speaks_of(rule: Rule, version: Os) -> bool:
    return version in rule.versions if rule.versions else version.platform == rule.platform
