"""JSON: the answer as it stands, its results to four significant digits."""

from __future__ import annotations

import json
from typing import Any

from advisor.domain.word import Word
from advisor.reports import Page
from advisor.reports.wording import rounded


def json_text(answer: Word, page: Page) -> str:
    """Write an answer as JSON that its own schema validates."""
    del page  # JSON is for programs: neither width nor colour bears on it
    content = rounded_answer(answer)
    # Escapes instead of letters beyond ASCII, because a console's encoding may not hold every name.
    return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def rounded_answer(answer: Word) -> dict[str, Any]:
    """An answer's content: what the user asked for (`goals`) keeps every digit given; what was computed is rounded."""
    return {
        key: value if key == "goals" else with_rounded_floats(value)
        for key, value in answer.model_dump(mode="json").items()
    }


def with_rounded_floats(value: Any) -> Any:
    """The same structure, every float to the house's significant digits."""
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, list):
        return [with_rounded_floats(item) for item in value]
    if isinstance(value, dict):
        return {key: with_rounded_floats(item) for key, item in value.items()}
    return value
