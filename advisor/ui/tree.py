"""A scenario's keys and values while somebody edits them: values by their path."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from advisor.domain.describe import Key, bound, is_list, model_in
from advisor.domain.scenario import Scenario

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
    """Set what stands at a path, with what it stands in; None takes it away, and mappings left empty with it.

    Examples
    --------
    >>> tree = {"goals": {"window": "1h"}}
    >>> put(tree, ("power", "plan"), "balanced")
    >>> put(tree, ("goals", "window"), None)
    >>> put(tree, ("nics", 0, "count"), "2")
    >>> tree
    {'power': {'plan': 'balanced'}, 'nics': [{'count': '2'}]}
    """
    key, rest = path[0], path[1:]
    here: Any = tree  # a list, further down
    if not rest:
        if value is not None:
            here[key] = value
        elif isinstance(here, dict):
            here.pop(key, None)
        return
    if isinstance(here, dict) and not isinstance(here.get(str(key)), (dict, list)):
        if value is None:
            return
        here[key] = [{} for _ in range(rest[0] + 1)] if isinstance(rest[0], int) else {}
    put(here[key], rest, value)
    if here[key] == {} and isinstance(here, dict):
        here.pop(key)


def has_shape(tree: Any, model: type[BaseModel] = Scenario) -> bool:
    """Whether keys hold mappings, lists and single values where a scenario has them, right or wrong as they may be.

    Examples
    --------
    >>> has_shape({"source": {"nics": [{"speed_gbps": "no number"}]}, "vms": [{}]})
    True
    >>> has_shape({"source": {}, "vms": ["a"]}), has_shape({"vms": [{}]}), has_shape({"source": [], "vms": [{}]})
    (False, False, False)
    """
    if not isinstance(tree, dict):
        return False
    if model is Scenario and not (tree.get("source") or tree.get("nodes")):
        return False
    return all(_fits(value, model, key) for key, value in tree.items())


def _fits(value: Any, model: type[BaseModel], key: str) -> bool:
    field = model.model_fields.get(key)
    inner = None if field is None else model_in(field.annotation)
    if field is not None and is_list(field) and value is not None:
        most = bound(field, "max_length")
        if not isinstance(value, list) or (most is not None and len(value) > most):
            return False
        return all(has_shape(one, inner) if inner else _is_single(one) for one in value)
    return has_shape(value, inner) if inner is not None and value is not None else _is_single(value)


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, str)
