"""A scenario's keys and values while somebody edits them: values by their path."""

from __future__ import annotations

from typing import Any

from advisor.domain.describe import Key

KeyPath = tuple[Key, ...]


def value_at(tree: Any, path: KeyPath) -> Any:
    """What stands at a path, None where nothing does.

    Examples
    --------
    >>> value_at({"nics": [{"count": "2"}]}, ("nics", 0, "count"))
    '2'
    >>> value_at({"nics": []}, ("nics", 0, "count"))
    """
    for key in path:
        if isinstance(tree, dict):
            tree = tree.get(key)
        elif isinstance(tree, list) and isinstance(key, int) and key < len(tree):
            tree = tree[key]
        else:
            return None
    return tree


def put(tree: dict[str, Any], path: KeyPath, value: Any) -> None:
    """Set what stands at a path, with the mappings above it; None takes it away, and mappings left empty with it.

    Examples
    --------
    >>> tree = {"goals": {"window": "1h"}}
    >>> put(tree, ("power", "plan"), "balanced")
    >>> put(tree, ("goals", "window"), None)
    >>> tree
    {'power': {'plan': 'balanced'}}
    """
    key, rest = path[0], path[1:]
    here: Any = tree
    if not rest:
        if value is not None:
            here[key] = value
        elif isinstance(here, dict):
            here.pop(key, None)
        return
    if isinstance(here, dict) and not isinstance(here.get(str(key)), (dict, list)):
        if value is None:
            return
        here[key] = {}
    put(here[key], rest, value)
    if here[key] == {} and isinstance(here, dict):
        here.pop(key)
