"""A YAML or JSON file as plain text values with the line each stands on.

No value is interpreted here: `no`, `2012` and `1e3` stay the text that was written, and the domain
field each is meant for decides what it says. So YAML's habit of reading ``no`` as false, or 2012 as
a number, cannot do harm. The tree is built from parser events: no object is ever constructed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from advisor.domain.describe import Key, written_path
from advisor.errors import Problem, ScenarioError
from advisor.intake.files import read_text

KeyPath = tuple[Key, ...]

MOST_BYTES: Final = 2**20
"""Largest scenario file [bytes]."""

MOST_LEVELS: Final = 16
"""Deepest nesting of a scenario file; the deepest a scenario needs is 5."""

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: text, lists and mappings; and on which line."""

    file: str
    content: dict[str, Any]
    lines: dict[KeyPath, int]
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: KeyPath) -> int | None:
        """The line a key stands on, or the nearest one above it in the tree."""
        for length in range(len(path), -1, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return line
        return None


def read_document(path: Path, begins_with: str = "source: and vms:") -> Document:
    """Read a YAML file, or with the ending .json a JSON file.

    Parameters
    ----------
    begins_with : keys that such a file has, to show where one has none.

    Raises
    ------
    ScenarioError
        When the file cannot be read or parsed, is too large or too deeply nested, or holds no mapping.
    """
    text = read_text(path, MOST_BYTES, ScenarioError)
    return parse_document(text, str(path), begins_with, is_json=path.suffix.lower() == ".json")


def parse_document(text: str, file: str, begins_with: str = "source: and vms:", *, is_json: bool = False) -> Document:
    """The document that a text holds.

    Parameters
    ----------
    file : what to call it where something is wrong.

    Raises
    ------
    ScenarioError
        When the text cannot be parsed, is too deeply nested, or holds no mapping.

    Examples
    --------
    >>> parse_document("vms: [{memory_gib: 16}]", "typed").content
    {'vms': [{'memory_gib': '16'}]}
    """
    document = _from_json(text, file) if is_json else _from_yaml(text, file)
    if not isinstance(document.content, dict):
        problem = Problem("holds no keys and values", file, 1, mend=f"begin with keys such as {begins_with}")
        raise ScenarioError([*document.problems, problem])
    return document


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been read yet."""

    container: Any
    path: KeyPath
    key: str | None = None
    keeps: bool = True


@dataclass(slots=True)
class _Builder:
    """Puts parser events together."""

    file: str
    root: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def complain(self, message: str, line: int, path: KeyPath = (), mend: str | None = None) -> Problem:
        return Problem(message, self.file, line, written_path(path) or None, mend=mend)

    def begin(self, container: Any, line: int) -> None:
        if self.open and isinstance(self.open[-1].container, dict) and self.open[-1].key is None:
            raise ScenarioError(self.complain("a list or mapping cannot be a key", line, mend="write key: value"))
        path = self.place(container, line)
        self.open.append(_Open(container, path))
        if len(self.open) > MOST_LEVELS:
            raise ScenarioError(self.complain(f"is nested deeper than {MOST_LEVELS} levels", line))

    def scalar(self, value: str | None, line: int) -> None:
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.container, dict) and top.key is None:
            top.key = value or ""
            top.keeps = top.key not in top.container
            path = (*top.path, top.key)
            if top.keeps:
                self.lines[path] = line
            else:
                first = self.lines.get(path)
                message = f"the key stands twice, first on line {first}"
                self.problems.append(self.complain(message, line, path, "keep one of them"))
            return
        self.place(value, line)

    def place(self, value: Any, line: int) -> KeyPath:
        """Put a value where the tree is being built, and say where that is."""
        if not self.open:
            self.root = value
            self.lines[()] = line
            return ()
        top = self.open[-1]
        if isinstance(top.container, list):
            path: KeyPath = (*top.path, len(top.container))
            top.container.append(value)
            self.lines[path] = line
            return path
        key = top.key or ""
        path = (*top.path, key)
        if top.keeps:
            top.container[key] = value
        top.key = None
        return path


def _from_yaml(text: str, file: str) -> Document:
    import yaml

    builder = _Builder(file)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = 0
    try:
        event: Any  # the stubs know no anchor or tag
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line + 1
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                raise ScenarioError(
                    builder.complain("holds a second document", line, mend="one scenario a file: cut at ---")
                )
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
                message = f"anchors and aliases (&{event.anchor}, *{event.anchor}) are not read"
                raise ScenarioError(builder.complain(message, line, mend="write the values out"))
            if getattr(event, "tag", None) not in {None, "!"}:
                raise ScenarioError(
                    builder.complain(f"tags ({event.tag}) are not read", line, mend="leave the tag out")
                )
            if isinstance(event, yaml.ScalarEvent):
                empty = not event.style and event.value in _NULLS
                builder.scalar(None if empty else event.value, line)
            elif isinstance(event, yaml.MappingStartEvent):
                builder.begin({}, line)
            elif isinstance(event, yaml.SequenceStartEvent):
                builder.begin([], line)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                builder.open.pop()
    except yaml.YAMLError as error:
        raise ScenarioError([*builder.problems, _syntax_problem(error, text, file)]) from None
    return Document(file, builder.root, builder.lines, tuple(builder.problems))


def _syntax_problem(error: Any, text: str, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else None
    rows = text.splitlines()
    row = rows[line - 1] if line is not None and line <= len(rows) else ""
    if row.lstrip(" ").startswith("\t"):
        return Problem("a tab stands where YAML wants spaces", file, line, mend="indent with spaces")
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be parsed"
    return Problem(
        f"is not YAML: {what}", file, line, mend="check indentation, colons and quotes on this line and the one above"
    )


def _from_json(text: str, file: str) -> Document:
    repeated: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, value in pairs:
            if key in kept:
                repeated.append(key)
            kept.setdefault(key, value)
        return kept

    too_deep = Problem(f"is nested deeper than {MOST_LEVELS} levels", file)
    try:
        content = json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        problem = Problem(
            f"is not JSON: {error.msg}", file, error.lineno, mend="check commas, quotes and brackets here"
        )
        raise ScenarioError(problem) from None
    except RecursionError:
        raise ScenarioError(too_deep) from None
    if _levels(content) > MOST_LEVELS:
        raise ScenarioError(too_deep)
    try:
        # JSON is YAML once its tabs are spaces (none stands inside a string), and YAML's parser knows the lines.
        located = _from_yaml(text.replace("\t", " "), file)
        lines, problems = located.lines, located.problems
    except ScenarioError:
        lines, problems = {}, tuple(Problem("the key stands twice", file, column=key) for key in repeated)
    return Document(file, _as_text(content), lines, problems)


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _levels(content: Any) -> int:
    level, values = 0, [content]
    while values:
        values = [child for value in values for child in _children(value)]
        level += 1
    return level - 1


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_text(inner) for inner in value]
    return str(value).lower() if isinstance(value, bool) else value
