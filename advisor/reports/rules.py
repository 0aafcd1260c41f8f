"""What `advisor rules` shows: the list, and one rule explained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from typing import Protocol

from advisor.domain.answers import SCHEMA_VERSION
from advisor.domain.hosts import Os
from advisor.platforms import platforms
from advisor.reports import Page
from advisor.reports.csv import csv_rows
from advisor.reports.sheet import Cell, Column, Row, Sheet
from advisor.reports.table_parts import rest_of
from advisor.reports.wording import versions_phrase

_VERDICT_STYLES = {"forbid": "red", "warn": "yellow", "advise": "cyan"}
VERDICT_MEANINGS = {
    "forbid": "removes an option where it holds",
    "warn": "travels along with an option as a warning",
    "advise": "travels along with an option as advice",
}
"""What each verdict of a rule does."""

_COLUMNS = ("id", "family", "platform", "verdict", "versions", "title", "remedy", "source")


class RuleFacts(Protocol):
    """What is shown of a rule; `advisor.rules.registry.Rule` has it all."""

    @property
    def rule_id(self) -> str:
        """Short name, such as R01."""

    @property
    def family(self) -> str:
        """What it is about."""

    @property
    def verdict(self) -> str:
        """forbid, warn or advise."""

    @property
    def versions(self) -> Set[Os]:
        """Versions it speaks of; none: every one of its platform."""

    @property
    def platform(self) -> str:
        """Hypervisor it speaks of."""

    @property
    def title(self) -> str:
        """What it says in a line."""

    @property
    def remedy(self) -> str:
        """What to do."""

    @property
    def source(self) -> str:
        """Where it comes from."""


def rules_table(rules: Iterable[RuleFacts], page: Page) -> str:
    """List rules in a terminal."""
    sheet = Sheet(page)
    columns = (Column("Id", 6), Column("Verdict", 7), Column("Versions", 18))
    rules = _by_id(rules)
    sheet.table(
        (*columns, Column("Title", rest_of(sheet.width, columns))),
        [
            Row(
                (
                    Cell.of(one.rule_id),
                    Cell.of((one.verdict, _VERDICT_STYLES.get(one.verdict, ""))),
                    Cell.of(versions_phrase(one.versions)),
                    Cell.of(one.title),
                )
            )
            for one in rules
        ],
    )
    sheet.gap()
    sheet.paragraph(f"{len(rules)} rules; `advisor rules ID` explains one", "dim")
    return sheet.text()


def rules_json(rules: Iterable[RuleFacts], page: Page) -> str:
    """List rules as JSON."""
    del page  # JSON is for programs: neither width nor colour bears on it
    facts = [_facts(one) for one in _by_id(rules)]
    content = {
        "schema_version": SCHEMA_VERSION,
        "rules": [one | {"versions": one["versions"].split("; ") if one["versions"] else []} for one in facts],
    }
    return json.dumps(content, indent=2) + "\n"


def rules_csv(rules: Iterable[RuleFacts], page: Page) -> str:
    """List rules as CSV."""
    del page  # CSV is for programs: neither width nor colour bears on it
    return csv_rows(_COLUMNS, [_facts(one) for one in _by_id(rules)])


def rule_text(one: RuleFacts, page: Page) -> str:
    """Explain one rule."""
    sheet = Sheet(page)
    sheet.paragraph(f"{one.rule_id}: {one.title}", "bold")
    meaning = VERDICT_MEANINGS.get(one.verdict, "")
    sheet.paragraph(f"Verdict: {one.verdict}{f' ({meaning})' if meaning else ''}", _VERDICT_STYLES.get(one.verdict, ""))
    called = next((known.words.versions for known in platforms() if known.name == one.platform), "versions")
    facts = f"{versions_phrase(one.versions)}; platform {one.platform}; family {one.family}"
    sheet.paragraph(f"{called[:1].upper()}{called[1:]}: {facts}")
    sheet.paragraph(f"Do: {one.remedy}", hanging=4)
    sheet.paragraph(f"Source: {one.source}", hanging=8)
    return sheet.text()


def _by_id(rules: Iterable[RuleFacts]) -> list[RuleFacts]:
    """The rules by their numbers; the letters before these in the order in which they first come."""
    listed = list(rules)
    letters = list(dict.fromkeys(one.rule_id[:1] for one in listed))
    return sorted(listed, key=lambda one: (letters.index(one.rule_id[:1]), one.rule_id))


def _facts(one: RuleFacts) -> dict[str, str]:
    return {
        "id": one.rule_id,
        "family": one.family,
        "platform": one.platform,
        "verdict": one.verdict,
        "versions": "; ".join(
            version.value
            for version in Os
            if version.platform == one.platform and (version in one.versions or not one.versions)
        ),
        "title": one.title,
        "remedy": one.remedy,
        "source": one.source,
    }
