"""Reads tables of hosts and clusters into the roster."""

from __future__ import annotations

from advisor.domain.fleet import SetAside
from advisor.intake.inventory.facts import aside, facts_of
from advisor.intake.inventory.recognise import Understood
from advisor.intake.inventory.roster import Roster, short_name
from advisor.intake.validation import shown


def read_hosts(understood: Understood, roster: Roster, words: set[str]) -> tuple[int, list[SetAside]]:
    """Read a table of hosts; the rows there were, and those set aside.

    Parameters
    ----------
    words : gathers what the table says of versions, for what that tells of the hypervisor.

    Raises
    ------
    InventoryError
        When the file cannot be read to its end.
    """
    rows = 0
    asides: list[SetAside] = []
    seen: set[tuple[str, str]] = set()
    for fact in facts_of(understood):
        rows += 1
        if fact.aside is not None:
            asides.append(fact.aside)
            continue
        said = fact.values
        host, cluster = said.pop("host", None), said.pop("cluster", None)
        if not host:
            mend = "fill in the host's name"
            asides.append(aside(understood.table, fact.line, "", "", "", "names no host", mend))
            continue
        version = str(said.pop("_version", "")).lower()
        words.update(word for word in ("esx", "windows") if word in version)
        key = (str(host).casefold(), short_name(cluster or ""))
        if key in seen:
            mend = "keep one of the rows"
            asides.append(aside(understood.table, fact.line, shown(host), "", "", "the host stands twice", mend))
            continue
        seen.add(key)
        roster.say(host, cluster, said)
    return rows, asides


def read_clusters(understood: Understood, roster: Roster) -> tuple[int, list[SetAside]]:
    """Read a table of clusters; the rows there were, and those set aside.

    Raises
    ------
    InventoryError
        When the file cannot be read to its end.
    """
    rows = 0
    asides: list[SetAside] = []
    for fact in facts_of(understood):
        rows += 1
        if fact.aside is not None:
            asides.append(fact.aside)
            continue
        said = dict(fact.values)
        cluster = said.pop("cluster", "")
        roster.say_cluster(cluster, {name: value for name, value in said.items() if not name.startswith("_")})
    return rows, asides
