"""Says in words what a domain field allows, from the field itself, so that no bound is written down twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

Key = str | int

# What each unit of the domain is also called by people who write it behind a number or into a key.
_SPELLINGS: Final = {
    "GiB": ("gib", "gb", "g"),
    "MiB": ("mib", "mb", "m"),
    "MiB/s": ("mib/s", "mb/s", "mib_s", "mb_s", "mbs"),
    "Gbit/s": ("gbit/s", "gbps", "gbit", "gb/s", "gb_s", "gb", "g"),
    "s": ("s", "sec", "secs", "seconds"),
    "ms": ("ms", "msec"),
    "bytes": ("bytes", "byte", "b"),
}
_NUMBER_AND_UNIT: Final = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([A-Za-z][A-Za-z/_]*)\s*", re.ASCII)


def types_in(annotation: Any) -> Iterator[Any]:
    """The plain types inside an annotation, without ``None``, unions and the items of tuples.

    Examples
    --------
    >>> list(types_in(int | None))
    [<class 'int'>]
    """
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        for inner in get_args(annotation):
            yield from types_in(inner)
    elif annotation is not type(None):
        yield annotation


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model an annotation holds, as itself, optional, or as the items of a tuple.

    Examples
    --------
    >>> from advisor.domain.hosts import Nic
    >>> model_in(tuple[Nic, ...] | None).__name__
    'Nic'
    """
    for inner in types_in(annotation):
        candidates = get_args(inner) if get_origin(inner) is tuple else (inner,)
        for candidate in candidates:
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                return candidate
    return None


def is_list(field: FieldInfo) -> bool:
    """True for a field that holds several values.

    Examples
    --------
    >>> from advisor.domain.hosts import Host
    >>> is_list(Host.model_fields["nics"]), is_list(Host.model_fields["os"])
    (True, False)
    """
    return any(get_origin(inner) is tuple for inner in types_in(field.annotation))


def field_at(model: type[BaseModel], path: Sequence[Key]) -> FieldInfo | None:
    """The field a path of keys and list positions ends in, None where the path leaves the model.

    Examples
    --------
    >>> from advisor.domain.scenario import Scenario
    >>> field_at(Scenario, ("source", "nics", 0, "speed_gbps")).description
    'Link speed'
    """
    here: type[BaseModel] | None = model
    found: FieldInfo | None = None
    for key in path:
        if isinstance(key, int):
            continue
        if here is None or key not in here.model_fields:
            return None
        found = here.model_fields[key]
        here = model_in(found.annotation)
    return found


def model_at(model: type[BaseModel], path: Sequence[Key]) -> type[BaseModel] | None:
    """The model that a path of keys and list positions leads to, None where there is none.

    Examples
    --------
    >>> from advisor.domain.scenario import Scenario
    >>> model_at(Scenario, ("source", "nics", 0)).__name__
    'Nic'
    """
    if not any(isinstance(key, str) for key in path):
        return model
    field = field_at(model, path)
    return None if field is None else model_in(field.annotation)


def written_path(path: Sequence[Key]) -> str:
    """A path the way people write it.

    Examples
    --------
    >>> written_path(("source", "nics", 0, "speed_gbps"))
    'source.nics[0].speed_gbps'
    """
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


@cache
def adapter_of(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    """What checks one value by itself: the type of a field and its bounds.

    Examples
    --------
    >>> from advisor.domain.hosts import Nic
    >>> adapter_of(Nic, "speed_gbps").validate_python("25")
    25.0
    """
    field = model.model_fields[name]
    bounded: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(bounded)


def choices(field: FieldInfo) -> tuple[str, ...]:
    """The values of an enumerated field, empty for any other.

    Examples
    --------
    >>> from advisor.domain.hosts import Nic
    >>> choices(Nic.model_fields["rdma"])
    ('none', 'iwarp', 'roce', 'infiniband')
    """
    found: list[str] = []
    for inner in types_in(field.annotation):
        if get_origin(inner) is Literal:
            found += [str(value) for value in get_args(inner)]
        elif isinstance(inner, type) and issubclass(inner, Enum):
            found += [str(member.value) for member in inner]
    return tuple(found)


def unit(field: FieldInfo) -> str:
    """The unit a field counts in, empty where it has none.

    Examples
    --------
    >>> from advisor.domain.vms import Vm
    >>> unit(Vm.model_fields["memory_gib"])
    'GiB'
    """
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def split_unit(text: str) -> tuple[str, str] | None:
    """Part a number from the unit written behind it; None where the text is not of that form.

    Examples
    --------
    >>> split_unit("55 GB"), split_unit("55")
    (('55', 'GB'), None)
    """
    match = _NUMBER_AND_UNIT.fullmatch(text)
    return None if match is None else (match[1], match[2])


def same_unit(written: str, meant: str) -> bool:
    """True where a person who writes the one means the other: memory sold in GB is counted in GiB.

    Examples
    --------
    >>> same_unit("GB", "GiB"), same_unit("MB", "GiB")
    (True, False)
    """
    return written.lower() in _SPELLINGS.get(meant, (meant.lower(),))


def bound(field: FieldInfo, name: str) -> Any:
    """One of a field's bounds by pydantic's name for it, None where it has none.

    Examples
    --------
    >>> from advisor.domain.hosts import Host
    >>> bound(Host.model_fields["cpu_busy"], "le")
    1
    """
    return next((getattr(piece, name) for piece in field.metadata if getattr(piece, name, None) is not None), None)


def _range(field: FieldInfo, noun: str) -> str:
    low, above, high = bound(field, "ge"), bound(field, "gt"), bound(field, "le")
    words = [noun]
    if above is not None:
        words.append(f"above {above:,g}" + (f" and up to {high:,.10g}" if high is not None else ""))
    elif low is not None:
        words.append(f"from {low:,.10g} to {high:,.10g}" if high is not None else f"of {low:,.10g} or more")
    return " ".join([*words, unit(field)]).strip()


def allowed(field: FieldInfo) -> str:
    """What a field allows, in words.

    Examples
    --------
    >>> from advisor.domain.hosts import Nic
    >>> allowed(Nic.model_fields["speed_gbps"])
    'a number from 0.01 to 1,600 Gbit/s'
    >>> allowed(Nic.model_fields["rdma"])
    'none, iwarp, roce or infiniband'
    """
    values = choices(field)
    if values:
        return ", ".join(values[:-1]) + " or " + values[-1] if len(values) > 1 else values[0]
    if is_list(field):
        fewest, most = bound(field, "min_length") or 0, bound(field, "max_length")
        return f"a list of {fewest} to {most:,} entries" if most is not None else f"a list of {fewest} or more entries"
    kinds = set(types_in(field.annotation))
    if bool in kinds:
        return "true or false"
    if float in kinds:
        return _range(field, "a number")
    if int in kinds:
        return _range(field, "a whole number")
    inner = model_in(field.annotation)
    if inner is not None:
        return "keys " + ", ".join(inner.model_fields)
    pattern, longest = bound(field, "pattern"), bound(field, "max_length")
    if pattern is not None:
        return f"text of the form {pattern}"
    return f"text of at most {longest:,} characters" if longest is not None else "text"
